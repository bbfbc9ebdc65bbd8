"""One backup, opened for who only reads it: its target is let go of afterwards."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from ops.backup.base import Source
from ops.backup.book import Book
from ops.backup.locks import here
from ops.backup.pipeline import source_of
from ops.backup.places import target_of
from ops.backup.standing import taken_here
from ops.config.backed import backup_of
from ops.config.structs import TargetSpec


@asynccontextmanager
async def reading(spec: TargetSpec, backup: str, folder: Path) -> AsyncIterator[Source]:
    """A backup of that set, by its exact id; `folder` has its book. Raises BackupError as `source_of` does."""
    config = backup_of(spec)
    target = target_of(config, spec.secrets, here())
    try:
        ours = taken_here(Book(folder).events(config.name))
        yield await source_of(target, backup, config, spec.secrets, ours)
    finally:
        await target.close()
