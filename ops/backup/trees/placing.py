"""Puts what was unpacked beside in its place: what was there is kept aside, and all of it can be taken back."""

import os
import shlex
import stat
from collections.abc import Callable
from functools import partial
from pathlib import Path

from collectors.text import clean
from ops.backup.errors import BackupError
from ops.backup.trees.folders import removed
from ops.backup.trees.kernel import exchange, moved, written_out

_STAGE = ".watchfloor-"
OF_A_RESTORE = "is of a restore that was ended in its middle: look into it"
"""What to say of what `left_in` finds."""


class Placing:
    """One restore's moves, in order. Blocks. Raises OSError; `undo` takes all back that was done by then."""

    def __init__(self, stamp: str) -> None:
        self._stamp = stamp
        self._undo: list[Callable[[], None]] = []
        self.aside: list[Path] = []
        """Where what was there is now."""
        self.back: list[str] = []
        """How to have it back, by hand."""
        self.stuck = False
        """Whether `undo` failed: then folders of ours may hold the only copy of what was there."""

    def swap(self, staged: Path, place: Path) -> None:
        """All of a place for what was staged on the same file system."""
        written_out(str(staged.parent))
        if not os.path.lexists(place):
            moved(str(staged), str(place))
            self._undo.append(lambda: moved(str(place), str(staged)))
            return
        aside = self._free(place)
        exchange(str(staged), str(place))
        self._undo.append(lambda: exchange(str(staged), str(place)))
        moved(str(staged), str(aside))
        self._undo.append(lambda: moved(str(aside), str(staged)))
        self._kept(aside)
        self.back += [_mv(place, place.with_name(f"{place.name}.restored")), _mv(aside, place)]

    def swap_inside(self, staged: Path, place: Path, own: str) -> None:
        """The same where the place itself can't be renamed (a mount): all that is in it but `own`, our folder there."""
        written_out(str(staged.parent))
        aside = self._free(place / place.name)
        self._make(aside, place)
        for name in sorted(os.listdir(place)):
            if name not in (own, aside.name):
                self._move(place / name, aside / name)
        for name in sorted(os.listdir(staged)):
            self._move(staged / name, place / name)
        self._kept(aside)
        self.back.append(f"what is in {aside} was in {place}")

    def merge(self, staged: Path, place: Path) -> None:
        """Each file for the one of its name; what was not staged stays as it is."""
        written_out(str(staged.parent))
        if not stat.S_ISDIR(os.lstat(staged).st_mode) or not os.path.lexists(place):
            self.swap(staged, place)
            return
        aside = self._free(place / place.name if os.path.ismount(place) else place)
        self._merge(staged, place, aside)
        if aside.exists():
            self._kept(aside)
            self.back.append(f"cp -a {shlex.quote(str(aside))}/. {shlex.quote(str(place))}/")

    def put_aside(self, place: Path) -> None:
        """What belongs to something that is swapped; nothing where it is not there."""
        if os.path.lexists(place):
            aside = self._free(place)
            self._move(place, aside)
            self._kept(aside)
            self.back.append(_mv(aside, place))

    def fill(self, staged: Path, place: Path) -> int:
        """Put there what is missing, with its folders; gives how many files were there already, and stay."""
        stayed = 0
        for name in sorted(os.listdir(staged)):
            new, old = staged / name, place / name
            seen = _mode(old)
            if seen is None:
                self._move(new, old)
            elif stat.S_ISDIR(seen) and stat.S_ISDIR(os.lstat(new).st_mode):
                stayed += self.fill(new, old)
            else:
                stayed += 1
        return stayed

    def undo(self) -> None:
        """Take all back, the last first. Raises BackupError where that can't be: nothing more is moved then."""
        while self._undo:
            try:
                self._undo[-1]()
            except OSError as error:
                self.stuck = True
                raise BackupError(
                    f"{clean(error.filename)} can't be moved back ({clean(error.strerror or error)}); what was there "
                    f"is beside it, in folders called {_STAGE}… and …_before_{self._stamp}",
                    "put that right, look into those folders, and move back what is missing",
                ) from error
            self._undo.pop()
        self.aside.clear()
        self.back.clear()

    def _merge(self, staged: Path, place: Path, aside: Path) -> None:
        for name in sorted(os.listdir(staged)):
            new, old = staged / name, place / name
            seen = _mode(old)
            if seen is not None and stat.S_ISDIR(seen) and stat.S_ISDIR(os.lstat(new).st_mode):
                self._merge(new, old, aside / name)
                continue
            if seen is not None:
                self._make(aside, place)
                exchange(str(new), str(old))
                self._undo.append(partial(exchange, str(new), str(old)))
                self._move(new, aside / name)
            else:
                self._move(new, old)

    def _make(self, folder: Path, like: Path) -> None:
        """As open as what is kept in it was: `cp -a` gives that back too."""
        if os.path.lexists(folder):
            return
        self._make(folder.parent, like.parent)
        folder.mkdir(mode=0o700)
        self._undo.append(folder.rmdir)
        seen = os.stat(like)
        if os.geteuid() == 0:
            os.chown(folder, seen.st_uid, seen.st_gid)
        os.chmod(folder, stat.S_IMODE(seen.st_mode))

    def _move(self, old: Path, new: Path) -> None:
        moved(str(old), str(new))
        self._undo.append(lambda: moved(str(new), str(old)))

    def _free(self, place: Path) -> Path:
        """A name beside it that says what it was: "media_before_20261121t031500"."""
        first = place.with_name(f"{place.name}_before_{self._stamp}")
        names = [first, *(first.with_name(f"{first.name}-{number}") for number in range(2, 100))]
        return next(name for name in names if not os.path.lexists(name))

    def _kept(self, aside: Path) -> None:
        self.aside.append(aside)


def _mv(old: Path, new: Path) -> str:
    return f"mv -T {shlex.quote(str(old))} {shlex.quote(str(new))}"


def _mode(path: Path) -> int | None:
    try:
        return os.lstat(path).st_mode
    except FileNotFoundError:
        return None


def left_in(folder: Path) -> str:
    """What a restore has left in a folder that was killed in its middle, which may be what was there before; "" mostly.

    It is never taken away by us: between two of its moves it holds the only copy.
    """
    try:
        names = sorted(name for name in os.listdir(folder) if name.startswith(_STAGE))
    except OSError:
        return ""
    return str(folder / names[0]) if names else ""


def stage_in(folder: Path, stamp: str) -> Path:
    """Make a folder of ours there, which nobody else may enter. Raises OSError."""
    stage = folder / f"{_STAGE}{stamp}-{os.getpid()}"
    removed(stage)
    stage.mkdir(mode=0o700)
    return stage
