"""Opening the store of a folder. A damaged one is set aside, never deleted, and a new one begun."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ops.store.contract import Retention

if TYPE_CHECKING:
    from ops.store.sqlite.store import SqliteStore

FILE_NAME = "history.sqlite"


def open_store(folder: Path, *, retention: Retention | None = None, read_only: bool = False) -> "SqliteStore":
    """Open the history in a folder (or that very file), making it where it is to be written and not there yet.

    Raises StoreError: nothing there to read, no permission, not ours, damaged (read_only), StoreFull, StoreNewer.
    """
    from ops.store.sqlite.opened import opened

    path = folder if folder.is_file() else folder / FILE_NAME
    return opened(path, retention or Retention(), datetime.now(UTC), read_only=read_only)
