"""Tars that mean harm, are damaged, or ask for what this user may not give: nothing is written outside."""

import io
import os
import stat
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.backup.errors import BackupError
from ops.backup.trees.entries import Data, Entry
from ops.backup.trees.folders import parts_of, removed
from ops.backup.trees.reader import TarReader
from ops.backup.trees.tally import counted
from ops.backup.trees.unpack import Unpacked, Unpacker

Add = Callable[[tarfile.TarFile], None]
UNREAD = (154, 155)
"""The bytes after the checksum's digits: a NUL or a space each, as different programs end it."""


def tar(*adds: Add, form: int = tarfile.PAX_FORMAT) -> bytes:
    """A tar with these in it."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=form) as archive:
        for add in adds:
            add(archive)
    return made.getvalue()


def one(name: str, content: bytes = b"x", **more: object) -> Add:
    """A file, or whatever `more` makes of it."""

    def add(archive: tarfile.TarFile) -> None:
        info = tarfile.TarInfo(name)
        info.size = len(content)
        info.mode = 0o644
        for key, value in more.items():
            setattr(info, key, value)
        archive.addfile(info, io.BytesIO(content) if info.isreg() else None)

    return add


def link(name: str, target: str, sort: bytes = tarfile.SYMTYPE) -> Add:
    """A link."""
    return one(name, b"", type=sort, linkname=target)


def unpack(whole: bytes, folder: Path, step: int = 777) -> Unpacked:
    """Unpack it in odd pieces."""
    folder.mkdir(exist_ok=True)
    unpacker = Unpacker(folder)
    try:
        for at in range(0, len(whole), step):
            unpacker.feed(whole[at : at + step])
        return unpacker.finish()
    finally:
        unpacker.close()


@pytest.mark.parametrize(
    "adds",
    [
        pytest.param((one("../out"),), id="a name that climbs out"),
        pytest.param((one("a/../../out"),), id="a name that climbs out from below"),
        pytest.param((one("/tmp/out-of-it"),), id="a name from the root on"),
        pytest.param((link("a", ".."), one("a/out")), id="through a link that leads out"),
        pytest.param((link("a", "/"), one("a/tmp/out-of-it")), id="through a link to the root"),
        pytest.param((link("a", "b"), one("b/in"), one("a/out")), id="through a link within"),
        pytest.param((link("a", "/etc/passwd", tarfile.LNKTYPE),), id="a hard link to a file of the host"),
        pytest.param((link("a", "../secret", tarfile.LNKTYPE),), id="a hard link that climbs out"),
        pytest.param((link("d", ".."), link("a", "d/secret", tarfile.LNKTYPE)), id="a hard link through a link"),
        pytest.param((one("../d", b"", type=tarfile.DIRTYPE),), id="a folder that climbs out"),
        pytest.param((link("../l", "x"),), id="a link that climbs out"),
        pytest.param((one("/".join("d" * 500)),), id="more folders in one another than can be held open"),
    ],
)
def test_what_leads_out_is_refused_and_nothing_is_written_there(adds: tuple[Add, ...], tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    with pytest.raises(BackupError) as refused:
        unpack(tar(*adds), tmp_path / "in")
    assert refused.value.reason == "unsafe"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "secret"]
    assert not Path("/tmp/out-of-it").exists()
    assert (tmp_path / "secret").stat().st_nlink == 1


@pytest.mark.parametrize("target", [".", "./", "//"])
def test_a_hard_link_to_nothing_is_damage_in_words(target: str, tmp_path: Path) -> None:
    with pytest.raises(BackupError) as told:
        unpack(tar(link("a", target, tarfile.LNKTYPE)), tmp_path / "in")
    assert told.value.reason in ("damaged", "unsafe")


def test_a_file_in_place_of_a_link_is_written_beside_what_the_link_meant(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    done = unpack(tar(link("a", "../secret"), one("a", b"mine")), tmp_path / "in")
    assert (tmp_path / "secret").read_text() == "secret"
    assert (tmp_path / "in" / "a").read_text() == "mine"
    assert done.tally.files == 2


def test_links_are_what_they_were_wherever_they_lead(tmp_path: Path) -> None:
    unpack(tar(link("a", "/etc/passwd"), link("b", "../x")), tmp_path / "in")
    assert {name: os.readlink(tmp_path / "in" / name) for name in "ab"} == {"a": "/etc/passwd", "b": "../x"}


def test_device_files_are_left_out_and_told_and_pipes_are_made(tmp_path: Path) -> None:
    done = unpack(tar(one("null", b"", type=tarfile.CHRTYPE), one("pipe", b"", type=tarfile.FIFOTYPE)), tmp_path / "in")
    assert [path.name for path in (tmp_path / "in").iterdir()] == ["pipe"]
    assert stat.S_ISFIFO((tmp_path / "in" / "pipe").lstat().st_mode)
    assert done.notes[0] == "1 × device file was left out"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_owners_and_the_right_to_run_as_them_are_given_by_root(tmp_path: Path) -> None:
    unpack(tar(one("a", mode=0o4755, uid=1234, gid=4321)), tmp_path / "in")
    seen = (tmp_path / "in" / "a").stat()
    assert (seen.st_uid, seen.st_gid, stat.S_IMODE(seen.st_mode)) == (1234, 4321, 0o4755)


def test_what_has_another_owner_here_does_not_run_as_its_owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 65534)
    done = unpack(tar(one("a", mode=0o4755, uid=0, gid=0)), tmp_path / "in")
    assert stat.S_IMODE((tmp_path / "in" / "a").stat().st_mode) == 0o755
    assert any("lost the right to run as its owner" in note for note in done.notes)


def test_folders_get_their_modes_and_times_when_all_is_in_them(tmp_path: Path) -> None:
    folder = one("d", b"", type=tarfile.DIRTYPE, mode=0o500, mtime=1_000_000_000)
    unpack(tar(folder, one("d/a"), one("d/b")), tmp_path / "in")
    seen = (tmp_path / "in" / "d").stat()
    assert (stat.S_IMODE(seen.st_mode), seen.st_mtime) == (0o500, 1_000_000_000)
    removed(tmp_path / "in")
    assert not (tmp_path / "in").exists()


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
def test_every_form_of_tar_is_read(form: int, tmp_path: Path) -> None:
    name = "/".join(["folder-with-a-name"] * 5 + ["n" * 60])
    done = unpack(tar(one(name, b"abc" * 1000), link("l", "t" * 90), form=form), tmp_path / "in", 100)
    assert (tmp_path / "in" / name).read_bytes() == b"abc" * 1000
    assert os.readlink(tmp_path / "in" / "l") == "t" * 90
    assert counted(tmp_path / "in").content == done.tally.content


@pytest.mark.parametrize(
    "header",
    [
        pytest.param({"size": "-1"}, id="fewer bytes than none"),
        pytest.param({"size": "9" * 5000}, id="a number that is too long to be read"),
        pytest.param({"uid": str(2**40)}, id="a user that can't be"),
        pytest.param({"SCHILY.xattr.user.\0a": "b"}, id="an attribute with a zero byte"),
        pytest.param({"linkpath": "a\0b"}, id="a link with a zero byte"),
        pytest.param({"GNU.sparse.major": "1", "GNU.sparse.realsize": "700"}, id="holes that go backwards"),
    ],
)
def test_what_no_system_can_have_is_refused_in_words(header: dict[str, str], tmp_path: Path) -> None:
    body = b"2\n600\n2\n5\n2\n".ljust(512, b"\0") + b"abcd"
    sort = tarfile.SYMTYPE if "linkpath" in header else tarfile.REGTYPE
    whole = tar(one("a", b"" if "linkpath" in header else body, pax_headers=header, type=sort))
    with pytest.raises(BackupError) as refused:
        unpack(whole, tmp_path / "in")
    assert refused.value.reason in ("damaged", "unsafe")


def test_a_size_below_nothing_in_the_header_itself_ends_nothing_in_a_loop() -> None:
    info = tarfile.TarInfo("a")
    block = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    block[124:136] = b"\xff" * 12
    block[148:156] = b" " * 8
    block[148:155] = b"%06o\0" % sum(block)
    with pytest.raises(BackupError, match="a number in it is none"):
        list(TarReader(data=True).feed(bytes(block) + b"x" * 512))


def test_a_moment_beyond_all_calendars_is_as_far_away_as_can_be(tmp_path: Path) -> None:
    unpack(tar(one("a", pax_headers={"mtime": str(2**60)})), tmp_path / "in")
    assert (tmp_path / "in" / "a").stat().st_mtime > 4e9


@given(cut=st.integers(0, 6_000))
def test_a_tar_that_is_cut_anywhere_before_its_end_is_damaged(cut: int) -> None:
    whole = tar(one("ä" * 80, b"abc" * 300), one("b", b"d" * 1024), link("c", "d"))
    end = len(whole.rstrip(b"\0")) // 512 * 512 + 512
    with pytest.raises(BackupError, match="the tar is damaged"):
        _read(whole[: min(cut, end)], [1_000])


@given(at=st.integers(0, 511).filter(lambda at: at not in UNREAD), bit=st.integers(0, 7))
def test_no_header_with_another_bit_is_taken_for_right(at: int, bit: int) -> None:
    whole = bytearray(tar(one("name", b"abc"), form=tarfile.USTAR_FORMAT))
    whole[at] ^= 1 << bit
    with pytest.raises(BackupError):
        list(TarReader().feed(bytes(whole)))


@given(junk=st.binary(max_size=3000), before=st.booleans())
def test_junk_is_damaged_or_nothing_but_never_another_error(junk: bytes, before: bool) -> None:
    extended = tarfile.TarInfo("x")
    extended.type, extended.size = tarfile.XHDTYPE, max(1, len(junk))
    whole = (extended.tobuf(tarfile.USTAR_FORMAT) if before else b"") + junk + bytes(-len(junk) % 512)
    try:
        _read(whole, [1_000])
    except BackupError as error:
        told = error.reason
    else:
        told = "damaged"
    assert told == "damaged"


@given(steps=st.lists(st.integers(1, 2000), min_size=1, max_size=40))
def test_how_a_tar_is_cut_into_pieces_changes_nothing(steps: list[int]) -> None:
    whole = tar(one("a" * 200, b"abc" * 700), one("b", b"d" * 512), link("c", "d" * 150))
    assert _read(whole, steps) == _read(whole, [len(whole)])


def _read(whole: bytes, steps: list[int]) -> tuple[list[Entry], bytes]:
    reader, entries, content, at = TarReader(data=True), list[Entry](), b"", 0
    while at < len(whole):
        step = steps[(at + len(content)) % len(steps)]
        for event in reader.feed(whole[at : at + step]):
            if isinstance(event, Data):
                content += event.content
            else:
                entries.append(event)
        at += step
    reader.finish()
    return entries, content


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        pytest.param("./a//b/.", ("a", "b"), id="what stands for the folder itself is left out"),
        pytest.param(".", (), id="the folder itself"),
        pytest.param("..a/b..", ("..a", "b.."), id="dots that lead nowhere"),
    ],
)
def test_names_are_taken_apart(name: str, parts: tuple[str, ...]) -> None:
    assert parts_of(name) == parts
