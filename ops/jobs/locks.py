"""Locks of targets: nobody acts on what somebody acts on, whichever config, screen or command they came from."""

import asyncio
import hashlib
import os
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path

import msgspec

from collectors.text import clean
from ops.actions.errors import Refused
from ops.durable import FULL
from ops.figures import duration
from ops.jobs.held import NAMED_S, SOON_S, grab, is_held, read_inside, write_inside

_LOOK_EVERY_S = 0.1


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """Who holds a target, as it is written into the lock."""

    user: str = ""
    tty: str = ""
    """"/dev/pts/3"."""
    pid: int = 0
    since: float = 0.0
    """UTC seconds."""
    job: int = 0
    title: str = ""
    """"restart container api"."""
    row: str = ""
    """Id of the row that it acts on."""

    def words(self, now: float) -> str:
        """One sentence: "api is being fixed by alice (pts/3, for 12 s): job 17 restart api"."""
        if not self.user:
            return "another process holds what this would act on"
        where = f"{clean(self.tty).removeprefix('/dev/')}, " if self.tty else ""
        row = clean(self.row)
        begun = f"{row.partition(':')[2] or row or 'it'} is being fixed by {clean(self.user)}"
        return (
            f"{begun} ({where}for {duration(max(0.0, now - self.since))}): job {self.job} {clean(self.title)}".strip()
        )


class Held:
    """Locks that are ours until `release` or the end of the process; a context manager."""

    def __init__(self, files: Mapping[Path, int]) -> None:
        self._files = dict(files)

    def release(self) -> None:
        """Give them up; the files go first, while nobody else can have them."""
        while self._files:
            file, descriptor = self._files.popitem()
            with suppress(OSError):  # a file that stays locks nothing
                file.unlink()
            os.close(descriptor)

    def __enter__(self) -> "Held":
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def locks_folder(environ: Mapping[str, str] | None = None) -> Path:
    """Where they are: one folder for each user, so that two configs of one thing exclude each other."""
    state = (os.environ if environ is None else environ).get("XDG_STATE_HOME", "")
    base = Path(state) if os.path.isabs(state) else Path(os.path.expanduser("~"), ".local", "state")
    return base / "watchfloor" / "locks"


class TargetLocks:
    """The locks of a folder, one file for each name."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self.folder, self._clock = folder, clock

    def holder(self, name: str) -> Holder | None:
        """Who holds it; None while it is free."""
        file = self._file(name)
        try:
            return _holder(file) if is_held(file) else None
        except OSError:
            return Holder()

    def holders(self, names: Iterable[str]) -> tuple[Holder, ...]:
        """Who holds any of them, each once."""
        found = [holder for name in sorted(set(names)) if (holder := self.holder(name)) is not None]
        return tuple(dict.fromkeys(found))

    async def take(
        self, names: Iterable[str], about: Holder, *, wait_s: float = 0.0, waiting: Callable[[str], None] | None = None
    ) -> Held:
        """Take all of them or none, waiting that long for whoever has one; `waiting` hears who that is.

        Raises Refused: held, or full and permission where no lock can be made.
        """
        wanted = sorted(set(names))
        begun = time.monotonic()
        end, named = begun + wait_s, begun + NAMED_S
        told = ""
        while True:
            held = self._try(wanted, about)
            if isinstance(held, Held):
                return held
            if not held.user and time.monotonic() < named:
                await asyncio.sleep(SOON_S)
                continue
            if time.monotonic() >= end:
                raise Refused(held.words(self._clock()), "wait until that job has ended, or cancel it", reason="held")
            if waiting is not None and held.title + str(held.job) != told:
                told = held.title + str(held.job)
                waiting(f"waits: {held.words(self._clock())}")
            await asyncio.sleep(_LOOK_EVERY_S)

    def _try(self, names: Iterable[str], about: Holder) -> Held | Holder:
        """All of them, or who has one. Always in the same order, so that two never wait for each other."""
        taken: dict[Path, int] = {}
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for name in names:
                descriptor = grab(file := self._file(name))
                if descriptor is None:
                    Held(taken).release()
                    return _holder(file)
                taken[file] = descriptor
                with suppress(OSError):  # without room it is held all the same, by somebody without a name
                    write_inside(descriptor, msgspec.json.encode(about))
        except OSError as error:
            Held(taken).release()
            raise self._refused(error) from error
        return Held(taken)

    def _refused(self, error: OSError) -> Refused:
        why = error.strerror or str(error)
        words = f"no lock can be made in {self.folder} ({why}), so nothing was done"
        return Refused(words, "let that folder be written", reason="full" if error.errno in FULL else "permission")

    def _file(self, name: str) -> Path:
        return self.folder / f"{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()}.lock"


def _holder(file: Path) -> Holder:
    try:
        return msgspec.json.decode(read_inside(file), type=Holder)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Holder()
