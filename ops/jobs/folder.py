"""The folder of one job, and how it gets its number: everything that its process and its watchers share."""

import errno
import os
import shutil
import time
from contextlib import suppress
from pathlib import Path

import msgspec

from ops.actions.errors import Refused
from ops.durable import FULL, overwrite_file, replace_file, sync_folder
from ops.jobs.held import ALIVE, grab, is_held, read_inside
from ops.jobs.structs import Job, Request

KEEP = 500
"""Jobs that are kept at most."""
KEEP_S = 90 * 86400.0
"""How long they are kept at most."""
_RESERVE = 64 * 1024
_LIMIT = 16 * 1024 * 1024
"""Bytes of a request or a state at most: a plan may have 500 long lines, of wide signs."""


class JobFolder:
    """What is in it: request.json, state.json, the output, the lock of its process, and room for the verdict."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.number = int(path.name)

    @property
    def alive(self) -> Path:
        """Locked by the job's process while it lives; says its pid and start."""
        return self.path / ALIVE

    @property
    def crash(self) -> Path:
        """What the process itself wrote to its standard error."""
        return self.path / "crash"

    @property
    def state_file(self) -> Path:
        """How it stands."""
        return self.path / "state.json"

    @property
    def _request(self) -> Path:
        return self.path / "request.json"

    @property
    def _reserve(self) -> Path:
        return self.path / "reserve"

    def begin(self, request: Request) -> None:
        """Write down, durably, what is asked, and keep room for the verdict. Raises OSError."""
        content = msgspec.json.encode(request)
        if len(content) > _LIMIT:
            raise OSError(errno.EFBIG, "more than anybody could read")
        descriptor = os.open(self._reserve, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(descriptor, 0, _RESERVE)
        finally:
            os.close(descriptor)
        self.write(Job(id=self.number, request=request, state="starting"), sync=False)
        replace_file(self._request, content)

    def give_back(self) -> None:
        """Give the room that was kept for the verdict."""
        self._reserve.unlink(missing_ok=True)

    def write(self, job: Job, *, sync: bool = True) -> None:
        """Write down how it stands. Raises OSError."""
        replace_file(self.state_file, _state(job), sync=sync)

    def write_end(self, job: Job) -> None:
        """Write down how it ended, where there is no more room too. Raises OSError."""
        self.give_back()
        try:
            self.write(job)
        except OSError as error:
            if error.errno not in FULL:
                raise
            overwrite_file(self.state_file, _state(job))

    def request(self) -> Request | None:
        """What was asked; None where it was never written wholly."""
        try:
            return msgspec.json.decode(_read(self._request), type=Request)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            return None

    def job(self, request: Request) -> Job | None:
        """How its process says that it stands; None where that can't be read."""
        try:
            state = msgspec.json.decode(_read(self.state_file))
            return msgspec.convert({**state, "request": request}, Job)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError, TypeError):
            return None

    def process(self) -> tuple[int, str] | None:
        """Pid and start (clock ticks since boot) of the job's process; None before it began."""
        words = read_inside(self.alive).decode("ascii", "replace").split()
        return (int(words[0]), words[1]) if len(words) == 2 and words[0].isdigit() else None

    def asked_at(self) -> float:
        """When it was written down, UTC seconds; 0 where it can't be told."""
        try:
            return self._request.stat().st_mtime
        except OSError:
            return 0.0

    def last_at(self) -> float:
        """When its process last wrote anything of it."""
        times = [0.0]
        with suppress(OSError), os.scandir(self.path) as entries:
            times.append(self.path.stat().st_mtime)
            times += [entry.stat().st_mtime for entry in entries]
        return max(times)

    def remove(self) -> bool:
        """Forget it, unless its process lives. Raises OSError."""
        descriptor = grab(self.alive)
        if descriptor is None:
            return False
        try:
            shutil.rmtree(self.path)
        finally:
            os.close(descriptor)
        return True


def _state(job: Job) -> bytes:
    fields = msgspec.to_builtins(job)
    del fields["request"]
    return msgspec.json.encode(fields)


def _read(file: Path) -> bytes:
    descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    try:
        size = os.fstat(descriptor).st_size
        return os.read(descriptor, min(size, _LIMIT))
    finally:
        os.close(descriptor)


def numbers(base: Path) -> list[int]:
    """The numbers of all jobs below a folder, newest first; none where there is no such folder."""
    try:
        with os.scandir(base) as entries:
            return sorted((int(entry.name) for entry in entries if entry.name.isdecimal()), reverse=True)
    except FileNotFoundError:
        return []


def allocate(base: Path, request: Request) -> JobFolder:
    """Give a request the next number and write it down. Raises Refused where that can't be done: nothing is begun."""
    folder: JobFolder | None = None
    try:
        base.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        base.mkdir(mode=0o700, exist_ok=True)
        folder = _next(base)
        folder.begin(request)
        sync_folder(base)
    except OSError as error:
        if folder is not None:
            shutil.rmtree(folder.path, ignore_errors=True)
        if error.errno in FULL:
            words = f"there is no room to write the job down in {base}, so it was not begun"
            raise Refused(words, "make room on that disk", reason="full") from error
        why = error.strerror or str(error)
        words = f"the job can't be written down in {base} ({why}), so it was not begun"
        raise Refused(words, "let that folder be written", reason="permission") from error
    return folder


def _next(base: Path) -> JobFolder:
    """The newest job is never pruned, so a number is never used twice."""
    number = max(numbers(base), default=0) + 1
    while True:
        try:
            (base / str(number)).mkdir(mode=0o700)
        except FileExistsError:
            number += 1
        else:
            return JobFolder(base / str(number))


def prune(base: Path, *, keep: int = KEEP, keep_s: float = KEEP_S, now: float | None = None) -> int:
    """Remove jobs that are too many or too old, never the newest one nor one that runs; says how many."""
    moment = time.time() if now is None else now
    removed = 0
    for place, number in enumerate(numbers(base)):
        folder = JobFolder(base / str(number))
        with suppress(OSError):
            old = place >= keep or folder.asked_at() < moment - keep_s
            if place and old and not is_held(folder.alive) and moment - folder.last_at() > 60:
                removed += folder.remove()
    return removed
