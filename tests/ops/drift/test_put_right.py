"""Differences put right without a person, by real jobs on real files; what comes after them is looked at anew."""

import asyncio
import time
from pathlib import Path as File

import pytest

from ops.actions.errors import Refused
from ops.config.decode import decode
from ops.config.drifted import settings
from ops.drift.auto import Done, choose, put_right
from ops.drift.desk import DriftDesk
from ops.drift.structs import Difference, Findings
from ops.fixes.case import read_anew
from ops.fixes.desk import FixDesk


class Scene:
    """Two agreed files, of which one may be put right by itself."""

    def __init__(self, folder: File) -> None:
        self.may, self.must_not = folder / "may.conf", folder / "not.conf"
        for file in (self.may, self.must_not):
            file.write_text("listen 80\n")
            file.chmod(0o644)
        config = folder / "floor.toml"
        config.write_text(
            f'[store]\npath = "{folder / "state"}"\n[[drift]]\nname = "web-1"\nonly = ["files"]\n'
            f'files = ["{folder}/*.conf"]\nauto_fix = ["files:*/may.conf"]\n'
        )
        config.chmod(0o600)
        self.config = decode(config.read_text(), str(config)).config
        self.desk, self.fixes = DriftDesk(self.config), FixDesk(self.config)
        asyncio.run(self.desk.capture(by="ann"))

    def detect(self) -> Findings:
        return asyncio.run(self.desk.detect())

    def put_right(self, found: Findings) -> Done:
        globs, now = settings(self.config).auto_fix, time.time()
        chosen, left = choose(found, globs, self.desk.offers, self.fixes.jobs(), now)
        work = put_right(self.desk, self.fixes, chosen, lambda found: self.desk.board(found, time.time()))
        done = asyncio.run(work)
        return Done(done.jobs, (*left, *done.left))


@pytest.fixture
def scene(tmp_path: File) -> Scene:
    tmp_path.chmod(0o700)
    return Scene(tmp_path)


def test_what_the_config_names_is_put_right_by_a_job_of_policy_and_verified(scene: Scene) -> None:
    for file in (scene.may, scene.must_not):
        file.chmod(0o666)

    done = scene.put_right(scene.detect())

    (job,) = done.jobs
    assert (job.verdict, job.request.by.user, job.request.by.via) == ("verified", "policy", "policy"), job.said
    assert [one.why for one in done.left] == ["no auto_fix in [[drift]] means it"]
    assert scene.may.stat().st_mode & 0o777 == 0o644
    assert scene.must_not.stat().st_mode & 0o777 == 0o666
    assert [one.path for one in scene.detect().drift] == [f"files:{scene.must_not}#mode"]


def test_what_is_as_agreed_by_the_time_it_is_looked_at_needs_no_job(scene: Scene) -> None:
    scene.may.chmod(0o666)
    found = scene.detect()
    scene.may.chmod(0o644)

    done = scene.put_right(found)

    assert (done.jobs, done.left) == ((), ())


def test_where_the_config_says_nothing_of_drift_a_difference_is_read_anew_all_the_same(tmp_path: File) -> None:
    file = tmp_path / "floor.toml"
    file.write_text(f'[store]\npath = "{tmp_path / "state"}"\n')
    config = decode(file.read_text(), str(file)).config
    desk = DriftDesk(config)
    asyncio.run(desk.capture(only=["mounts"], by="ann"))
    row = desk.row(Difference(path="mounts:/nowhere", kind="removed"), time.time())

    with pytest.raises(Refused, match="is not there any more"):
        asyncio.run(read_anew(config, row.id))
