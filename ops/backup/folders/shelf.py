"""The complete backups in a folder: which there are, their bytes, deleting them, and clearing away what died."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager

from ops.backup.errors import BackupError
from ops.backup.folders.handles import empty_out, enter, fault, inside, names_in, parent_there, size_of
from ops.backup.folders.unfinished import locked_by_a_living_one
from ops.backup.names import checked_id, is_id
from ops.backup.storing import GONE, MANIFEST_LIMIT, OWNER, PARTIAL, missing, unfinished_id
from ops.backup.target import MANIFEST, Leftover

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Shelf:
    """Blocking calls. All raise BackupError; a folder that was never made holds nothing, one that is away is "lost"."""

    def __init__(self, root: str, set_name: str) -> None:
        self._root, self._set = root, set_name

    def ids(self) -> list[str]:
        """Complete ones, sorted."""
        with self._told(), self._inside() as handle:
            return sorted(name for name in names_in(handle) if is_id(name) and _has_manifest(handle, name))
        return []

    def open(self, backup: str, part: str) -> int:
        """A file of a backup, as a descriptor."""
        with self._told(), self._inside(checked_id(backup)) as handle:
            try:
                file = os.open(part, _READ, dir_fd=handle)
            except FileNotFoundError as error:
                raise missing(backup, part) from error
            if stat.S_ISREG(os.fstat(file).st_mode):
                return file
            os.close(file)
            raise BackupError(f"{part} of {backup} is no file", "delete it: it was not made so", reason="unsafe")
        raise missing(backup, part)

    def read(self, file: int, start: int, length: int) -> bytes:
        """A piece from a place on; fewer bytes only at the end."""
        with self._told():
            return os.pread(file, length, start)
        return b""

    def manifest(self, backup: str) -> bytes:
        """All of it."""
        file = self.open(backup, MANIFEST)
        try:
            size = os.fstat(file).st_size
            if size > MANIFEST_LIMIT:
                raise BackupError(f"the manifest of {backup} is {size} bytes large: it is none", reason="damaged")
            return self.read(file, 0, size)
        finally:
            os.close(file)

    def sizes(self, backup: str) -> dict[str, int]:
        """Bytes of its parts."""
        with self._told(), self._inside(checked_id(backup)) as handle:
            found = {name: size_of(handle, name) for name in sorted(names_in(handle)) if _is_part(name)}
            return {name: size for name, size in found.items() if size is not None}
        raise missing(backup)

    def remove(self, backup: str) -> int:
        """Make it invisible, durably; then delete its files."""
        with self._told(), self._inside() as handle:
            empty_out(handle, GONE + checked_id(backup))
            if not _has_manifest(handle, backup):
                raise missing(backup)
            os.rename(backup, GONE + backup, src_dir_fd=handle, dst_dir_fd=handle)
            os.fsync(handle)
            return empty_out(handle, GONE + backup)
        raise missing(backup)

    def leftovers(self) -> list[Leftover]:
        """What is unfinished or half deleted, by the backup that it is of."""
        with self._told(), self._inside() as handle:
            found = [_leftover(handle, name) for name in sorted(names_in(handle)) if unfinished_id(name)]
            return [one for one in found if one]
        return []

    def sweep(self, ids: list[str]) -> int:
        """Delete these; what a process that runs here still writes stays, and is told by BackupError "held"."""
        freed, held = 0, []
        with self._told(), self._inside() as handle:
            for backup in ids:
                freed += empty_out(handle, GONE + checked_id(backup))
                if _lives(handle, PARTIAL + backup):
                    held.append(backup)
                else:
                    freed += empty_out(handle, PARTIAL + backup)
        if held:
            raise BackupError(f"{', '.join(held)} is still being written", "wait until that has ended", reason="held")
        return freed

    def free_bytes(self) -> int | None:
        """Room that is left for us; None where the folder is not there yet."""
        with self._told(), inside(self._root) as handle:
            about = os.fstatvfs(handle)
            return about.f_bavail * about.f_frsize
        return None

    @contextmanager
    def _inside(self, *names: str) -> Iterator[int]:
        with inside(self._root, self._set, *names) as handle:
            yield handle

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Pass over what is not there, so that what follows the block is done; raise all else as BackupError."""
        try:
            yield
        except FileNotFoundError as error:
            if not parent_there(self._root):
                words = f"{self._root} is not there, nor is what it should be in"
                raise BackupError(words, "mount its disk, or make the folder", reason="unreachable") from error
        except OSError as error:
            raise fault(error, self._root) from error


def _is_part(name: str) -> bool:
    return name != MANIFEST and not name.startswith(".")


def _has_manifest(handle: int, name: str) -> bool:
    try:
        folder = os.stat(name, dir_fd=handle, follow_symlinks=False)
        manifest = os.stat(f"{name}/{MANIFEST}", dir_fd=handle, follow_symlinks=False)
    except (FileNotFoundError, NotADirectoryError):
        return False
    return stat.S_ISDIR(folder.st_mode) and stat.S_ISREG(manifest.st_mode)


def _leftover(handle: int, name: str) -> Leftover | None:
    try:
        inner = enter(handle, name)
    except FileNotFoundError:
        return None
    try:
        total = sum(size_of(inner, file) or 0 for file in names_in(inner) if file != OWNER)
        return Leftover(unfinished_id(name), os.fstat(inner).st_mtime, total, _owner(inner))
    finally:
        os.close(inner)


def _owner(inner: int) -> str:
    try:
        file = os.open(OWNER, _READ, dir_fd=inner)
    except FileNotFoundError:
        return ""
    try:
        return os.read(file, 512).decode(errors="replace")
    finally:
        os.close(file)


def _lives(handle: int, name: str) -> bool:
    try:
        inner = enter(handle, name)
    except FileNotFoundError:
        return False
    try:
        return locked_by_a_living_one(inner)
    finally:
        os.close(inner)
