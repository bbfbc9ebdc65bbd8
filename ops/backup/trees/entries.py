"""What is in a tar, as structs, and what its extended headers say; pure."""

from collections.abc import Mapping
from tarfile import HeaderError, TarInfo
from typing import Literal

import msgspec

from ops.backup.errors import BackupError

BLOCK = 512
Sort = Literal["file", "folder", "link", "hard", "pipe", "device", "other"]
_SORTS: Mapping[bytes, Sort] = {
    b"\0": "file", b"0": "file", b"7": "file", b"1": "hard", b"2": "link", b"3": "device", b"4": "device",
    b"5": "folder", b"6": "pipe",
}  # fmt: skip
_XATTR = "SCHILY.xattr."
_MOST, _USERS, _SECONDS = 2**62, 2**32 - 1, 2**33
"""More bytes, users or seconds than these no system here can have."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One thing in a tar, as its headers tell it. Names are as they were written: nothing in them is checked."""

    name: str
    """Relative to the root of the file system; bytes that are no UTF-8 are surrogates."""
    sort: Sort
    size: int = 0
    """Bytes of a file, holes counted."""
    target: str = ""
    """Of a link: what it says; of a hard link: the name of the one before it."""
    mode: int = 0
    uid: int = 0
    gid: int = 0
    changed_ns: int = 0
    attributes: Mapping[str, bytes] = {}
    """Extended attributes."""


class Data(msgspec.Struct, frozen=True):
    """Some bytes of the file whose entry came last."""

    offset: int
    content: memoryview


class Header(msgspec.Struct, frozen=True):
    """An entry with what the reader must know to go on."""

    entry: Entry
    body: int
    """Bytes that follow, padding left out."""
    sparse: bool
    """The body begins with a map of what is no hole."""


def damaged(why: str) -> BackupError:
    """What a tar that can't be read is."""
    return BackupError(f"the tar is damaged: {why}", "use another backup", reason="damaged")


def plain_header(block: bytes) -> TarInfo:
    """A header block by itself. Raises BackupError."""
    try:
        return TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except (HeaderError, ValueError) as error:
        raise damaged(f"a header makes no sense ({error})") from error


def header(info: TarInfo, extended: Mapping[str, bytes]) -> Header:
    """A header with what extended ones before it said. Raises BackupError."""
    sort = _SORTS.get(info.type, "other")
    if info.type == b"S" or "GNU.sparse.map" in extended or extended.get("GNU.sparse.major", b"1") != b"1":
        raise damaged("it has a file with holes in a form that is not known here")
    sparse = "GNU.sparse.major" in extended
    stored = _number(extended["size"]) if "size" in extended else _within(info.size)
    real = _number(extended["GNU.sparse.realsize"]) if sparse else stored
    body = stored if sort in ("file", "other") else 0
    name = _text(extended, "GNU.sparse.name") or _text(extended, "path") or info.name
    entry = Entry(
        name=name.rstrip("/") if sort == "folder" else name,
        sort=sort,
        size=real if sort == "file" else 0,
        target=_text(extended, "linkpath") or info.linkname,
        mode=info.mode & 0o7777,
        uid=_within(_number(extended["uid"]) if "uid" in extended else info.uid, _USERS),
        gid=_within(_number(extended["gid"]) if "gid" in extended else info.gid, _USERS),
        changed_ns=_nanoseconds(extended["mtime"]) if "mtime" in extended else _at(int(info.mtime)),
        attributes={key.removeprefix(_XATTR): value for key, value in extended.items() if key.startswith(_XATTR)},
    )
    return Header(entry, body, sparse)


def records(content: bytes) -> dict[str, bytes]:
    """The records of an extended header of POSIX: "30 mtime=1350244992.02396\\n". Raises BackupError."""
    found: dict[str, bytes] = {}
    at = 0
    while at < len(content):
        length, space, _ = content[at : at + 24].partition(b" ")
        if not space or not length.isdigit() or not len(length) + 1 < int(length) <= len(content) - at:
            raise damaged("an extended header makes no sense")
        record = content[at + len(length) + 1 : at + int(length) - 1]
        key, equals, value = record.partition(b"=")
        if not equals:
            raise damaged("an extended header makes no sense")
        found[key.decode("utf-8", "surrogateescape")] = value
        at += int(length)
    return found


def holes(content: bytes) -> tuple[tuple[int, int], ...] | None:
    """The map that a file with holes begins with (GNU, form 1.0): offset and length of what is there; None if cut."""
    lines = content.split(b"\n")
    # What follows the last line feed may be a part of a number, or padding.
    numbers = lines[:-1]
    if not numbers:
        return None
    count = _number(numbers[0])
    if len(numbers) <= 2 * count:
        return None
    values = [_number(one) for one in numbers[1 : 2 * count + 1]]
    return tuple(zip(values[::2], values[1::2], strict=True))


def _text(extended: Mapping[str, bytes], key: str) -> str:
    return extended.get(key, b"").decode("utf-8", "surrogateescape")


def _number(text: bytes) -> int:
    if not text.isdigit() or len(text) > 20:
        raise damaged("a number in it is none")
    return _within(int(text))


def _within(number: int, most: int = _MOST) -> int:
    if not 0 <= number <= most:
        raise damaged("a number in it is none")
    return number


def _at(seconds: int) -> int:
    """A moment as nanoseconds; what is further away than any file system can say is as far as it can."""
    return max(-_SECONDS, min(_SECONDS, seconds)) * 10**9


def _nanoseconds(text: bytes) -> int:
    seconds, _, fraction = text.partition(b".")
    sign = -1 if seconds.startswith(b"-") else 1
    whole = _at(_number(seconds.removeprefix(b"-"))) + _number((fraction + b"0" * 9)[:9])
    return sign * whole
