"""Moves what was restored to its place, and all of it back when anything on the way fails."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from ops.backup.trees.folders import removed
from ops.backup.trees.placing import Placing
from ops.backup.trees.unpacking import steadily, unwritten


@asynccontextmanager
async def or_back(placing: Placing, place: Path) -> AsyncIterator[None]:
    """Take back what was moved when what is done inside fails. Raises BackupError."""
    try:
        yield
    except BaseException as error:
        await steadily(placing.undo)
        if isinstance(error, OSError):
            raise unwritten(place, error) from error
        raise


@asynccontextmanager
async def without(placing: Placing, stages: Sequence[Path]) -> AsyncIterator[None]:
    """Take folders of ours away in the end, unless they may hold the only copy of what was there."""
    try:
        yield
    finally:
        for stage in () if placing.stuck else tuple(stages):
            await steadily(removed, stage)
