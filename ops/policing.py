"""What the engine hands to policy: light until the floor is live, for nothing of policy is loaded before."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec.structs import replace

from collectors.clock import Clock
from ops.board import Board
from ops.config.structs import Config
from ops.recording import Recording

if TYPE_CHECKING:
    from ops.fixes.source import FixSource
    from ops.policy.engine import Policy


class Policing:
    """Has policy look at each Board, and puts what it says on it and into the history."""

    def __init__(self, config: Config, fixes: "FixSource", clock: Clock, recording: Recording | None) -> None:
        self._config, self._fixes, self._clock, self._recording = config, fixes, clock, recording
        self._policy: Policy | None = None

    @classmethod
    def of(
        cls, config: Config, fixes: "FixSource | None", clock: Clock, recording: Recording | None
    ) -> "Policing | None":
        """None where nothing acts without a person: not enabled, no config file, read-only."""
        if fixes is None or not config.auto.enabled or not config.path or config.settings.read_only:
            return None
        return cls(config, fixes, clock, recording)

    def begin(self) -> None:
        """Load it; a second call does nothing."""
        if self._policy is None:
            from ops.policy.engine import Policy

            self._policy = Policy(self._config, self._fixes, self._clock, tell=self._tell)

    async def look(self, board: Board, polled: Mapping[str, int]) -> Board:
        """The Board with what policy does and proposes; before `begin` as it is."""
        if self._policy is None:
            return board
        await self._policy.look(board, polled)
        policy = self._policy
        notes = tuple(dict.fromkeys((*board.notes, *policy.notes)))
        return replace(board, auto=policy.words, proposals=policy.proposals, notes=notes)

    def _tell(self, row: str, text: str) -> None:
        if self._recording is not None:
            self._recording.tell(self._clock.time(), "fix", row, text)

    async def close(self) -> None:
        """Begin nothing more; what runs goes on by itself."""
        if self._policy is not None:
            await self._policy.close()
