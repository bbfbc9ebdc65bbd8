"""Past: the floor as it was at any recorded moment, made from a store alone."""

import math
from collections.abc import Sequence
from typing import cast

from msgspec.structs import replace

from ops.board import LEVELS, Board, Change, Level, Row
from ops.cause import likely_causes
from ops.config.structs import Config
from ops.figures import duration
from ops.past.budgets import PastBudgets, budget_detail, config_of
from ops.past.gap import gap_at, hole_at
from ops.past.pace import recording_step_s
from ops.past.playhead import Span, step_s
from ops.past.rows import with_surroundings
from ops.past.structs import BudgetDetail
from ops.rows import stale_after_s
from ops.store.contract import DAY_S, HOUR_S, MINUTE_S, Event, Picture, Store

CHANGES_KEPT = 100
_CHANGES_OF_S = (HOUR_S, DAY_S, 7 * DAY_S)
"""How far back changes are looked for, until there are enough."""
_EXACT: dict[int, str] = {0: "", MINUTE_S: "to the minute", HOUR_S: "to the hour"}
_OLD_S = 60.0
"""From when on a reading is old, where it is not known how often it was made."""
NOT_THEN = "nothing recorded for"
"""What `Board.played` says of a moment between the end of a recording and the next, before how long that is."""
NOTHING = "nothing recorded"
"""What `Board.played` says of a moment without data."""
_GENERATED = ("this history was generated, not recorded",)


class Past:
    """Everything that a store knows, as Boards. For one thread at a time. Reading raises StoreError."""

    def __init__(self, store: Store, config: Config | None = None) -> None:
        self.store = store
        self.config = config or config_of(store)
        self.whole = True
        """Whether the last Board had all that is known; its budgets may need longer."""
        self._last: Board | None = None
        self._stale_after_s = {name: 2 * every_s + 1 for name, every_s in self.config.intervals.items()}
        self._stale_after_s |= {spec.id: stale_after_s(spec.config) for spec in self.config.targets}
        self._budgets = PastBudgets(store, self.config)

    def span(self) -> Span | None:
        """The first and the last recorded moment; None where nothing was recorded."""
        return self.store.span()

    def budget(self, budget_id: str, at: float, *, live: bool = False) -> BudgetDetail | None:
        """Where an error budget went until a moment, as `budget_detail`; None where no objective is called that."""
        return budget_detail(self.store, self.config, budget_id, at, live=live)

    def step_s(self, at: float, now: float) -> float:
        """How far a step goes at a moment: as often as the floor reads, a minute beyond a day, an hour beyond those."""
        return step_s(at, now, recording_step_s(self.config), self.store.retention)

    def board(self, at: float, patience_s: float | None = None) -> Board:
        """The floor at a moment; where nothing was recorded, a Board without rows that says where there is something.

        Windows of percentiles, sparklines and budgets have the whole minutes that had ended then; only of a recording
        that has just begun, and at its end, percentiles are those of the first minute so far. With `patience_s`
        budgets that would take longer are told as not known; `whole` says so.
        """
        if self.whole or self._last is None or self._last.at != at:
            self._last = self._without_budgets(at)
        if self._last.played == NOTHING:
            self.whole = True
            return self._last
        budgets, self.whole = self._budgets.at(at, patience_s)
        return replace(self._last, budgets=budgets)

    def _without_budgets(self, at: float) -> Board:
        settings = self.config.settings
        bare = Board(name=settings.name, environment=settings.environment, mode="replayed", at=at, late_s=0.0, rows=())
        picture = self.store.picture(at)
        if picture is None:
            return replace(bare, played=NOTHING, notes=(gap_at(self.store, at).told,))
        return self._with_rows(bare, picture)

    def _aged(self, row: Row, at: float) -> Row:
        """The row, marked as stale where its reading was older than it should have been."""
        old = row.at is not None and at - row.at > self._stale_after_s.get(row.target, _OLD_S)
        return replace(row, stale=True) if old and not row.stale else row

    def _with_rows(self, bare: Board, picture: Picture) -> Board:
        minute, counted = bare.at // MINUTE_S * MINUTE_S, frozenset(self.store.counted_rows())
        old_s = bare.at - picture.step_s - picture.at
        seldom_s = max(_OLD_S, min(self._stale_after_s.values(), default=0.0))
        hole = hole_at(self.store, bare.at, picture) if old_s > recording_step_s(self.config) else None
        # What was read last may not be written yet.
        hole = None if hole and hole.end is None and old_s <= seldom_s else hole
        recorded = [
            replace(row, stale=True) if hole else self._aged(row, bare.at - picture.step_s) for row in picture.rows
        ]
        span = self.store.span()
        newest = span is not None and span[1] <= bare.at
        rows = [with_surroundings(self.store, row, minute, picture.step_s, counted, newest=newest) for row in recorded]
        late = hole.told if hole else f"nothing was recorded for {duration(old_s)} until then: this was seen last"
        exact = _EXACT.get(round(picture.step_s), "")
        generated = _GENERATED if self.store.notes().get("generated") else ()
        return replace(
            bare,
            rows=tuple(rows),
            notes=(*((late,) if hole or old_s > seldom_s else ()), *generated),
            causes=likely_causes(rows),
            changes=changes(self.store, bare.at),
            played=f"{NOT_THEN} {duration(bare.at - picture.at)}" if hole else exact,
        )


def changes(store: Store, at: float) -> tuple[Change, ...]:
    """What changed its level until a moment, newest first, at most `CHANGES_KEPT` of the last week."""
    found: Sequence[Event] = ()
    for far_s in _CHANGES_OF_S:
        found = store.events(at - far_s, math.nextafter(at, math.inf), kinds=("level",))
        if len(found) >= CHANGES_KEPT:
            break
    return tuple([_change(event) for event in reversed(found[-CHANGES_KEPT:]) if _is_change(event)])


def _is_change(event: Event) -> bool:
    return event.before in LEVELS and event.after in LEVELS


def _change(event: Event) -> Change:
    before, after = cast(Level, event.before), cast(Level, event.after)
    return Change(at=event.at, row=event.row, before=before, after=after, text=event.text)
