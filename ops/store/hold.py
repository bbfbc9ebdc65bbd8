"""One folder's store while it is ours to write, or at least to read."""

import errno
from pathlib import Path
from typing import Protocol

from ops.store.contract import Retention, Store, StoreError, StoreFull, StoreNewer
from ops.store.lock import RecorderLock

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
CLOSED = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})


class StoreReadOnly(StoreError):
    """Nothing can be written there: no permission, or a file system that takes nothing."""


class KeptStore(Store, Protocol):
    """A store that outlives the process."""

    set_aside: str
    """Where a damaged one was moved when this one was begun; "" mostly."""


class OpenStore(Protocol):
    """Opens the store of a folder, as `ops.store.opening.open_store` does."""

    def __call__(self, folder: Path, *, retention: Retention, read_only: bool) -> KeptStore:
        """Raises StoreError."""


class Hold:
    """The lock on a folder and its open stores. For one thread, except for `store`."""

    def __init__(self, folder: Path, retention: Retention, open_store: OpenStore) -> None:
        self._folder, self._retention, self._open_store = folder, retention, open_store
        self._lock = RecorderLock(folder)
        self._own: KeptStore | None = None
        self._read: Store | None = None

    @property
    def store(self) -> Store | None:
        """What can be read of the history now: the store that is written, or another's; None while there is none."""
        return self._own or self._read

    @property
    def own(self) -> KeptStore | None:
        """The store, while it is ours to write."""
        return self._own

    @property
    def leads(self) -> bool:
        """Whether the folder is ours, also while its store can't be written."""
        return self._lock.held

    def take(self) -> KeptStore:
        """Make the folder, lock it and open its store for writing. Raises StoreError in all its forms."""
        if self._own is None:
            try:
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._lock.take()
            except OSError as error:
                raise told(self._folder, error) from error
            try:
                self._own = self._open_store(self._folder, retention=self._retention, read_only=False)
            except StoreNewer:
                self._lock.release()
                raise
        return self._own

    def read(self) -> None:
        """Open the store for reading alone, where that is possible: another process writes it, or nobody can."""
        if self.store is None:
            try:
                self._read = self._open_store(self._folder, retention=self._retention, read_only=True)
            except StoreError:
                # There is nothing to read, which is what `store` says then; why it can't be written is told already.
                self._read = None

    def let_go(self) -> None:
        """Close what is written, so that it can be opened anew. The folder stays ours: whoever has it also alerts."""
        own, self._own = self._own, None
        if own is not None:
            own.close()

    def close(self) -> None:
        """Let go of everything. The lock goes last: the next one finds the store closed."""
        read, self._read = self._read, None
        try:
            self.let_go()
        finally:
            self._lock.release()
            if read is not None:
                read.close()


def told(folder: Path, error: OSError) -> StoreError:
    """What the system refuses, as an error of the store."""
    why = error.strerror or str(error)
    if error.errno in FULL:
        return StoreFull(f"there is no room for the history in {folder}", "make room; it goes on by itself then")
    if error.errno in CLOSED:
        remedy = "let it be written, or set another `path` in [store]; `record = false` there ends this note"
        return StoreReadOnly(f"the history can't be written in {folder}: {why}", remedy)
    return StoreError(f"the history can't be written in {folder}: {why}", "set another `path` in [store]")
