"""BoardSource: the seam between what decides and what draws. Screens can't tell its forms apart."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Protocol

from ops.board import Board
from ops.fixes.source import FixSource
from ops.past.desk import PastDesk

if TYPE_CHECKING:
    from ops.backup.source import BackupSource
    from ops.drift.source import DriftSource
    from ops.incidents.source import IncidentSource


class BoardSource(Protocol):
    """Where Boards come from: this process polling (live), a monitor elsewhere (attached), or the past (replayed)."""

    @property
    def board(self) -> Board:
        """The newest Board; there is always one, at first with rows that wait for their first reading."""

    @property
    def past(self) -> PastDesk | None:
        """What was recorded of this floor; None where nothing ever is."""

    @property
    def fixes(self) -> FixSource | None:
        """Who offers and does fixes here; None where nothing can be done (the past)."""

    @property
    def incidents(self) -> "IncidentSource | None":
        """Who keeps incidents here; None where nobody does (the past, a floor without a config)."""

    @property
    def drift(self) -> "DriftSource | None":
        """Who knows what was agreed, and what differs from it; None where nobody does (the past)."""

    @property
    def backups(self) -> "BackupSource | None":
        """Who knows which backups there are; None where nobody does (the past)."""

    def boards(self) -> AsyncIterator[Board]:
        """Each new Board as it comes, at most about one a refresh; a slow reader skips to the newest."""

    def poll_now(self) -> None:
        """Ask everything at once, now."""

    def follow(self, row_id: str) -> AsyncIterator[str]:
        """Live log lines of a row, sanitized and bounded; raises CollectError where it has none."""

    async def close(self) -> None:
        """Stop; never waits for anything that hangs."""
