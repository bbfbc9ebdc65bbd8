"""Goes through folders and names what is to be taken, a few thousand names at a time; follows no link."""

import os
import stat
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

import msgspec

from collectors.text import clean
from ops.backup.errors import BackupError


class Walked(msgspec.Struct):
    """What is told of a walk beside the names; filled in as it goes."""

    sockets: int = 0
    """They exist only while their program runs."""
    own: int = 0
    """Folders of the backups themselves."""
    excluded: int = 0
    """Names that were left out; of a folder itself only."""
    bytes: int = 0
    """About: what files take on their disk, at most their size. Only where it was asked for."""


class Walk:
    """The names below one path, folders before what is in them. Blocks, so it belongs into a thread."""

    def __init__(
        self, path: str, exclude: Sequence[str] = (), without: Sequence[str] = (), *, measure: bool = False
    ) -> None:
        """`exclude` are globs of paths or names; `without` are paths that are left out with all below."""
        self._path, self._exclude, self._without = path, tuple(exclude), frozenset(without)
        self._measure = measure
        self.told = Walked()

    def names(self) -> Iterator[str]:
        """Absolute paths. Raises BackupError where something may not be looked into."""
        try:
            seen = os.lstat(self._path)
        except FileNotFoundError as error:
            raise _nothing(self._path) from error
        except OSError as error:
            raise _unread(self._path, error) from error
        if self._path in self._without or self._left_out(self._path, os.path.basename(self._path)):
            return
        yield self._path
        if stat.S_ISDIR(seen.st_mode):
            yield from self._below(self._path)
        elif self._measure:
            self._add(seen)

    def _below(self, top: str) -> Iterator[str]:
        waiting = [top]
        while waiting:
            folder = waiting.pop()
            deeper = []
            for entry in self._entries(folder):
                if entry.path in self._without:
                    self.told.own += 1
                elif self._left_out(entry.path, entry.name):
                    self.told.excluded += 1
                elif entry.is_dir(follow_symlinks=False):
                    deeper.append(entry.path)
                    yield entry.path
                elif self._wanted(entry):
                    yield entry.path
            waiting += reversed(deeper)

    def _entries(self, folder: str) -> Sequence["os.DirEntry[str]"]:
        try:
            with os.scandir(folder) as found:
                return sorted(found, key=lambda entry: entry.name)
        except FileNotFoundError:
            return ()  # it went since it was named
        except OSError as error:
            raise _unread(folder, error) from error

    def _wanted(self, entry: "os.DirEntry[str]") -> bool:
        if not self._measure and (entry.is_file(follow_symlinks=False) or entry.is_symlink()):
            return True
        try:
            seen = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise _unread(entry.path, error) from error
        if stat.S_ISSOCK(seen.st_mode):
            self.told.sockets += 1
            return False
        self._add(seen)
        return True

    def _add(self, seen: os.stat_result) -> None:
        if stat.S_ISREG(seen.st_mode):
            self.told.bytes += min(seen.st_size, seen.st_blocks * 512)

    def _left_out(self, path: str, name: str) -> bool:
        return any(fnmatchcase(path, glob) or fnmatchcase(name, glob) for glob in self._exclude)


def _nothing(path: str) -> BackupError:
    return BackupError(
        f"there is nothing at {clean(path)}", "correct paths of this [[backup]], or mount what is missing",
        reason="empty",
    )  # fmt: skip


def _unread(path: str, error: OSError) -> BackupError:
    return BackupError(
        f"{clean(path)} can't be looked into: {clean(error.strerror or error)}",
        "run watchfloor as a user that may read it, or name it in exclude",
    )
