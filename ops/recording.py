"""What the engine hands to the recorder: light until the floor is live, for nothing of the store is loaded before."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from collectors.base import Events
from ops.board import Change, Row
from ops.config.structs import Config

if TYPE_CHECKING:
    from ops.store.contract import Store
    from ops.store.recorder import Recorder

_EARLY = 2_000
"""Polls that are kept until the recorder is there."""


class Recording:
    """Takes every poll from the start; the recorder itself begins with `begin`."""

    def __init__(self, config: Config, clock: Callable[[], float]) -> None:
        self._config, self._clock = config, clock
        self._early: deque[tuple[float, Sequence[Row], Mapping[str, Events], Sequence[Change]]] = deque(maxlen=_EARLY)
        self._recorder: Recorder | None = None

    def take(
        self, at: float, rows: Sequence[Row], counted: Mapping[str, Events], changes: Sequence[Change] = ()
    ) -> None:
        """Have what a poll added recorded: its rows, what it counted, and which levels changed (newest first)."""
        if self._recorder is None:
            self._early.append((at, rows, counted, changes))
        else:
            self._hand(self._recorder, at, rows, counted, changes)

    def tell(self, at: float, kind: str, row: str, text: str) -> None:
        """Have something recorded that no poll tells; before `begin` there is nothing such."""
        if self._recorder is not None:
            from ops.store.contract import Event, Record

            self._recorder.take(Record(at=at, happened=[Event(at=at, kind=kind, row=row, text=text)]))

    def begin(self) -> None:
        """Load and start the recorder; a second call does nothing."""
        if self._recorder is not None:
            return
        from ops.store.places import store_folder
        from ops.store.recorder import Recorder

        self._recorder = Recorder(store_folder(self._config), self._config, clock=self._clock)
        while self._early:
            self._hand(self._recorder, *self._early.popleft())

    @staticmethod
    def _hand(
        recorder: "Recorder",
        at: float,
        rows: Sequence[Row],
        counted: Mapping[str, Events],
        changes: Sequence[Change],
    ) -> None:
        from ops.store.contract import Event, Record

        happened = [
            Event(
                at=change.at, kind="level", row=change.row, text=change.text, before=change.before, after=change.after
            )
            for change in reversed(changes)
        ]
        recorder.take(Record(at=at, rows=rows, counted=counted, happened=happened))

    @property
    def words(self) -> str:
        """Why nothing is recorded now, for the header; "" while all is well."""
        return self._recorder.words if self._recorder else ""

    @property
    def leads(self) -> bool:
        """Whether this process holds the recorder's lock: it is the one that records, alerts and tells."""
        return self._recorder is not None and self._recorder.leads

    @property
    def notes(self) -> tuple[str, ...]:
        """What the operator should know about the history."""
        return self._recorder.notes if self._recorder else ()

    @property
    def store(self) -> "Store | None":
        """What can be read of the history; None until it is open, and where there is none."""
        return self._recorder.store if self._recorder else None

    async def close(self) -> None:
        """Have the rest written, within about a second."""
        if self._recorder is not None:
            await self._recorder.close()
