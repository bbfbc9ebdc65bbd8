"""What targets have in common: names that are safe as a file's, blocking calls in order, what is unfinished."""

import asyncio
import re
import threading
from collections.abc import Callable
from typing import TypeVar

from collectors.text import clean
from collectors.threads import DaemonPool
from ops.backup.errors import BackupError
from ops.backup.names import is_id
from ops.backup.target import MANIFEST

PARTIAL = ".partial-"
"""Before the id of what is unfinished …"""
GONE = ".gone-"
"""… and of what is being deleted."""
OWNER = ".owner"
"""File in an unfinished one that says whose it is."""
MANIFEST_LIMIT = 64 * 2**20
"""Bytes of a manifest that are read at most."""
_SET = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_PART = re.compile(r"[a-z0-9][a-z0-9._-]{0,199}", re.ASCII)
_POOL = DaemonPool(8, name="watchfloor-targets")
T = TypeVar("T")


def safe_set(name: str) -> str:
    """The name of a set as a folder's. Raises BackupError "unsafe"."""
    return _safe(_SET, name, "a set of backups", "call it by letters, digits, dots, dashes and underscores")


def safe_part(name: str) -> str:
    """The name of a part's file, which is not the manifest's. Raises BackupError "unsafe"."""
    if name == MANIFEST or ".." in name:
        raise BackupError(f"a part of a backup can't be called {name}", reason="unsafe")
    return _safe(
        _PART, name, "a part of a backup", "its name is made of small letters, digits, dots, dashes, underscores"
    )


def _safe(pattern: re.Pattern[str], name: str, what: str, remedy: str) -> str:
    if pattern.fullmatch(name):
        return name
    raise BackupError(f"“{clean(name, 80)}” can't be the name of {what}", remedy, reason="unsafe")


def missing(backup: str, part: str = "") -> BackupError:
    """There is no such backup, or no such part of it."""
    what = f"the part {part} of {backup}" if part and part != MANIFEST else f"a backup {backup}"
    return BackupError(f"there is not {what}", "`watchfloor backup list` shows which there are", reason="missing")


def swept(backup: str) -> BackupError:
    """Parts that were written are not there any more, before the backup was complete."""
    return BackupError(
        f"what was written of {backup} was taken away by another process that swept there",
        "look at the clocks and names of all hosts that write there, and at its disk, then take another one",
        reason="lost",
    )


def check_room(shown: str, free: int | None, expected_bytes: int) -> None:
    """Raises BackupError "full" where so much is to be written and there clearly is no room for it."""
    if free is not None and free < expected_bytes:
        words = f"{shown} has room for {free:,} bytes, and about {expected_bytes:,} are to be written"
        raise BackupError(words, "make room there, or let `watchfloor backup prune` delete", reason="full")


def unfinished_id(name: str) -> str:
    """The backup that an unfinished or half deleted folder is of; "" where it is neither."""
    for beginning in (PARTIAL, GONE):
        if name.startswith(beginning) and is_id(name.removeprefix(beginning)):
            return name.removeprefix(beginning)
    return ""


async def in_thread(function: Callable[..., T], *args: object) -> T:
    """Run a blocking call of a target. Raises what it raises, and CollectError where too many wait."""
    return await _POOL.run(function, *args)


async def taken(give_back: Callable[[T], object], function: Callable[..., T], *args: object) -> T:
    """Run a blocking call that opens something; where nobody waits for it any more it is given back when it comes."""
    task = asyncio.ensure_future(in_thread(function, *args))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        task.add_done_callback(lambda done: _given_back(done, give_back))
        raise


def _given_back(done: "asyncio.Task[T]", give_back: Callable[[T], object]) -> None:
    """In a thread: it may ask a server. What can't be given back is unfinished, and swept later."""
    if not done.cancelled() and done.exception() is None:
        giving = asyncio.ensure_future(in_thread(give_back, done.result()))
        giving.add_done_callback(lambda ended: ended.cancelled() or ended.exception())


class InOrder:
    """Blocking calls that never overlap, also where the one who waited was cancelled and asks for the next."""

    def __init__(self) -> None:
        self._alone = threading.Lock()

    async def run(self, function: Callable[..., T], *args: object) -> T:
        """Run one after those before it have ended."""
        return await in_thread(self._run, function, args)

    async def taken(self, give_back: Callable[[T], object], function: Callable[..., T], *args: object) -> T:
        """The same for one that opens something, as `taken` above."""
        return await taken(give_back, self._run, function, args)

    def _run(self, function: Callable[..., T], args: tuple[object, ...]) -> T:
        with self._alone:
            return function(*args)
