"""Composition of the loop: poll, judge, remember, and hand out one immutable Board after another."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from collectors.base import Poll
from collectors.clock import Clock, SystemClock
from collectors.net.http_config import HttpConfig
from collectors.poller import PolledTarget, Poller
from collectors.text import clean
from ops.board import Board, Change, Row
from ops.cause import likely_causes
from ops.config.structs import Config, TargetSpec
from ops.errors import UsageError
from ops.links import resolve, wanted_by
from ops.recording import Recording
from ops.rows import TargetRows
from ops.trend import latency_of
from ops.unseen import UnseenThresholds
from ops.verdicts.defaults import Thresholds

if TYPE_CHECKING:
    from ops.slo.book import SloBook
    from ops.slo.keeper import BudgetKeeper

CHANGES_KEPT = 100
_SHOWN_S = 1800.0
"""What was shown longer ago is in no chart any more."""


class Engine:
    """Owns everything that changes: the poller, and what is known about each target. Runs on one event loop."""

    def __init__(
        self, config: Config, *, clock: Clock | None = None, at_once: bool = False, record: bool = False
    ) -> None:
        self.config = config
        self.clock = clock or SystemClock()
        # What was only discovered is looked at without leaving anything behind.
        self.recording = Recording(config, self.clock.time) if record and config.store.record and config.path else None
        self.keeper: BudgetKeeper | None = None
        self._thresholds = Thresholds(config.thresholds, at_once=at_once)
        self.book = _book(config)
        self._targets = self._unjudged()
        self._set_by: dict[str, float] = {}
        """By how much the wall clock was ahead of the time that passed, when each target was read last."""
        self._collectors = {spec.id: spec.collector(spec.config, spec.secrets) for spec in config.targets}
        promised = {slo.source.partition("/")[0] or f"service:{slo.service}" for slo in config.slos}
        polled = [
            PolledTarget(id=target, collector=collector, steady=target in promised)
            for target, collector in self._collectors.items()
        ]
        self.poller = Poller(polled, self._take, clock=self.clock)
        self._unseen = UnseenThresholds(config.thresholds)
        self._changes: deque[Change] = deque(maxlen=CHANGES_KEPT)
        self._linked: dict[str, tuple[Row, Row]] = {}
        self.changed = asyncio.Event()

    def _unjudged(self) -> dict[str, TargetRows]:
        now, flapping = self.clock.time(), self.config.settings.flapping
        return {spec.id: TargetRows(spec, self._thresholds, now, flapping=flapping) for spec in self.config.targets}

    def go_on(self, board: Board) -> None:
        """Before the first poll: go on with the sparklines and charts that another engine of this config showed."""
        if not 0 <= self.clock.time() - board.at < _SHOWN_S:
            return
        for row in board.rows:
            if target := self._targets.get(row.target):
                target.go_on(row, board.at)

    def forget(self) -> None:
        """Judge what comes from now on as if nothing had been seen before; connections and rates stay."""
        self._targets = self._unjudged()

    def _take(self, poll: Poll) -> None:
        target, now = self._targets[poll.target], self.clock.time()
        if poll.outcome == "fresh":
            self._set_by[poll.target] = now - self.clock.elapsed()
        changes = target.take(poll, now)
        self._changes.extendleft(changes)
        if self.book:
            for row_id, events in target.counted.items():
                self.book.count(row_id, now, events)
        if self.recording:
            self.recording.take(now, [self._linked_row(row) for row in target.rows], target.counted, changes)
        if poll.outcome == "fresh" and not target.good:
            self.poller.doubt(poll.target)
        self.changed.set()

    def polled(self) -> dict[str, int]:
        """How many polls of each target have ended so far with an answer or a failure."""
        return {name: target.polls for name, target in self._targets.items()}

    async def keep_budgets(self) -> None:
        """Have the budgets follow the history too, until cancelled."""
        if self.recording is not None and self.book is not None:
            from ops.slo.keeper import BudgetKeeper

            recording = self.recording
            self.keeper = BudgetKeeper(self.book, lambda: recording.store, self.clock, self.changed.set)
            await self.keeper.run()

    def age(self) -> bool:
        """Mark what has become too old since the last look; says whether anything did.

        A clock that was set since makes nothing older or younger; a laptop that slept does.
        """
        passed = self.clock.elapsed()
        now_by = self.clock.time() - passed
        aged = [target.age(passed + self._set_by.get(name, now_by)) for name, target in self._targets.items()]
        return any(aged)

    def picture(self) -> Board:
        """The Board as of now."""
        read = tuple([row for target in self._targets.values() for row in target.rows])
        rows = resolve(read, self._wanted(read), self._linked)
        self._linked = {pair[0].id: pair for pair in zip(read, rows, strict=True)}
        now = self.clock.time()
        return Board(
            name=self.config.settings.name,
            environment=self.config.settings.environment,
            mode="live",
            at=now,
            late_s=self.poller.late_s,
            rows=rows,
            budgets=self.book.budgets(now) if self.book else (),
            causes=likely_causes(rows),
            changes=tuple(self._changes),
            recording=self.recording.words if self.recording else "",
            notes=tuple(dict.fromkeys((*self.config.notes, *self._unseen.notes(rows), *self._recorded()))),
        )

    def _linked_row(self, row: Row) -> Row:
        """The row with what it was last known to depend on."""
        pair = self._linked.get(row.id)
        links = pair[1].depends_on if pair else ()
        return msgspec.structs.replace(row, depends_on=links) if links else row

    def _recorded(self) -> Sequence[str]:
        return (*self.recording.notes, *(self.keeper.notes if self.keeper else ())) if self.recording else ()

    def _wanted(self, rows: Sequence[Row]) -> dict[str, tuple[str, ...]]:
        targets = self.config.targets
        wanted = {spec.id: wanted_by(spec.id, spec.config.depends_on, _workload(spec), rows) for spec in targets}
        for spec in targets:
            wanted |= {part: found.needs for part, found in spec.config.parts_depend_on().items()}
        return wanted

    def follow(self, row: Row) -> AsyncIterator[str]:
        """Live log lines of a row's part; raises CollectError where it has none."""
        return self._collectors[row.target].follow(row.key)


def _book(config: Config) -> "SloBook | None":
    """The budgets, where anything is promised; nobody else pays for loading them."""
    if not config.slos:
        return None
    from ops.slo.book import SloBook

    return SloBook(config)


def _workload(spec: TargetSpec) -> str:
    return spec.config.container if isinstance(spec.config, HttpConfig) else ""


def once_config(config: Config, only: Sequence[str] = ()) -> Config:
    """The config for a single pass: one failure is enough, nothing has to stand for a time; only the named targets.

    Raises UsageError for a name that is neither a target's id nor its name.
    """
    known = {name for spec in config.targets for name in (spec.id, spec.config.name)}
    for name in only:
        if name not in known:
            raise UsageError(f"no target is called {clean(name)!r}")
    targets = tuple(
        msgspec.structs.replace(spec, config=msgspec.structs.replace(spec.config, failures=1, successes=1))
        for spec in config.targets
        if not only or spec.id in only or spec.config.name in only
    )
    return msgspec.structs.replace(config, targets=targets)


async def one_pass(config: Config, only: Sequence[str] = ()) -> Board:
    """Poll everything once and give the Board; thresholds with a `for` count at once.

    What answered with a latency is asked once more, and the second answer counts: the first has our own start-up in
    it, and one slow answer alone is no alarm on the floor either.
    """
    engine = Engine(once_config(config, only), at_once=True)
    try:
        polls = await engine.poller.once()
        timed = {poll.target for poll in polls if poll.reading and latency_of(poll.reading.entities[0]) is not None}
        await engine.poller.once(timed)
        return engine.picture()
    finally:
        await engine.poller.close()
