"""What actions on differences start from: both sides, read anew; and what they end with."""

import asyncio
from pathlib import Path as File

import pytest
from msgspec.structs import replace

from ops.actions.base import Case
from ops.actions.drifted import Agreed, agreed, settled, target_of
from ops.actions.errors import ActionError, Refused
from ops.config.decode import decode
from ops.config.drifted import drift_of
from ops.drift.desk import DriftDesk
from ops.drift.structs import Path
from ops.runner.dry import DryRunner
from ops.runner.real import RealRunner
from tests.parts.acting import MemorySink


class Scene:
    """One agreed file, and the row of its first difference."""

    def __init__(self, folder: File) -> None:
        self.file = folder / "app.conf"
        self.file.write_text("listen 80\n")
        self.file.chmod(0o644)
        config = folder / "floor.toml"
        config.write_text(
            f'[store]\npath = "{folder / "state"}"\n[[docker]]\nname = "local"\n[[drift]]\nname = "web-1"\n'
            f'only = ["files"]\nfiles = ["{self.file}"]\n'
        )
        self.config = decode(config.read_text(), str(config)).config
        self.desk = DriftDesk(self.config)
        asyncio.run(self.desk.capture(by="ann"))
        self.baseline = folder / "state/drift/baselines/baseline.toml"

    def case(self) -> Case:
        (difference,) = asyncio.run(self.desk.detect()).drift
        row = self.desk.row(difference, 0.0)
        return Case(row=row, rows=[row], spec=drift_of(self.config), config=self.config)


@pytest.fixture
def scene(tmp_path: File) -> Scene:
    return Scene(tmp_path)


def look(case: Case) -> Agreed:
    return asyncio.run(agreed(case))


def test_both_sides_are_there_as_they_are_now(scene: Scene) -> None:
    scene.file.chmod(0o666)

    found = look(scene.case())

    assert found.path == Path("files", str(scene.file), "mode")
    assert found.agreed is not None
    assert found.live is not None
    assert (found.agreed.facts["mode"], found.live.facts["mode"]) == (found.difference.before, found.difference.after)
    assert found.place.only == str(scene.file)


def test_what_is_gone_has_no_live_side(scene: Scene) -> None:
    scene.file.unlink()

    found = look(scene.case())

    assert (found.difference.kind, found.live) == ("removed", None)


def test_what_is_as_agreed_by_now_and_what_changed_again_are_refused(scene: Scene) -> None:
    scene.file.chmod(0o666)
    case = scene.case()
    scene.file.chmod(0o600)
    with pytest.raises(Refused, match="has changed again") as changed:
        look(case)
    scene.file.chmod(0o644)
    with pytest.raises(Refused, match="is as agreed by now") as missing:
        look(case)
    assert (changed.value.reason, missing.value.reason) == ("changed", "missing")


def test_a_file_that_is_gone_altogether_has_no_agreed_mode(scene: Scene) -> None:
    scene.file.chmod(0o666)
    case = scene.case()
    scene.file.unlink()

    with pytest.raises(Refused, match=r"can't be seen: .* is removed"):
        look(case)


def test_an_edited_baseline_is_nothing_to_go_back_to(scene: Scene) -> None:
    scene.file.chmod(0o666)
    case = scene.case()
    scene.baseline.write_text(scene.baseline.read_text().replace("listen 80", "listen 81"))

    with pytest.raises(ActionError, match="changed by hand"):
        look(case)


def test_a_row_without_a_path_is_refused(scene: Scene) -> None:
    scene.file.chmod(0o666)
    case = scene.case()

    with pytest.raises(Refused, match="is no path of a fact"):
        look(replace(case, row=replace(case.row, name="x", facts={})))


def test_it_is_waited_for_until_it_is_captured_as_agreed(scene: Scene) -> None:
    scene.file.chmod(0o666)
    case, sink, dry = scene.case(), MemorySink(), DryRunner()
    runner = RealRunner(case.config, sink)

    asyncio.run(settled(case, dry))
    with pytest.raises(ActionError, match="is still changed"):
        asyncio.run(settled(case, runner, 0.1))
    scene.file.chmod(0o644)
    asyncio.run(settled(case, runner, 5.0))

    assert "is captured as agreed" in str(dry.steps[0])


class Mending(MemorySink):
    """Puts a file back when it is told for the first time that it is waited for."""

    def __init__(self, file: File) -> None:
        super().__init__()
        self._file = file

    def progress(self, ratio: float, words: str) -> None:
        super().progress(ratio, words)
        if not self._file.exists():
            self._file.write_text("listen 80\n")
            self._file.chmod(0o644)


def test_what_is_gone_for_a_moment_while_it_is_put_right_is_waited_for_and_refuses_nothing(scene: Scene) -> None:
    scene.file.chmod(0o666)
    case = scene.case()
    scene.file.unlink()
    sink = Mending(scene.file)

    asyncio.run(settled(case, RealRunner(case.config, sink), 30.0))

    assert "captured as agreed: how " in sink.moves[0][1]
    scene.file.unlink()
    with pytest.raises(ActionError, match="is removed") as late:
        asyncio.run(settled(case, RealRunner(case.config, MemorySink()), 0.2))
    assert not isinstance(late.value, Refused), "it was begun"


def test_the_target_of_an_item_is_one_of_the_sections_that_it_can_be_of(scene: Scene) -> None:
    scene.file.chmod(0o666)
    case = scene.case()

    assert target_of(case, Path("containers", "local/web-1"), "host", "docker").id == "docker:local"
    with pytest.raises(Refused, match="no postgres that local/web-1 is of"):
        target_of(case, Path("postgres", "local/web-1"), "postgres")
