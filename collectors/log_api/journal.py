"""The journal of a systemd unit as a source of lines, through journalctl."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from typing import NamedTuple

import msgspec

from collectors.base import CollectError, NoData
from collectors.log_api.level import of_priority
from collectors.log_api.reader import Portion
from collectors.log_api.source import MOST_LINES, Take, pool
from collectors.programs.run import Ended, run
from collectors.text import LINE_LIMIT, clean

_CONTEXT_LINES = 20
_OUTPUT_BYTES = 16 * 2**20
_LOOK_EVERY_S = 1.0
_NOT_OURS = "this user sees only its own part of the journal: add it to the group systemd-journal"
_MARKS = {"error": "ERROR: ", "warning": "WARNING: ", "": ""}


class Written(NamedTuple):
    """One entry."""

    cursor: str
    at: float
    """UTC seconds."""
    text: bytes
    """Its lines, each with its newline; what follows the first is indented."""


class _Entry(msgspec.Struct, frozen=True):
    cursor: str = msgspec.field(default="", name="__CURSOR")
    at_us: str = msgspec.field(default="0", name="__REALTIME_TIMESTAMP")
    message: str | list[int] | None = msgspec.field(default=None, name="MESSAGE")
    priority: str | None = msgspec.field(default=None, name="PRIORITY")


_DECODER = msgspec.json.Decoder(_Entry)


def parse_entries(output: bytes) -> list[Written]:
    """Read `journalctl -o json`: one object a line; what is no entry (a cut last line) is left out. Pure."""
    found = []
    for line in output.split(b"\n"):
        try:
            entry = _DECODER.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
        if entry.cursor and entry.at_us.isascii() and entry.at_us.isdecimal() and len(entry.at_us) < 20:
            found.append(Written(entry.cursor, int(entry.at_us) / 1e6, _text(entry)))
    return found


def _text(entry: _Entry) -> bytes:
    """The message; what is no UTF-8 comes as a list of its bytes. A bad priority becomes a word before it."""
    message = entry.message or ""
    raw = message.encode("utf-8", "replace") if isinstance(message, str) else bytes(byte & 0xFF for byte in message)
    known = entry.priority if entry.priority and entry.priority in "01234567" else "6"
    mark = _MARKS[of_priority(int(known[0]))].encode()
    lines = raw[: 100 * LINE_LIMIT].rstrip(b"\n").split(b"\n")
    return mark + b"\n\t".join(lines) + b"\n"


class JournalSource:
    """What the journal has of one unit, read on after the last entry."""

    kind = "journal"

    def __init__(self, unit: str, folder: str) -> None:
        """`folder` is where the journal's files are, "" for the system's own."""
        self._unit, self._folder = unit, folder
        self._cursor = ""
        self._since = 0.0
        self._at = 0.0
        self._hints: tuple[str, ...] = ()

    async def read(self, take: Take) -> None:
        """Run journalctl once, twice where more was written than can be read. Raises CollectError, NoData."""
        first = not self._since
        now = time.time()
        ended = await self._run(*self._place(first))
        entries = await pool().run(parse_entries, ended.out)
        self._hints = (_NOT_OURS,) if b"not seeing messages from other users" in ended.err else ()
        if ended.cut:
            entries = await self._newest(take, entries)
        if not (entries or self._cursor):
            # Asked for JSON it does not say that there is no journal, only that there is no entry.
            await self._journalctl("--header")
        self._since = self._since or now
        if entries:
            self._cursor, self._at = entries[-1].cursor, entries[-1].at
            await pool().run(lambda: take(Portion(self._unit, b"".join(each.text for each in entries), context=first)))

    @property
    def written_at(self) -> float:
        """When the newest entry was written."""
        return self._at

    @property
    def key(self) -> str:
        """The unit."""
        return self._unit

    @property
    def waits(self) -> bool:
        """Never: what is away is an error."""
        return False

    def hints(self) -> tuple[str, ...]:
        """What can't be seen."""
        return self._hints

    async def follow(self) -> AsyncIterator[str]:
        """The last lines, then each new one."""
        begun, place = time.time(), ["-n", str(_CONTEXT_LINES)]
        while True:
            ended = await self._run(*place)
            entries = await pool().run(parse_entries, ended.out)
            for entry in entries:
                for line in entry.text.splitlines():
                    yield clean(line, LINE_LIMIT)
            if entries:
                place = [f"--after-cursor={entries[-1].cursor}"]
            elif place[0] == "-n":
                place = [f"--since=@{int(begun)}"]
            await asyncio.sleep(_LOOK_EVERY_S)

    async def close(self) -> None:
        """Nothing is kept open."""

    def _place(self, first: bool) -> Sequence[str]:
        if first:
            return "-n", str(_CONTEXT_LINES)
        return (f"--after-cursor={self._cursor}",) if self._cursor else (f"--since=@{int(self._since)}",)

    async def _newest(self, take: Take, read: list[Written]) -> list[Written]:
        """The newest entries in place of those that were read, which are counted as left out."""
        ended = await self._run("-n", str(MOST_LINES))
        newest = [entry for entry in await pool().run(parse_entries, ended.out) if entry.at > self._at]
        oldest = newest[0].at if newest else 0.0
        left = [len(entry.text) for entry in read if entry.at < oldest]
        await pool().run(take, Portion("", skipped_lines=len(left), skipped_bytes=sum(left)))
        self._hints = (
            *self._hints,
            "more was written than is read of the journal: not all that was left out is counted",
        )
        return newest or read

    async def _run(self, *place: str) -> Ended:
        asked = ("--output=json", "--output-fields=MESSAGE,PRIORITY", f"--unit={self._unit}")
        return await self._journalctl(*asked, *place)

    async def _journalctl(self, *arguments: str) -> Ended:
        where = (f"--directory={self._folder}",) if self._folder else ()
        try:
            ended = await run(("journalctl", "--no-pager", *where, *arguments), limit=_OUTPUT_BYTES)
        except CollectError as error:
            if error.reason == "missing":
                raise NoData("there is no journal on this machine: it has no journalctl") from error
            raise
        _refuse(ended)
        return ended


def _refuse(ended: Ended) -> None:
    if b"No journal files were found" in ended.err:
        raise NoData("there is no journal on this machine")
    if b"insufficient permissions" in ended.err:
        raise CollectError("the journal may not be read by this user", reason="permission", remedy=_NOT_OURS)
    if ended.code and not (ended.code < 0 and ended.out):
        raise CollectError(f"journalctl ended with {ended.code}: {clean(ended.err.strip())}", reason="protocol")
