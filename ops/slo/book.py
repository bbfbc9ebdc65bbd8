"""SloBook: the live error budgets, from what polls count now and what the store knows of before."""

import threading
from collections import deque
from collections.abc import Mapping, Sequence
from itertools import groupby

from collectors.base import Events
from ops.board import Budget
from ops.config.structs import Config
from ops.slo.ledger import Ledger
from ops.slo.taken import all_objectives
from ops.store.contract import DAY_S, MINUTE_S, Correction, Store

PENDING_S = 600.0
"""What was counted lately is kept one by one for so long, to go on from where the store is read to."""
_MOST_PENDING = 5_000


class SloBook:
    """Everything that a config promises. `count` and `budgets` are quick, for the event loop.

    `load` is for a thread, once a minute. Nothing is counted twice: what began before a certain minute comes from the
    store, what came since from `count`. At first that is the minute in which the first count came; once it is over the
    store has all of it, and everything is read again, as it is each day and when a correction was entered or undone.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._objectives = all_objectives(config)
        self._lock = threading.Lock()
        self._ledgers = self._made(())
        self._by_row = _by_row(self._ledgers)
        self._pending: deque[tuple[float, str, Events]] = deque(maxlen=_MOST_PENDING)
        self._corrections: tuple[Correction, ...] = ()
        self._since: float | None = None
        """The minute before which everything comes from the store; None until it was read."""
        self._read_at = 0.0
        self._whole = False
        """Whether the minute in which we began was read too."""

    def count(self, row_id: str, at: float, events: Events) -> None:
        """Take what a poll that ended at `at` counted of a row."""
        if row_id not in self._by_row:
            return
        with self._lock:
            for ledger in self._by_row[row_id]:
                ledger.count(at, events)
            self._pending.append((at, row_id, events))
            while self._since is not None and self._pending[0][0] < at - PENDING_S:
                self._pending.popleft()

    def budgets(self, now: float) -> tuple[Budget, ...]:
        """Every budget, in the order of the config; the same objects until the minute or the counts change."""
        with self._lock:
            return tuple([budget for ledger in self._ledgers for budget in ledger.budgets(now)])

    def load(self, store: Store, now: float) -> None:
        """Take from the store what it knows of before, and what corrections take out. Raises StoreError."""
        if not self._objectives:
            return
        corrections = tuple(store.corrections())
        closed = now // MINUTE_S * MINUTE_S - MINUTE_S
        if self._since is None:
            with self._lock:
                begun = self._pending[0][0] if self._pending else now
            self._read(store, now, begun // MINUTE_S * MINUTE_S, corrections)
        elif corrections != self._corrections or self._is_old(now, closed):
            self._whole = self._whole or closed > self._since
            self._read(store, now, max(self._since, closed), corrections)
        else:
            for ledger in self._ledgers:
                ledger.refine(store, now, self._lock)

    def _is_old(self, now: float, closed: float) -> bool:
        """Whether the minute in which we began is over by now, or what was read may not be right much longer."""
        began = not self._whole and self._since is not None and closed > self._since
        return began or abs(now - self._read_at) >= DAY_S

    def _read(self, store: Store, now: float, since: float, corrections: tuple[Correction, ...]) -> None:
        """Make all ledgers anew: from the store what began before `since`, and what was counted from then on."""
        began = {subject.row: subject.first for subject in store.subjects()}
        ledgers = self._made(corrections)
        for ledger in ledgers:
            ledger.load(store, now, since, began.get(ledger.row))
        by_row = _by_row(ledgers)
        with self._lock:
            for at, row_id, events in self._pending:
                if at >= since:
                    for ledger in by_row[row_id]:
                        ledger.count(at, events)
            self._ledgers, self._by_row = ledgers, by_row
            self._since, self._corrections, self._read_at = since, corrections, now

    def _made(self, corrections: Sequence[Correction]) -> tuple[Ledger, ...]:
        works = self._config.maintenance
        by_slo = groupby(self._objectives, key=lambda objective: objective.slo)
        return tuple(Ledger(tuple(promised), works, corrections) for _, promised in by_slo)


def _by_row(ledgers: Sequence[Ledger]) -> Mapping[str, list[Ledger]]:
    found: dict[str, list[Ledger]] = {}
    for ledger in ledgers:
        found.setdefault(ledger.row, []).append(ledger)
    return found
