"""One at a time per set: a lock that the kernel drops with its holder, who is told to everybody else."""

import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from collectors.text import clean
from ops.backup.errors import BackupError
from ops.backup.storing import safe_set
from ops.backup.target import Leftover
from ops.durable import FULL
from ops.figures import duration
from ops.fixes.who import account
from ops.jobs.held import LIMIT, NAMED_S, SOON_S, grab, is_held, read_inside, write_inside
from ops.jobs.session import started

FORSAKEN_S = 7 * 86400.0
"""No process of another host is believed to write one backup for so long."""
UNOWNED_S = 3600.0


class Owner(msgspec.Struct, frozen=True, kw_only=True):
    """Who does something to a set, as it is written into the lock."""

    user: str = ""
    host: str = ""
    pid: int = 0
    what: str = ""
    """"run", "verify", …"""
    since: float = 0.0
    """UTC seconds."""

    def words(self, now: float) -> str:
        """ "ann (pid 4711, run, for 12 s)"."""
        if not self.pid:
            return "another process"
        since = duration(max(0.0, now - self.since))
        return f"{clean(self.user)} (pid {self.pid}, {clean(self.what)}, for {since})"


def lock_file(folder: Path, name: str) -> Path:
    """The lock of a set. Raises BackupError "unsafe" for a name that is no file's."""
    return folder / "locks" / f"{safe_set(name)}.lock"


def holder(folder: Path, name: str) -> Owner | None:
    """Who does something to a set now; None while nobody does."""
    file = lock_file(folder, name)
    try:
        return _owner(file) if is_held(file) else None
    except OSError:
        return Owner()


def killed(folder: Path, name: str) -> Owner | None:
    """Who died with a set's lock, which nobody has taken since; None where nobody did."""
    file = lock_file(folder, name)
    try:
        before = _owner(file)
        # The same owner before and after, and nobody held it between: one that let it go has taken the file away.
        return before if before.pid and not is_held(file) and _owner(file) == before else None
    except OSError:
        return None


@contextmanager
def alone(
    folder: Path, name: str, what: str, *, say: Callable[[str], None], clock: Callable[[], float] = time.time
) -> Iterator[Owner | None]:
    """Hold a set's lock; gives who died with it last time, None where it was let go as it should.

    Raises BackupError: "held" with the owner, "full" or "error" where no lock can be made.
    """
    file = lock_file(folder, name)
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = grab(file)
    except OSError as error:
        raise _failed(file, error) from error
    if descriptor is None:
        owner = _named(file)
        raise BackupError(
            f"{name} is being worked on by {owner.words(clock())}", "wait until that has ended", reason="held"
        )
    # In the file that is ours now: who let go meanwhile has taken another one of that name away.
    before = _owned(os.pread(descriptor, LIMIT, 0))
    died = before if before.pid else None
    try:
        with suppress(OSError):  # without room it is held all the same, by somebody without a name
            write_inside(descriptor, msgspec.json.encode(_we(what, clock())))
        if died is not None:
            say(f"{died.words(clock())} ended without a word: what it left unfinished is taken away")
        yield died
    finally:
        with suppress(OSError):  # a file that stays locks nothing
            file.unlink()
        os.close(descriptor)


def here() -> str:
    """ "host/pid/start" of this process: put on what is unfinished, so that others know whether we still live."""
    return f"{socket.gethostname()}/{os.getpid()}/{started(os.getpid())}"


def is_dead(owner: str) -> bool:
    """Whether a process that said `here()` was of this host and has ended. Of other hosts nothing is known."""
    host, _, rest = owner.partition("/")
    pid, _, start = rest.partition("/")
    if host != socket.gethostname() or not pid.isdecimal():
        return False
    return str(started(int(pid))) != start


def is_abandoned(left: Leftover, now: float) -> bool:
    """Whether nobody goes on with something unfinished: its process has ended, or it is too old to have one.

    What says nothing of its owner is half deleted, or was killed in its first moment.
    """
    if is_dead(left.owner):
        return True
    age_s = now - left.began_at if left.began_at is not None else 0.0
    return age_s > (FORSAKEN_S if left.owner else UNOWNED_S)


def _we(what: str, now: float) -> Owner:
    return Owner(user=account(os.getuid()), host=socket.gethostname(), pid=os.getpid(), what=what, since=now)


def _named(file: Path) -> Owner:
    """Who has it, as soon as that is written."""
    end = time.monotonic() + NAMED_S
    while not (owner := _owner(file)).pid and time.monotonic() < end:
        time.sleep(SOON_S)
    return owner


def _owner(file: Path) -> Owner:
    return _owned(read_inside(file))


def _owned(text: bytes) -> Owner:
    try:
        return msgspec.json.decode(text, type=Owner)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Owner()


def _failed(file: Path, error: OSError) -> BackupError:
    why = error.strerror or str(error)
    return BackupError(
        f"no lock can be made at {file} ({why}), so nothing was done",
        "let that folder be written, with room on its disk",
        reason="full" if error.errno in FULL else "error",
    )
