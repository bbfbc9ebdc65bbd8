"""Folders below one handle, opened name by name without following a link: nothing can lead out of it."""

import os
import stat
from pathlib import Path

from ops.backup.errors import BackupError

DEEPEST = 400
"""Folders in one another; each is held open while it is worked in."""
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC

Parts = tuple[str, ...]


def parts_of(name: str) -> Parts:
    """The names that a path in an archive is made of. Raises BackupError "unsafe" where it leads out."""
    parts = tuple(part for part in name.split("/") if part not in ("", "."))
    if name.startswith("/") or ".." in parts or "\0" in name or len(parts) > DEEPEST:
        raise BackupError("a name in it leads out of its folder", "do not restore it", reason="unsafe")
    return parts


class Folders:
    """Handles of the folders on the way to the one that is worked in; the rest is closed. `close` must be called."""

    def __init__(self, root: Path) -> None:
        self._handles = [os.open(root, _FOLDER)]
        self._names: list[str] = []

    def at(self, parts: Parts, *, make: bool = False) -> int:
        """A handle of this folder, good until the next call; with `make` what is missing is made, for us alone.

        Raises OSError, also where something on the way is a link.
        """
        same = 0
        while same < min(len(parts), len(self._names)) and parts[same] == self._names[same]:
            same += 1
        self._back(same)
        for name in parts[same:]:
            self._handles.append(self._enter(name, make=make))
            self._names.append(name)
        return self._handles[-1]

    def _enter(self, name: str, *, make: bool) -> int:
        above = self._handles[-1]
        try:
            return os.open(name, _FOLDER, dir_fd=above)
        except FileNotFoundError:
            if not make:
                raise
        os.mkdir(name, 0o700, dir_fd=above)
        return os.open(name, _FOLDER, dir_fd=above)

    def _back(self, depth: int) -> None:
        while len(self._names) > depth:
            os.close(self._handles.pop())
            self._names.pop()

    def close(self) -> None:
        """Let go of all."""
        self._back(0)
        while self._handles:
            os.close(self._handles.pop())


def removed(folder: Path) -> None:
    """Take a folder of ours away with all that is in it, whatever modes that has. Raises OSError."""
    if not os.path.lexists(folder):
        return
    for here, names, _, handle in os.fwalk(folder, topdown=True, follow_symlinks=False):
        os.fchmod(handle, 0o700)
        for name in names:
            found = os.stat(name, dir_fd=handle, follow_symlinks=False)
            if stat.S_ISDIR(found.st_mode):
                os.chmod(os.path.join(here, name), 0o700)
    _without(folder)


def _without(folder: Path) -> None:
    import shutil

    shutil.rmtree(folder)
