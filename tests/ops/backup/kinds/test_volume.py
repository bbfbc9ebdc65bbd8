"""Volumes of a real engine: taken through helpers that are never started, put back with what was there kept."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from msgspec.structs import replace

from collectors.backup import BackupConfig
from collectors.docker_engine import DockerConfig, DockerEngine
from ops.backup.base import Place, Wish
from ops.backup.errors import BackupError
from ops.backup.kinds.volume import Volumes
from ops.backup.volumes import moving, restoring
from ops.backup.volumes.engine import LABEL, STAGED, Engine
from ops.backup.volumes.restoring import way_back
from ops.config.structs import TargetSpec
from tests.parts.docker import Box
from tests.parts.tree_backups import found, place, taken

KIND = Volumes()
FILL = "echo one > /v/a; mkdir -p /v/deep; echo two > /v/deep/b; ln /v/a /v/hard; ln -s a /v/link; chown 1234 /v/a"


class Stage:
    """Volumes of one test."""

    def __init__(self, box: Box, scratch: Path) -> None:
        self.box, self.name = box, f"wf-{uuid4().hex[:8]}"
        self._client: Any = box.engine.client
        self._scratch = scratch

    def where(self, *volumes: str) -> Place:
        """A set of them."""
        local = DockerConfig(name="local", url=self.box.engine.url)
        docker = TargetSpec(id="docker:local", collector=DockerEngine, config=local)  # type: ignore[arg-type]
        settings = BackupConfig(
            name=self.name, kind="volume", target="file:///nowhere", volumes=volumes or (f"{self.name}-*",)
        )
        return place(self._scratch, settings, docker)

    def make(self, name: str, command: str = FILL) -> str:
        """A volume that a command has filled."""
        whole = f"{self.name}-{name}"
        self._client.volumes.create(whole, labels={"shop": "yes"})
        self.run(whole, command)
        return whole

    def run(self, volume: str, command: str) -> str:
        """What a command says that runs with a volume at /v."""
        return self.box.engine.said(command, volumes={volume: {"bind": "/v"}})

    def names(self) -> list[str]:
        """Volumes of this test that are there."""
        return sorted(one.name for one in self._client.volumes.list() if self.name in one.name or self._ours(one))

    def helpers(self) -> list[str]:
        """Containers of this test that were left."""
        label = f"{LABEL}={self.name}"
        return [one.id for one in self._client.containers.list(all=True, filters={"label": label}, ignore_removed=True)]

    def remove_all(self) -> None:
        """Take all away."""
        from docker.errors import NotFound

        for name in self.names():
            with suppress(NotFound):
                self._client.volumes.get(name).remove(force=True)

    def _ours(self, volume: Any) -> bool:
        return (volume.attrs.get("Labels") or {}).get(LABEL) == self.name


@pytest.fixture
def stage(box: Box, tmp_path: Path) -> Iterator[Stage]:
    """One engine, and volumes that are removed afterwards."""
    made = Stage(box, tmp_path / "scratch")
    yield made
    box.remove_all()
    made.remove_all()


SEEN = "cd /v; cat a deep/b hard link; stat -c '%u %a %n' a; find . | sort"


async def test_a_volume_is_put_back_as_it_was_and_what_was_there_is_kept(stage: Stage) -> None:
    name = stage.make("data")
    before = stage.run(name, SEEN)
    where = stage.where()
    it = await taken(KIND, where)
    assert it.manifest.counts == {name: 4}
    assert await KIND.check(where, it, it.manifest.parts[0]) == ""
    proof = await KIND.drill(where, it)
    assert (proof.equal, proof.differences) == (4, ())
    assert {one.name.removeprefix(name) for one in await found(KIND, where, it)} == {
        "", "/a", "/deep", "/deep/b", "/hard", "/link",
    }  # fmt: skip

    stage.run(name, "rm /v/a; echo ruined > /v/deep/b; echo new > /v/new")
    done = await KIND.restore(where, it, Wish())

    assert stage.run(name, SEEN) == before
    kept = done.aside.removeprefix("volume ")
    assert stage.run(kept, "cat /v/deep/b /v/new") == "ruined\nnew\n"
    assert done.back == (way_back(kept, name),)
    assert stage.names() == sorted([name, kept])
    assert stage.helpers() == []


async def test_one_that_is_gone_is_made_again_with_its_labels(stage: Stage) -> None:
    name = stage.make("data")
    before, where = stage.run(name, SEEN), stage.where()
    it = await taken(KIND, where)
    stage.box.engine.client.volumes.get(name).remove()
    (told,) = await KIND.overwrites(where, it.manifest, Wish())
    assert told.now == "not there"
    done = await KIND.restore(where, it, Wish())
    assert (stage.run(name, SEEN), done.aside) == (before, "")
    assert stage.box.engine.client.volumes.get(name).attrs["Labels"] == {"shop": "yes"}


@pytest.mark.parametrize("lost", [False, True], ids=["another name is said", "the volume is gone"])
async def test_a_volume_that_is_a_folder_elsewhere_never_loses_what_is_in_that(
    stage: Stage, tmp_path: Path, lost: bool
) -> None:
    folder, name, other = tmp_path / "device", f"{stage.name}-data", f"{stage.name}-other"
    folder.mkdir()
    (folder / "a").write_text("one")
    options = {"type": "none", "o": "bind", "device": str(folder)}
    volumes = stage.box.engine.client.volumes
    volumes.create(name, driver="local", driver_opts=options, labels={"shop": "yes"})
    where = stage.where(name)
    it = await taken(KIND, where)
    (folder / "a").write_text("newer")
    (folder / "new").write_text("new")
    if lost:
        volumes.get(name).remove()
    done = await KIND.restore(where, it, Wish(to="" if lost else other))
    if lost:
        assert stage.run(name, "cat /v/*") == "one"
        assert stage.run(done.aside.removeprefix("volume "), "cat /v/a /v/new") == "newernew"
        return
    assert {path.name: path.read_text() for path in folder.iterdir()} == {"a": "newer", "new": "new"}
    assert stage.run(other, "cat /v/*") == "one"
    assert not volumes.get(other).attrs["Options"]
    assert not volumes.get(other).attrs["Labels"]


async def test_nothing_is_changed_under_a_container_that_runs(stage: Stage) -> None:
    name, where = stage.make("data"), stage.where()
    made = stage.box.run(name="user", volumes={name: {"bind": "/v"}})
    it = await taken(KIND, where)
    assert it.manifest.notes == (f"{name} was taken while {made.name} ran",)
    with pytest.raises(BackupError, match=r"is used by .*, which runs") as held:
        await KIND.restore(where, it, Wish())
    assert held.value.reason == "held"
    await KIND.restore(where, it, Wish(to=f"{stage.name}-other"))
    assert stage.run(f"{stage.name}-other", "cat /v/a") == "one\n"
    with pytest.raises(BackupError, match="there is a volume"):
        await KIND.restore(where, it, Wish(to=f"{stage.name}-other"))


async def test_one_file_of_a_volume_goes_to_a_folder_of_this_host(stage: Stage, tmp_path: Path) -> None:
    name, where = stage.make("data"), stage.where()
    it = await taken(KIND, where)
    await KIND.restore(where, it, Wish(to=str(tmp_path / "out"), only=(f"{name}/deep/b",)))
    files = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert [(path.name, path.read_text()) for path in files] == [("b", "two\n")]
    with pytest.raises(BackupError, match="is one file"):
        await KIND.restore(where, it, Wish(only=(f"{name}/deep/b",)))
    with pytest.raises(BackupError, match="there is no"):
        await KIND.restore(where, it, Wish(to=str(tmp_path / "other"), only=(f"{name}/deep/c",)))


async def test_a_folder_of_the_engines_host_is_taken_and_put_back(stage: Stage, tmp_path: Path) -> None:
    folder = tmp_path / "bind"
    folder.mkdir()
    (folder / "a").write_text("one")
    where = stage.where(str(folder))
    it = await taken(KIND, where)
    (folder / "a").write_text("ruined")
    (folder / "new").write_text("new")
    await KIND.restore(where, it, Wish())
    assert {path.name: path.read_text() for path in folder.iterdir()} == {"a": "one"}
    assert stage.helpers() == []


async def test_a_restore_that_breaks_in_its_middle_leaves_what_was_there(stage: Stage) -> None:
    name, where = stage.make("data"), stage.where()
    it = await taken(KIND, where)
    stage.run(name, "echo newer > /v/a")
    files = {**it.manifest.facts, f"{it.manifest.parts[0].name}.files": 5}
    wrong = type(it)(manifest=replace(it.manifest, facts=files), open=it.open)
    with pytest.raises(BackupError, match="5 with"):
        await KIND.restore(where, wrong, Wish())
    assert stage.run(name, "cat /v/a") == "newer\n"
    assert stage.names() == [name]
    assert stage.helpers() == []


async def test_what_could_only_be_kept_in_part_is_never_put_over_what_is_there(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, where = stage.make("data"), stage.where()
    it = await taken(KIND, where)
    stage.run(name, "echo newer > /v/a; head -c 3000 /dev/zero > /v/z")
    real = moving.put

    async def cut(engine: Engine, place: str, image: str, pieces: AsyncIterator[bytes], wanted: Any = None) -> Any:
        if "_before_" in place:
            stage.run(place, "cp /dev/null /v/a; touch /v/deep /v/link /v/hard /v/z /v/more")
            raise BackupError("the connection to the Docker engine broke", "again", reason="lost")
        return await real(engine, place, image, pieces, wanted)

    monkeypatch.setattr(moving, "put", cut)
    with pytest.raises(BackupError, match="the connection to the Docker engine broke"):
        await KIND.restore(where, it, Wish())
    assert stage.run(name, "cat /v/a; wc -c < /v/z") == "newer\n3000\n"
    assert stage.names() == [name]


@pytest.mark.parametrize("times", [1, 2])
async def test_a_volume_that_can_not_be_filled_is_put_back_also_when_it_is_cancelled(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    name, where = stage.make("data"), stage.where()
    it = await taken(KIND, where)
    stage.run(name, "echo newer > /v/a")
    real, filling = moving.copied, asyncio.Event()

    async def stuck(engine: Engine, one: str, other: str, image: str) -> Any:
        if one.startswith(STAGED):
            filling.set()
            await asyncio.Event().wait()
        return await real(engine, one, other, image)

    monkeypatch.setattr(restoring, "copied", stuck)
    task = asyncio.ensure_future(KIND.restore(where, it, Wish()))
    await filling.wait()
    for _ in range(times):
        task.cancel()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await task
    assert stage.run(name, "cat /v/a") == "newer\n"
    assert stage.helpers() == []


async def test_of_several_it_is_said_which_are_restored_when_a_later_one_fails(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, where = stage.make("a"), stage.make("b"), stage.where()
    it = await taken(KIND, where)
    real = moving.cleared

    async def refused(engine: Engine, place: str, images: list[str], tops: list[str]) -> None:
        if place == second:
            raise BackupError(f"{place} can't be emptied: rm ended with status 1", "look what is in it")
        await real(engine, place, images, tops)

    monkeypatch.setattr(restoring, "cleared", refused)
    with pytest.raises(BackupError, match=f"neither filled nor put back .* {first} had been restored by then") as told:
        await KIND.restore(where, it, Wish())
    assert f"-v {first}_before_" in told.value.remedy
    assert stage.run(second, "cat /v/a") == "one\n"


async def test_what_a_killed_restore_left_half_filled_is_taken_away_by_the_next(stage: Stage) -> None:
    name, where = stage.make("data"), stage.where()
    left = f"{STAGED}20261121t020000-data"
    stage.box.engine.client.volumes.create(left, labels={LABEL: stage.name})
    assert left in stage.names()
    await taken(KIND, where)
    assert stage.names() == [name]


async def test_a_name_that_no_volume_has_is_said(stage: Stage) -> None:
    with pytest.raises(BackupError, match="there is no volume nothing-like-it") as empty:
        await taken(KIND, stage.where("nothing-like-it"))
    assert empty.value.reason == "empty"


async def test_before_a_restore_what_is_there_is_kept_though_another_volume_is_gone(stage: Stage) -> None:
    name = stage.make("data")
    where = replace(stage.where(name, f"{stage.name}-gone"), lost_ok=True)
    assert (await taken(KIND, where)).manifest.counts == {name: 4}
