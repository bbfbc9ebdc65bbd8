"""What is known of one target, and the rows of the floor made from it: the only place where both meet."""

from collections.abc import Mapping

import msgspec

from collectors.base import Events, Poll, TargetConfig
from collectors.sketch import Sketch
from ops.board import Change, Row
from ops.columns import Columns
from ops.config.structs import TargetSpec
from ops.history import History
from ops.pace import Pace
from ops.trend import Trend, is_probe, latency_of, leading
from ops.verdicts.defaults import Thresholds
from ops.verdicts.judge import Scene, judge_poll, waiting
from ops.verdicts.memory import RowMemory, TargetMemory, Verdict
from ops.verdicts.presence import comes_and_goes, row_ids


def stale_after_s(config: TargetConfig) -> float:
    """From which age on a reading is older than it should be: two are missing, with the time that they may take."""
    return 2 * config.interval + config.timeout + 1


class TargetRows:
    """One target between polls: its verdicts, its history, and its rows. Owned by the engine; takes polls in order."""

    def __init__(self, spec: TargetSpec, thresholds: Thresholds, now: float, *, flapping: bool = True) -> None:
        self._spec, self._thresholds, self._flapping = spec, thresholds, flapping
        self._memory = TargetMemory()
        self._before: Columns | None = None
        self._history = History()
        self._first: tuple[float, bool] | None = None
        self._warm = False
        self._pace = Pace(float(spec.config.interval))
        self._trends: dict[str, Trend] = {}
        self._stale_after_s = stale_after_s(spec.config)
        self._last = Poll(target=spec.id, outcome="no_data", at=now, took_s=0)
        self.rows: tuple[Row, ...] = (_row(spec, spec.id, RowMemory(verdict=waiting(now))),)
        self.polls = 0
        """How many polls ended with an answer or a failure; what we ourselves could not ask is none."""
        self.counted: Mapping[str, Events] = {}
        """What the last `take` counted, by row id."""

    def go_on(self, row: Row, at: float) -> None:
        """Before the first `take`: begin with the sparkline and chart that another showed of a row at `at` (UTC s).

        Percentiles of windows are not in what is shown: they count from here.
        """
        self._trends[row.id] = Trend.going_on(row.trend, at)
        shown = row.buckets
        if row.id == self._spec.id and isinstance(shown, Columns) and shown and shown[-1].at <= at:
            self._before, self._history = shown, History(shown)

    def take(self, poll: Poll, now: float) -> list[Change]:
        """Judge a poll and make the rows anew; gives what changed its level, newest first."""
        self._last = poll
        self.polls += poll.outcome in ("fresh", "failed")
        derived = {"error_percent": self._history.error_percent(now)} if poll.outcome == "fresh" else None
        scene = Scene(poll=poll, spec=self._spec, thresholds=self._thresholds, now=now, flapping=self._flapping)
        before = self._memory.rows
        self._memory = judge_poll(scene, self._memory, derived)
        due = poll.outcome in ("fresh", "failed") and self._pace.due(now)
        self.counted = counted(poll, self._spec, good=self._memory.good, warm=self._warm, due=due)
        if poll.outcome != "no_data":
            self._record(poll, now)
        self.rows = tuple([self._made(row_id, memory, now) for row_id, memory in self._memory.rows.items()])
        self._trends = {row_id: trend for row_id, trend in self._trends.items() if row_id in self._memory.rows}
        return _changes(before, self._memory.rows, now)

    def _record(self, poll: Poll, now: float) -> None:
        """Keep a probe. The first one's latency, with our own start-up in it, counts only until there is another."""
        latency_s = latency_of(poll.reading.entities[0]) if poll.reading else None
        if self._first is not None:
            self._history = History(self._before)
            self._history.add(*self._first, None)
            self._before = None
        self._first = (now, self._memory.good) if self._first is None and not self._warm else None
        self._warm = True
        self._history.add(now, self._memory.good, latency_s)

    @property
    def good(self) -> bool:
        """Whether the last poll counts as good: an answer came, and it is what was expected."""
        return self._memory.good

    def age(self, now: float) -> bool:
        """Mark rows as stale whose last reading is older than it should be; says whether any was marked."""
        old = [row for row in self.rows if row.at is not None and not row.stale and now - row.at > self._stale_after_s]
        if old:
            self.rows = tuple([msgspec.structs.replace(row, stale=True) if row in old else row for row in self.rows])
        return bool(old)

    def _made(self, row_id: str, memory: RowMemory, now: float) -> Row:
        row = _row(self._spec, row_id, memory)
        trend = self._trends.setdefault(row_id, Trend())
        follows = leading(memory.entity) if memory.entity else ""
        value = row.facts.get(follows)
        own = row_id == self._spec.id
        fresh = self._last.outcome == "fresh" and memory.at == self._last.at
        if fresh and isinstance(value, int | float) and not (own and self._first is not None):
            trend.add(now, float(value))
        return msgspec.structs.replace(
            row,
            trend=trend.values(now),
            trend_of=follows,
            stats=self._history.stats(now) if own else (),
            buckets=self._history.buckets(now) if own else (),
            error=self._last.error if own else "",
            remedy=self._last.remedy if own else "",
        )


def counted(poll: Poll, spec: TargetSpec, *, good: bool, warm: bool, due: bool = True) -> dict[str, Events]:
    """What a poll counted, by row id: the poll itself where it is a probe, and what entities say that users did.

    A probe that is `due` is one event, failed when it was not `good`: each bad poll at once, not only when `failures`
    in a row make the target down. Its latency counts also when the answer was a wrong one, but not before the target
    is `warm`: the first poll has our own start-up in it. No data is no event, and neither is a poll that we ourselves
    broke. Targets that only read others (hosts, engines, logs) are no probes.
    """
    found: dict[str, Events] = {}
    if due and is_probe(spec.collector.section) and poll.outcome in ("fresh", "failed"):
        latency_s = latency_of(poll.reading.entities[0]) if poll.reading and warm else None
        found[spec.id] = Events(total=1, failed=int(not good), latencies=_packed(latency_s))
    if poll.reading is None or poll.outcome != "fresh":
        return found
    own, *parts = poll.reading.entities
    rows = ((spec.id, own), *row_ids(parts, spec))
    return found | {row_id: entity.events for row_id, entity in rows if entity.events is not None}


def _packed(latency_s: float | None) -> bytes:
    sketch = Sketch()
    if latency_s is not None:
        sketch.add(latency_s)
    return sketch.pack()


def _row(spec: TargetSpec, row_id: str, memory: RowMemory) -> Row:
    entity, own = memory.entity, row_id == spec.id
    verdict = memory.verdict or waiting(0)
    return Row(
        id=row_id,
        kind=entity.kind if entity else spec.collector.section,
        # A target is called what the config calls it, whatever it calls itself.
        name=spec.config.name if own or not entity else entity.name,
        target=spec.id,
        host=spec.config.runs_on,
        key=entity.key if entity else "",
        level=verdict.level,
        word=verdict.word,
        reason=verdict.reason,
        since=verdict.since,
        at=memory.at,
        stale=verdict.stale,
        flapping=verdict.flapping,
        facts=entity.facts if entity else {},
        texts=entity.texts if entity else {},
        hints=entity.hints if entity else (),
        checks=verdict.checks,
        depends_on=(),
        runbook=spec.config.runbook if own else "",
    )


def _changes(before: Mapping[str, RowMemory], after: Mapping[str, RowMemory], now: float) -> list[Change]:
    changes = []
    for row_id, memory in after.items():
        old, new = before.get(row_id, RowMemory()).verdict, memory.verdict
        # That a source can't be read is one change, not one for each thing that it reads.
        if old and new and old.level != new.level and new.word != "stale":
            changes.append(Change(at=now, row=row_id, before=old.level, after=new.level, text=_told(new)))
    return changes + _events(before, after, now)


def _events(before: Mapping[str, RowMemory], after: Mapping[str, RowMemory], now: float) -> list[Change]:
    """What coming and going alone tells: an alert that was not there at the reading before, and one that was."""
    own = next(iter(before.values()), RowMemory())
    if own.at is None:
        return []
    changes = []
    for row_id, memory in after.items():
        new = memory.verdict
        if row_id not in before and new and new.level != "ok" and comes_and_goes(memory):
            changes.append(Change(at=now, row=row_id, before="ok", after=new.level, text=_told(new)))
    for row_id, memory in before.items():
        old = memory.verdict
        if row_id not in after and old and old.level != "ok" and comes_and_goes(memory):
            changes.append(Change(at=now, row=row_id, before=old.level, after="ok", text=_ended(old)))
    return changes


def _ended(verdict: Verdict) -> str:
    return "resolved" if verdict.level in ("warning", "critical") else "not there any more"


def _told(verdict: Verdict) -> str:
    return verdict.reason or verdict.word
