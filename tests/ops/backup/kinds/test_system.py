"""The state of this host: as drift captures it, readable by people, and never put onto a host by itself."""

import shutil
from pathlib import Path

import pytest
from msgspec.structs import replace

from collectors.backup import BackupConfig
from collectors.drift import Drift, DriftConfig
from ops.backup.base import Place, Source, Wish
from ops.backup.errors import BackupError
from ops.backup.kinds.system import System
from ops.config.structs import StoreSettings, TargetSpec
from ops.drift.desk import DriftDesk
from tests.parts.tree_backups import found, place, taken

KIND = System()


@pytest.fixture
def where(tmp_path: Path) -> Place:
    """A set of a host of which only its users and one file are looked at."""
    (tmp_path / "motd").write_text("hello\n")
    drift = DriftConfig(name="main", only=("users", "files"), files=(str(tmp_path / "motd"),))
    spec = TargetSpec(id="drift:main", collector=Drift, config=drift)  # type: ignore[arg-type]
    made = place(tmp_path / "scratch", BackupConfig(name="host", kind="system", target="file:///nowhere"), spec)
    return replace(made, config=replace(made.config, store=StoreSettings(path=str(tmp_path / "state"))))


async def test_what_was_captured_is_counted_read_back_and_readable(where: Place, tmp_path: Path) -> None:
    it = await taken(KIND, where)
    assert set(it.manifest.counts) == {"users", "files"}
    assert it.manifest.notes == ("no baseline was agreed, so none is in it",)
    assert [await KIND.check(where, it, part) for part in it.manifest.parts] == ["", ""]
    proof = await KIND.drill(where, it)
    assert (proof.equal, proof.differences) == (sum(it.manifest.counts.values()), ())
    assert any(one.name == f"files:{tmp_path}/motd" for one in await found(KIND, where, it))


async def test_the_agreed_baseline_is_in_it(where: Place) -> None:
    await DriftDesk(where.config).capture(by="ann")
    it = await taken(KIND, where)
    assert [part.name for part in it.manifest.parts] == ["system.toml", "system.txt", "agreed.toml"]
    assert (await KIND.drill(where, it)).differences == ()


async def test_it_is_put_into_a_folder_and_only_there(where: Place, tmp_path: Path) -> None:
    it = await taken(KIND, where)
    with pytest.raises(BackupError, match="is not put back onto a host"):
        await KIND.restore(where, it, Wish())
    to = tmp_path / "out"
    restored = await KIND.restore(where, it, Wish(to=str(to)))
    assert sorted(path.name for path in to.iterdir()) == ["system.toml", "system.txt"]
    assert "# users: " in (to / "system.txt").read_text()
    assert restored.compared.equal > 0
    with pytest.raises(BackupError, match=r"system\.toml is there already"):
        await KIND.restore(where, it, Wish(to=str(to)))
    await KIND.restore(where, it, Wish(to=str(to), only=("system.txt",), empty=True))
    assert len(list(to.iterdir())) == 3


async def test_on_another_floor_it_is_said_how_digests_of_secrets_can_be_compared(where: Place, tmp_path: Path) -> None:
    it = await taken(KIND, where)
    same = await KIND.restore(where, it, Wish(to=str(tmp_path / "same")))
    assert same.compared.notes == ()
    state = tmp_path / "elsewhere"
    other = replace(where, config=replace(where.config, store=StoreSettings(path=str(state))))
    (note,) = (await KIND.restore(other, it, Wish(to=str(tmp_path / "other")))).compared.notes
    assert f"{state}/drift/key" in note
    assert "`watchfloor drift capture`" in note
    assert not (state / "drift" / "key").exists(), "the old one has its place free"
    (state / "drift").mkdir(parents=True)
    shutil.copy(tmp_path / "state" / "drift" / "key", state / "drift" / "key")
    again = await KIND.restore(other, it, Wish(to=str(tmp_path / "again")))
    assert again.compared.notes == ()
    text = await KIND.restore(other, it, Wish(to=str(tmp_path / "text"), only=("system.txt",)))
    assert text.compared.notes == ()


async def test_a_changed_baseline_is_told_and_not_restored(where: Place, tmp_path: Path) -> None:
    it = await taken(KIND, where, lambda plain: plain.replace(b"root", b"toor"))
    assert "was changed after it was taken" in await KIND.check(where, it, it.manifest.parts[0])
    with pytest.raises(BackupError, match="was changed after it was taken"):
        await KIND.restore(where, it, Wish(to=str(tmp_path / "out")))
    assert not (tmp_path / "out").exists()


async def test_fewer_things_than_were_taken_are_a_difference(where: Place) -> None:
    it = await taken(KIND, where)
    other = Source(manifest=replace(it.manifest, counts={"files": 2}), open=it.open)
    assert (await KIND.drill(where, other)).differences == ("system.toml has 1 of files, 2 were taken",)


async def test_where_nothing_can_be_read_there_is_nothing_to_take(where: Place) -> None:
    drift = replace(where.config.targets[1], config=DriftConfig(name="main", only=("images",)))
    empty = replace(where, config=replace(where.config, targets=(where.spec, drift)))
    with pytest.raises(BackupError, match="nothing of this host could be read"):
        await taken(KIND, empty)
