"""A backup that is being written into a folder: invisible under a name of its own until all of it is on the disk."""

import fcntl
import os
from contextlib import suppress

from ops.backup.errors import BackupError
from ops.backup.folders.handles import empty_out, enter, fault, inside
from ops.backup.names import checked_id
from ops.backup.storing import OWNER, PARTIAL
from ops.backup.target import MANIFEST

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class Unfinished:
    """Blocking calls; `finish` or `discard` ends it. Raises BackupError; what the disk says is told in a sentence."""

    def __init__(self, root: str, set_name: str, backup: str, owner: str) -> None:
        self._root, self._set, self._backup = root, set_name, checked_id(backup)
        self._name = PARTIAL + self._backup
        self._handles: list[int] = []
        try:
            self._begin(owner)
        except OSError as error:
            self._let_go()
            raise fault(error, root) from error
        except BackupError:
            self._let_go()
            raise

    def _begin(self, owner: str) -> None:
        with inside(self._root, self._set, make=True) as handle:
            self._folder = self._held(os.dup(handle))
        if _is_there(self._folder, self._backup):
            raise self._already()
        try:
            os.mkdir(self._name, 0o700, dir_fd=self._folder)
        except FileExistsError as error:
            words = f"the backup {self._backup} is being written already, or was left unfinished"
            raise BackupError(words, "take another one: each gets a name of its own", reason="held") from error
        self._inner = self._held(enter(self._folder, self._name))
        lock = self._held(os.open(OWNER, _NEW, 0o600, dir_fd=self._inner))
        # A lock that ends with its process tells a living writer from a dead one, whatever the text says.
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.write(lock, owner.encode())

    def _held(self, handle: int) -> int:
        self._handles.append(handle)
        return handle

    def _already(self) -> BackupError:
        words = f"there is a backup {self._backup} already, which nothing is written over"
        return BackupError(words, "take another one: each gets a name of its own", reason="refused")

    def create(self, name: str) -> int:
        """A new file in it, as a descriptor."""
        try:
            return os.open(name, _NEW, 0o600, dir_fd=self._inner)
        except FileExistsError as error:
            raise BackupError(f"the part {name} is there twice", reason="refused") from error
        except OSError as error:
            raise fault(error, self._root) from error

    def write(self, file: int, piece: bytes) -> None:
        """Write a piece whole."""
        rest = memoryview(piece)
        try:
            while rest:
                rest = rest[os.write(file, rest) :]
        except OSError as error:
            raise fault(error, self._root) from error

    def durable(self, file: int) -> None:
        """What was written is on the disk afterwards."""
        try:
            os.fsync(file)
        except OSError as error:
            raise fault(error, self._root) from error

    def finish(self, manifest: bytes) -> None:
        """Write the manifest, make all durable, then visible in one step."""
        file = self.create(MANIFEST)
        try:
            self.write(file, manifest)
            self.durable(file)
        finally:
            os.close(file)
        try:
            self._show()
        except OSError as error:
            raise fault(error, self._root) from error
        self._let_go()

    def _show(self) -> None:
        os.fsync(self._inner)
        if _is_there(self._folder, self._backup):
            raise self._already()
        if not os.path.samestat(os.fstat(self._inner), self._stat_of(self._name)):
            raise BackupError(f"{self._name} was exchanged for another folder while it was written", reason="unsafe")
        os.rename(self._name, self._backup, src_dir_fd=self._folder, dst_dir_fd=self._folder)
        os.fsync(self._folder)
        self._still_at_its_place()
        # Killed before this, the backup has a file more, which nobody takes for a part.
        os.unlink(OWNER, dir_fd=self._inner)

    def _stat_of(self, name: str) -> os.stat_result:
        return os.stat(name, dir_fd=self._folder, follow_symlinks=False)

    def _still_at_its_place(self) -> None:
        """A disk that was unmounted meanwhile takes all that we write, and shows none of it."""
        with inside(self._root, self._set) as handle:
            if not os.path.samestat(os.fstat(handle), os.fstat(self._folder)):
                words = f"{self._root} was unmounted or exchanged while the backup was written"
                raise BackupError(words, "mount it again, then take another one", reason="lost")

    def discard(self) -> None:
        """Delete all of it. Raises BackupError where that can't be; nothing of it is visible even then."""
        if not self._handles:
            return
        try:
            empty_out(self._folder, self._name)
        except OSError as error:
            raise fault(error, self._root) from error
        finally:
            self._let_go()

    def _let_go(self) -> None:
        while self._handles:
            os.close(self._handles.pop())


def _is_there(folder: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def locked_by_a_living_one(folder: int) -> bool:
    """Whether the process that writes an unfinished backup, whose folder that is, still runs."""
    try:
        file = os.open(OWNER, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False


def close_quietly(file: int) -> None:
    """Close a descriptor whose end was made durable before, or is not wanted any more."""
    with suppress(OSError):
        os.close(file)
