"""The chain of the audit trail: how a line is made, and what is wrong with lines that somebody changed.

Each line holds its number, the hash of the line before it and its own: SHA-256 over its canonical JSON without `hash`.
A head file beside it says which line is the last, so that a removed end is found too.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

START = "0" * 64
"""What the first line has in place of the hash before it."""
HEADLESS = "headless"
"""Kind of a line that is written when the head was missing: whatever stood before it may be gone."""
TORN = "torn"
"""Kind of a line that says that a crash had cut the last line, which was set aside."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the trail."""

    seq: int
    """From 1."""
    at: float
    """UTC seconds."""
    kind: str
    """intent, outcome, refused, cancel, pardon …"""
    prev: str
    data: dict[str, Any]
    hash: str = ""


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """Which line is the last."""

    seq: int = 0
    hash: str = START
    next: str = ""
    """Hash of the line that is being written; it is there already, or not, when that was broken off."""


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is not as it was written."""

    line: int
    """From 1; 0 for the trail as a whole."""
    text: str


def sealed(entry: Entry) -> Entry:
    """The entry with its hash."""
    return msgspec.structs.replace(entry, hash=hashlib.sha256(_canonical(entry, bare=True)).hexdigest())


def written(entry: Entry) -> bytes:
    """The entry as its line stands in the file, without the end of line."""
    return _canonical(entry)


def parse(line: bytes) -> Entry | None:
    """The entry of a line; None for what is none."""
    try:
        return msgspec.json.decode(line, type=Entry)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def verify(lines: Iterable[bytes], head: Head | None) -> Iterator[Problem]:
    """Everything that is wrong with the lines (as they stand, each with its end of line), in order. Pure."""
    before: Entry | None = None
    number = 0
    hashes: set[str] = {START}
    """Of lines that were met: a line that stands twice is told as that. 100 bytes a line."""
    for number, line in enumerate(lines, start=1):
        entry = parse(line)
        words = _wrong(line, entry)
        if words or entry is None:
            yield Problem(line=number, text=words)
        if entry is None:
            continue
        if entry.hash in hashes:
            yield Problem(line=number, text=f"record {entry.seq} stands here again")
            continue
        if words := _misplaced(entry, before):
            yield Problem(line=number, text=words)
        if entry.kind == HEADLESS:
            yield Problem(
                line=number, text="the head was missing when this line was written: lines may be gone before it"
            )
        hashes.add(entry.hash)
        before = entry
    yield from _against(head, before, number)


def _wrong(line: bytes, entry: Entry | None) -> str:
    """Why a line is not one that we wrote, taken by itself."""
    if not line.endswith(b"\n"):
        return "the line is cut short"
    if entry is None:
        return "the line is no record"
    if written(entry) != line[:-1]:
        return "the line was changed"
    return "the line was changed" if sealed(entry).hash != entry.hash else ""


def _misplaced(entry: Entry, before: Entry | None) -> str:
    """Why a line can't follow the one before it."""
    seq, hash_before = (before.seq, before.hash) if before else (0, START)
    if entry.seq > seq + 1:
        return f"{_records(seq + 1, entry.seq - 1)} missing before it"
    if entry.seq <= seq:
        return f"record {entry.seq} stands after record {seq}"
    if entry.prev != hash_before:
        return f"it does not follow the line before it: record {seq} was changed or replaced"
    return ""


def _records(first: int, last: int) -> str:
    return f"record {first} is" if first == last else f"records {first} to {last} are"


def _against(head: Head | None, last: Entry | None, count: int) -> Iterator[Problem]:
    """Whether the last line is the one that the head knows."""
    seq, hash_ = (last.seq, last.hash) if last else (0, START)
    if head is None:
        if count:
            yield Problem(line=0, text="the head is missing, so nobody can tell whether lines are gone from the end")
        return
    if seq < head.seq:
        yield Problem(line=0, text=f"{_records(seq + 1, head.seq)} missing at the end")
    elif seq > head.seq + bool(head.next):
        yield Problem(line=count, text=f"{_records(head.seq + 1, seq)} not known to the head: added by somebody else")
    elif hash_ != (head.hash if seq == head.seq else head.next):
        yield Problem(line=count, text=f"record {seq} is not the one that the head knows: it was replaced")


def _canonical(entry: Entry, *, bare: bool = False) -> bytes:
    """Sorted keys, no spaces, ASCII, figures as Python writes them: one form for one content."""
    fields: Mapping[str, object] = {
        name: getattr(entry, name) for name in entry.__struct_fields__ if not (bare and name == "hash")
    }
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
