"""Files and folders: taken, read through, restored for proof, put back, and what is odd about them."""

import os
import shutil
import stat
from pathlib import Path

import pytest
from msgspec.structs import replace

from collectors.backup import BackupConfig
from ops.backup.base import Source, Wish
from ops.backup.errors import BackupError
from ops.backup.kinds.files import Files
from tests.parts.tree_backups import found, place, taken, with_facts

KIND = Files()


@pytest.fixture
def media(tmp_path: Path) -> Path:
    """A small tree with all that a tree can have."""
    folder = tmp_path / "srv" / "media"
    (folder / "deep" / "deeper").mkdir(parents=True)
    (folder / "a.png").write_bytes(b"picture" * 1000)
    (folder / "deep" / "b.txt").write_text("text\n")
    (folder / "deep" / "deeper" / "odd\nname \x1b[31m").write_text("hostile")
    (folder / os.fsdecode(b"no-utf8-\xff")).write_text("bytes")
    os.link(folder / "a.png", folder / "again.png")
    (folder / "link").symlink_to("deep/b.txt")
    (folder / "empty").mkdir()
    with (folder / "sparse").open("wb") as file:
        file.truncate(3 * 2**20)
        file.seek(2**20 + 5)
        file.write(b"in the middle")
    os.setxattr(folder / "a.png", "user.comment", b"with\nbytes\xff\0")
    os.chmod(folder / "deep" / "b.txt", 0o640)
    os.utime(folder / "deep" / "b.txt", ns=(10**18 + 123456789, 10**18 + 123456789))
    (folder / "deep").chmod(0o700)
    return folder


def config(*paths: object, **more: object) -> BackupConfig:
    """A set of files."""
    shown = tuple(str(path) for path in paths)
    return BackupConfig(name="media", kind="files", target="file:///nowhere", paths=shown, **more)  # type: ignore[arg-type]


def tree(folder: Path) -> dict[str, object]:
    """All that counts of a folder."""
    seen: dict[str, object] = {}
    for here, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(here, name)
            is_link, at = path.is_symlink(), path.lstat()
            content = os.readlink(path) if is_link else path.read_bytes() if path.is_file() else None
            mode = 0 if is_link else stat.S_IMODE(at.st_mode)
            seen[str(path.relative_to(folder))] = (mode, content, at.st_mtime_ns)
    return seen


def in_shop(media: Path) -> Path:
    """Move it one folder deeper, into folders of unlike modes; gives the upper one."""
    top = media.parent
    top.chmod(0o751)
    (top / "shop").mkdir()
    media.rename(top / "shop" / "media")
    (top / "shop").chmod(0o2750)
    return top


def modes(*paths: Path) -> list[int]:
    """Of each."""
    return [stat.S_IMODE(path.stat().st_mode) for path in paths]


def contents(folder: Path) -> dict[str, bytes]:
    """What is in its files."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


async def test_what_was_taken_is_put_back_as_it_was_and_what_was_there_stays_beside_it(
    media: Path, tmp_path: Path
) -> None:
    where, before = place(tmp_path / "scratch", config(media)), tree(media)
    it = await taken(KIND, where)
    assert it.manifest.counts == {str(media): 7}
    assert await KIND.check(where, it, it.manifest.parts[0]) == ""
    proof = await KIND.drill(where, it)
    assert (proof.equal, proof.differences) == (7, ())
    assert list(where.scratch.iterdir()) == []

    (media / "a.png").write_text("ruined")
    (media / "new").write_text("came later")
    restored = await KIND.restore(where, it, Wish())

    assert tree(media) == before
    assert os.getxattr(media / "a.png", "user.comment") == b"with\nbytes\xff\0"
    assert (media / "a.png").stat().st_ino == (media / "again.png").stat().st_ino
    assert (media / "sparse").stat().st_blocks * 512 < 2**20
    assert restored.compared.equal == 7
    aside = Path(restored.aside)
    assert (aside / "new").read_text() == "came later"
    assert sorted(path.name for path in media.parent.iterdir()) == sorted([media.name, aside.name])


async def test_one_file_is_put_back_and_all_else_stays(media: Path, tmp_path: Path) -> None:
    where = place(tmp_path / "scratch", config(media))
    it = await taken(KIND, where)
    (media / "deep" / "b.txt").write_text("ruined")
    (media / "a.png").write_text("stays")
    restored = await KIND.restore(where, it, Wish(only=("media/deep/b.txt",)))
    assert (media / "deep" / "b.txt").read_text() == "text\n"
    assert (media / "a.png").read_text() == "stays"
    assert restored.compared.equal == 1
    assert contents(Path(restored.aside)) == {"deep/b.txt": b"ruined"}


async def test_the_other_name_of_a_file_is_put_back_alone(media: Path, tmp_path: Path) -> None:
    where = place(tmp_path / "scratch", config(media))
    it = await taken(KIND, where)
    (media / "again.png").unlink()
    await KIND.restore(where, it, Wish(only=("again.png",)))
    assert (media / "again.png").read_bytes() == b"picture" * 1000


async def test_a_name_that_is_not_in_it_is_said_and_nothing_is_changed(media: Path, tmp_path: Path) -> None:
    where, before = place(tmp_path / "scratch", config(media)), tree(media)
    it = await taken(KIND, where)
    with pytest.raises(BackupError, match=r"there is no c\.png in this backup"):
        await KIND.restore(where, it, Wish(only=("a.png", "c.png")))
    assert tree(media) == before
    assert [path.name for path in media.parent.iterdir()] == ["media"]


async def test_elsewhere_the_whole_path_is_made_and_what_is_there_is_not_written_over(
    media: Path, tmp_path: Path
) -> None:
    where = place(tmp_path / "scratch", config(media))
    it = await taken(KIND, where)
    other = tmp_path / "other"
    await KIND.restore(where, it, Wish(to=str(other)))
    there = other / str(media).lstrip("/")
    assert tree(there) == tree(media)
    with pytest.raises(BackupError, match="is there already, and not empty") as refused:
        await KIND.restore(where, it, Wish(to=str(other)))
    assert refused.value.reason == "refused"
    await KIND.restore(where, it, Wish(to=str(other), empty=True))
    assert len(list(there.parent.iterdir())) == 2


async def test_a_backup_of_another_host_goes_only_where_it_is_told(media: Path, tmp_path: Path) -> None:
    where = place(tmp_path / "scratch", config(media))
    it = await taken(KIND, where)
    foreign = Source(manifest=replace(it.manifest, subject="files of elsewhere"), open=it.open)
    with pytest.raises(BackupError, match="it has files of elsewhere, and this is"):
        await KIND.restore(where, foreign, Wish())


async def test_what_exclude_means_the_backups_themselves_and_sockets_are_left_out(media: Path, tmp_path: Path) -> None:
    kept = media / "backups"
    kept.mkdir()
    (kept / "old.tar").write_text("not again")
    settings = config(media, exclude=("*.png", "deeper"))
    settings = replace(settings, target=f"file://{kept}")
    where = place(tmp_path / "scratch", settings)
    it = await taken(KIND, where)
    names = {one.name.removeprefix(str(media)) for one in await found(KIND, where, it)}
    assert names == {"", "/deep", "/deep/b.txt", "/no-utf8-\udcff", "/link", "/empty", "/sparse"}
    assert any("3 × a name that exclude means" in note for note in it.manifest.notes)


async def test_a_glob_takes_what_it_means_and_puts_it_back_file_by_file(media: Path, tmp_path: Path) -> None:
    where = place(tmp_path / "scratch", config(media / "**" / "*.txt"))
    it = await taken(KIND, where)
    assert [one.name for one in await found(KIND, where, it)] == [f"{media}/deep/b.txt"]
    (media / "deep" / "b.txt").unlink()
    await KIND.restore(where, it, Wish())
    assert (media / "deep" / "b.txt").read_text() == "text\n"
    assert (media / "a.png").exists()


@pytest.mark.parametrize(
    ("made", "words"),
    [
        pytest.param(False, "there is nothing at", id="a path that is not there"),
        pytest.param(True, "there is no file in", id="a folder with nothing in it, as of a mount that is missing"),
    ],
)
async def test_nothing_is_no_backup(tmp_path: Path, made: bool, words: str) -> None:
    if made:
        (tmp_path / "gone").mkdir()
    with pytest.raises(BackupError, match=words) as empty:
        await taken(KIND, place(tmp_path / "scratch", config(tmp_path / "gone")))
    assert empty.value.reason == "empty"


async def test_a_tar_that_is_cut_is_found(media: Path, tmp_path: Path) -> None:
    where = place(tmp_path / "scratch", config(media))
    it = await taken(KIND, where, lambda plain: plain[: len(plain) // 2])
    assert "damaged" in await KIND.check(where, it, it.manifest.parts[0])
    with pytest.raises(BackupError, match="the tar is damaged"):
        await KIND.drill(where, it)
    assert list(where.scratch.iterdir()) == []


async def test_other_counts_than_were_taken_are_a_difference_and_nothing_is_changed(
    media: Path, tmp_path: Path
) -> None:
    where, before = place(tmp_path / "scratch", config(media)), tree(media)
    it = await taken(KIND, where)
    other = with_facts(it, **{f"{it.manifest.parts[0].name}.files": 8})
    assert (await KIND.drill(where, other)).differences[0].endswith("has 7 files, 8 were taken")
    with pytest.raises(BackupError, match="has 7 files, 8 were taken"):
        await KIND.restore(where, other, Wish())
    assert tree(media) == before
    assert [path.name for path in media.parent.iterdir()] == ["media"]


async def test_what_will_be_written_over_is_told_first(media: Path, tmp_path: Path) -> None:
    where = place(tmp_path / "scratch", config(media))
    it = await taken(KIND, where)
    (told,) = await KIND.overwrites(where, it.manifest, Wish())
    assert told.what == str(media)
    assert told.now.startswith("10 names, ")
    assert told.then.startswith("7 files, 3 MiB, as of 20")
    (elsewhere,) = await KIND.overwrites(where, it.manifest, Wish(to=str(tmp_path / "other")))
    assert elsewhere.now == "not there"


async def test_what_a_killed_restore_has_left_is_told_before_the_next_one(media: Path, tmp_path: Path) -> None:
    where = place(tmp_path / "scratch", config(media))
    it = await taken(KIND, where)
    left = media.parent / ".watchfloor-20261121t020000-0-4711"
    left.mkdir()
    (told,) = await KIND.overwrites(where, it.manifest, Wish())
    assert told.now.endswith(f"; {left} is of a restore that was ended in its middle: look into it")
    await KIND.restore(where, it, Wish())
    assert left.exists()


@pytest.mark.parametrize("to", ["", "other"])
@pytest.mark.parametrize("known", [True, False])
async def test_the_folders_that_it_was_in_are_made_as_they_were_where_they_are_lost(
    media: Path, tmp_path: Path, to: str, known: bool
) -> None:
    top = in_shop(media)
    where = place(tmp_path / "scratch", config(top / "shop" / "media", top / "shop" / "media" / "deep" / "*.txt"))
    it = await taken(KIND, where)
    if not known:
        it = with_facts(it, **{name: "" for name in it.manifest.facts if name.endswith(".above")})
    shutil.rmtree(top)
    before = os.umask(0o077)
    try:
        restored = await KIND.restore(where, it, Wish(to=str(tmp_path / to) if to else ""))
    finally:
        os.umask(before)
    there = Path(f"{tmp_path / to}{top}") if to else top
    assert modes(there, there / "shop", there / "shop" / "media" / "deep") == (
        [0o751, 0o2750, 0o700] if known else [0o755, 0o755, 0o700]
    )
    assert any(note.startswith(f"{there / 'shop'} was not there: made ") for note in restored.compared.notes)


async def test_the_folder_of_a_glob_is_made_as_it_was_where_it_is_lost(media: Path, tmp_path: Path) -> None:
    os.chmod(media, 0o740)
    where = place(tmp_path / "scratch", config(media / "deep" / "*.txt", media / "*.png"))
    it = await taken(KIND, where)
    shutil.rmtree(media)
    await KIND.restore(where, it, Wish())
    assert modes(media, media / "deep") == [0o740, 0o700]


async def test_what_is_named_twice_is_taken_once_and_put_back(media: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(media)
    where, before = (
        place(tmp_path / "scratch", config(media / "deep", media, tmp_path / "link", media / "*.png")),
        tree(media),
    )
    it = await taken(KIND, where)
    assert [part.what for part in it.manifest.parts] == [f"files of {media}"]
    (media / "deep" / "b.txt").write_text("ruined")
    await KIND.restore(where, it, Wish())
    assert tree(media) == before


async def test_what_is_named_though_the_folder_around_it_leaves_it_out_is_refused(media: Path, tmp_path: Path) -> None:
    settings = config(media, media / "deep" / "deeper", exclude=("deep",))
    with pytest.raises(BackupError, match="and exclude leaves it out there") as refused:
        await taken(KIND, place(tmp_path / "scratch", settings))
    assert refused.value.reason == "refused"


async def test_about_as_much_is_expected_as_there_is(media: Path, tmp_path: Path) -> None:
    expected = await KIND.estimate(place(tmp_path / "scratch", config(media)))
    assert 7_000 < expected < 2**20
