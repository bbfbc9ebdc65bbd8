"""Opening a store's file, or setting it aside when it is damaged."""

import sqlite3
from datetime import datetime
from pathlib import Path

from ops.store.contract import Retention, StoreError
from ops.store.sqlite.faults import is_corrupt, translated
from ops.store.sqlite.store import SqliteStore

_BESIDE = ("", "-wal", "-shm")


def opened(path: Path, retention: Retention, now: datetime, *, read_only: bool) -> SqliteStore:
    """As `ops.store.opening.open_store`; `now` goes into the name of what is set aside."""
    if read_only:
        if not path.is_file():
            raise StoreError(f"there is no history at {path}", "record one first, or name its folder or file")
        store = SqliteStore(path, retention, read_only=True)
        try:
            store.span()
        except StoreError:
            store.close()
            raise
        return store
    try:
        return SqliteStore(path, retention)
    except StoreError as error:
        if not isinstance(error.__cause__, sqlite3.Error) or not is_corrupt(error.__cause__):
            raise
    with translated(path):
        aside = set_aside(path, now)
    return SqliteStore(path, retention, set_aside=str(aside))


def set_aside(path: Path, now: datetime) -> Path:
    """Rename a damaged file, with what belongs to it; gives its new name. Nothing is ever written over."""
    stamp = now.strftime("%Y%m%dT%H%M%SZ")
    aside = path.with_name(f"{path.name}.corrupt-{stamp}")
    number = 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.name}.corrupt-{stamp}-{number}")
    for ending in _BESIDE:
        part = path.with_name(path.name + ending)
        if part.exists():
            part.rename(aside.with_name(aside.name + ending))
    return aside
