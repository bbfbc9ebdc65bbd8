"""What all that is done to a set has in common: its lock, a folder of its own, its target, a line in the book."""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from secrets import token_hex
from typing import Literal, get_args

import msgspec

from collectors.base import CollectError
from collectors.text import clean
from collectors.threads import DaemonPool
from ops.backup.base import Kind, Place
from ops.backup.book import Book, stamp
from ops.backup.doing.work import LOOKING, Work
from ops.backup.errors import BackupError, Reason
from ops.backup.locks import Owner, alone, here, is_abandoned
from ops.backup.meter import Meter, running_file
from ops.backup.places import target_of
from ops.backup.registry import kind_of
from ops.backup.storing import safe_set
from ops.backup.structs import Event, Running
from ops.backup.target import Target
from ops.durable import FULL
from ops.figures import several, size
from ops.redact import shown

What = Literal["run", "verify", "drill", "restore", "prune", "delete"]
_POOL = DaemonPool(2, name="watchfloor-scratch")
_LOOKS_S = 86400.0
"""Nobody reads for so long."""
_REASONS: Mapping[str, Reason] = {
    "timeout": "timeout", "auth": "auth", "missing": "missing", "permission": "refused", "unreachable": "unreachable",
    "refused": "unreachable", "dns": "unreachable",
}  # fmt: skip
"""What collectors say, as backups say it."""


class Account(msgspec.Struct, kw_only=True):
    """The line of the book while it is being made."""

    what: What
    backup: str = ""
    words: str = ""
    bytes: int = 0
    plain_bytes: int = 0
    fraction: tuple[int, int] = (1, 1)
    rows: int = 0
    due: tuple[str, ...] = ()
    target: str = ""
    deleted: tuple[str, ...] = ()
    digest: str = ""
    bad: str = ""
    """Why the backup that was looked at is none: the try itself went well."""
    remedy: str = ""
    reason: str = ""
    took_s: float | None = None
    """Where it is another time than that of all that was done."""


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A set that is ours until the end."""

    work: Work
    kind: Kind
    target: Target
    place: Place
    book: Book
    meter: Meter


@asynccontextmanager
async def session(work: Work, what: What) -> AsyncIterator[Session]:
    """Hold the set: nobody else does anything to it. Raises BackupError, "held" with the owner."""
    with alone(work.folder, work.name, what, say=work.say, clock=work.clock) as died:
        book = Book(work.folder)
        book.check(work.name)
        if died is not None:
            _write_killed(book, work, died)
        with worded():
            scratch = await _POOL.run(_scratch, work.folder, work.name)
        target: Target | None = None
        running = Running(what=what, job=work.job, since=work.clock())
        meter = Meter(running, running_file(work.folder, work.name), work.progress)
        try:
            with worded():
                target = target_of(work.backup, work.spec.secrets, here())
                place = Place(config=work.config, spec=work.spec, scratch=scratch, say=work.say)
                kind = kind_of(work.backup.kind)
            meter.begin("begins")
            yield Session(work=work, kind=kind, target=target, place=place, book=book, meter=meter)
        finally:
            meter.end()
            if target is not None:
                await target.close()
            await _POOL.run(_clear, scratch)


@contextmanager
def written_down(one: Session, account: Account) -> Iterator[Account]:
    """Write a line into the book, however what is done inside ends."""
    began = time.monotonic()
    written = False

    def write(words: str, remedy: str = "", reason: str = "", *, ok: bool) -> None:
        nonlocal written
        written = True
        took_s = time.monotonic() - began
        one.book.add(event_of(one.work, account, took_s, ok=ok, words=words, remedy=remedy, reason=reason))

    def failed(words: str, remedy: str = "", reason: str = "error") -> None:
        try:
            write(words, remedy, reason, ok=False)
        except BackupError as error:
            # What went wrong first is what is raised.
            one.work.say(f"that it failed could not be written down: {error.message}")

    try:
        with worded():
            yield account
    except BackupError as error:
        failed(error.message, error.remedy, error.reason)
        raise
    except asyncio.CancelledError:
        failed(f"{account.words}; then it was cancelled" if account.words else "it was cancelled")
        raise
    else:
        words = account.bad or account.words
        try:
            write(words, account.remedy, account.reason, ok=not account.bad)
        except BackupError as error:
            raise BackupError(
                f"{words}; that could not be written down: {error.message}", error.remedy, reason=error.reason
            ) from error
    finally:
        if not written:
            failed("it broke off, by a mistake of watchfloor's own", "report it with its output")


def event_of(
    work: Work, account: Account, took_s: float, *, ok: bool, words: str, remedy: str = "", reason: str = ""
) -> Event:
    """The line of the book."""
    return Event(
        what=account.what,
        set=work.name,
        backup=account.backup,
        at=work.clock(),
        took_s=took_s if account.took_s is None else account.took_s,
        ok=ok,
        words=shown(words),
        remedy=shown(remedy),
        reason=reason,
        bytes=account.bytes,
        plain_bytes=account.plain_bytes,
        fraction=account.fraction,
        rows=account.rows,
        by=work.by,
        due=account.due,
        target=account.target,
        deleted=account.deleted,
        digest=account.digest,
    )


@contextmanager
def worded() -> Iterator[None]:
    """What collectors and the system raise, as BackupError."""
    try:
        yield
    except CollectError as error:
        raise BackupError(error.message, error.remedy, reason=_REASONS.get(error.reason, "error")) from error
    except TimeoutError as error:
        raise BackupError("it took too long", "try again, or allow more time", reason="timeout") from error
    except OSError as error:
        why = f"{error.filename}: {error.strerror}" if error.filename else error.strerror or str(error)
        reason: Reason = "full" if error.errno in FULL else "error"
        raise BackupError(f"the system refused something: {why}", "put that right", reason=reason) from error


def _write_killed(book: Book, work: Work, died: Owner) -> None:
    """The line that who died with the lock could not write; none where it was killed after its own."""
    # At its beginning: when it died nobody knows, and what was asked for since then is not meant by it.
    now = work.clock()
    at = min(died.since, now) if died.since > 0 else now
    what = next((one for one in get_args(What) if one == died.what), None)
    last = next(iter(book.events(work.name)), None)
    if what is None or (last is not None and last.what == what and last.at >= at):
        return
    book.add(
        Event(
            what=what,
            set=work.name,
            at=at,
            ok=False,
            words=f"it was killed: its process (pid {died.pid}) ended without a word",
            remedy="look whether this host was restarted or ran out of memory, and do it again",
            reason="error",
            by=clean(died.user),
        )
    )


async def sweep(one: Session) -> None:
    """Take away what dead processes of this host left unfinished; what can't be now is told, and stays invisible."""
    try:
        now = one.work.clock()
        found = [left.id for left in await one.target.leftovers() if is_abandoned(left, now)]
        if found:
            freed = await one.target.sweep(found)
            one.work.say(f"{several(len(found), 'unfinished backup')} of processes that died taken away, {size(freed)}")
    except BackupError as error:
        one.work.say(f"what lies unfinished in the target can't be taken away: {error.message}")


def _scratch(folder: Path, name: str) -> Path:
    """An empty folder; those of processes that died go."""
    own = folder / "scratch" / safe_set(name)
    _clear(own)
    # Who only reads holds no lock, so that what was killed while reading is told by its age.
    for left in folder.glob(f"{LOOKING}/*"):
        if time.time() - stamp(left)[2] / 1e9 > _LOOKS_S:
            _clear(left)
    made = own / token_hex(4)
    made.mkdir(mode=0o700, parents=True)
    return made


def _clear(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
