"""Drift over time: a line of counts whenever they changed, and once an hour; a kill leaves whole lines only."""

import os
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import msgspec

from ops.drift.compare import counted
from ops.drift.locked import alone, failed
from ops.drift.salt import drift_folder
from ops.drift.structs import Findings, Seen
from ops.durable import replace_file, write_all

FILE_NAME = "history.jsonl"
MOST = 5_000
"""Lines that are kept; at twice as many bytes as those can have the older half goes."""
EVERY_S = 3_600.0
NAMED = 20
"""Paths that are named of what came and what went."""
_FILE_BYTES = 8 * 2**20
_DECODER = msgspec.json.Decoder(Seen)


def seen(now: Findings, previous: Findings | None) -> Seen:
    """The line of a detection. `previous` is the one before, of the same baseline or another."""
    counts = counted(now.differences)
    here = {one.path for one in now.drift}
    before = {one.path for one in previous.drift} if previous else set()
    return Seen(
        at=now.at,
        baseline=now.baseline.name,
        new=tuple(sorted(here - before)[:NAMED]),
        gone=tuple(sorted(before - here)[:NAMED]),
        took_s=now.took_s,
        **counts,
    )


def is_news(line: Seen, last: Seen | None) -> bool:
    """Whether it is written: something is other than in the last line, or an hour has passed, by either clock."""
    if last is None or line.new or line.gone or abs(line.at - last.at) >= EVERY_S:
        return True
    return msgspec.structs.replace(line, at=last.at, took_s=last.took_s, new=last.new, gone=last.gone) != last


class History:
    """The history of one floor's drift. Cheap to make; calls read or write the file, and raise DriftError."""

    def __init__(self, folder: Path) -> None:
        """`folder` is the floor's own."""
        self._home, self._file = folder, folder / "drift" / FILE_NAME

    def lines(self, limit: int = 500) -> Sequence[Seen]:
        """Newest first. Lines that can't be read are passed over."""
        return list(islice(_newest(self._content()), limit))

    def add(self, findings: Findings, previous: Findings | None) -> bool:
        """Write the line of a detection where it is news; gives whether it was."""
        line = seen(findings, previous)
        with alone(drift_folder(self._home), "history"):
            content = self._content()
            if not is_news(line, next(_newest(content), None)):
                return False
            if len(content) > _FILE_BYTES or content.count(b"\n") >= 2 * MOST:
                content = self._shorten(content)
            torn = b"\n" if content and not content.endswith(b"\n") else b""
            self._append(torn + msgspec.json.encode(line) + b"\n")
        return True

    def _shorten(self, content: bytes) -> bytes:
        kept = [line for line in content.split(b"\n") if line][-MOST:]
        while sum(map(len, kept)) > _FILE_BYTES // 2:
            del kept[: max(1, len(kept) // 2)]
        shorter = b"".join(line + b"\n" for line in kept)
        try:
            replace_file(self._file, shorter)
        except OSError as error:
            raise failed(self._file, error) from error
        return shorter

    def _append(self, line: bytes) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            descriptor = os.open(self._file, flags, 0o600)
            try:
                write_all(descriptor, line)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise failed(self._file, error) from error

    def _content(self) -> bytes:
        try:
            return self._file.read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise failed(self._file, error) from error


def _newest(content: bytes) -> Iterator[Seen]:
    """From the last line on; what is no line of ours is passed over, as a kill may have torn one."""
    for line in reversed(content.split(b"\n")):
        try:
            yield _DECODER.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
