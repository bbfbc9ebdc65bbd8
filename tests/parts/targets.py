"""Targets and polls for tests of what decides, without anything that is polled."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from collectors.base import Collector, Entity, Poll, Reading, TargetConfig, Value
from collectors.net.http_config import HttpConfig
from ops.config.structs import TargetSpec
from ops.verdicts.defaults import Thresholds
from ops.verdicts.judge import Scene, judge_poll
from ops.verdicts.memory import RowMemory, TargetMemory

START = 1_800_000_000.0
"""Where these tests' clocks begin."""


def target(section: str, name: str = "it", *, source_only: bool = False, **settings: Any) -> TargetSpec:
    """A target of that section, which nothing can poll."""

    class Unpolled(Collector[TargetConfig]):
        Config: ClassVar[type[TargetConfig]] = TargetConfig

        async def collect(self) -> Reading:
            raise AssertionError("nothing polls here")

    Unpolled.section, Unpolled.name, Unpolled.title = section, section, section
    Unpolled.source_only = source_only
    config = HttpConfig(name=name, url="http://127.0.0.1/", **settings) if section == "service" else None
    return TargetSpec(id=f"{section}:{name}", collector=Unpolled, config=config or TargetConfig(name=name, **settings))


def entity(
    kind: str, facts: Mapping[str, Value] | None = None, name: str = "it", texts: Mapping[str, str] | None = None
) -> Entity:
    """One thing that was read."""
    return Entity(kind=kind, name=name, facts=facts or {}, texts=texts or {})


class Watched:
    """A target that is judged poll by poll on a clock of its own."""

    def __init__(
        self, spec: TargetSpec, thresholds: Thresholds | None = None, step_s: float = 10.0, *, flapping: bool = True
    ) -> None:
        self.spec, self.thresholds, self.step_s, self.flapping = spec, thresholds or Thresholds(), step_s, flapping
        self.now = START
        self.memory = TargetMemory()

    def reads(
        self,
        facts: Mapping[str, Value] | None = None,
        *parts: Entity,
        texts: Mapping[str, str] | None = None,
        derived: Mapping[str, Value] | None = None,
    ) -> RowMemory:
        """A good poll with those facts of the target itself, and those parts."""
        own = entity(self.spec.collector.section, facts, self.spec.config.name, texts)
        reading = Reading(entities=(own, *parts))
        poll = Poll(target=self.spec.id, outcome="fresh", at=self._tick(), took_s=0.01, reading=reading)
        return self._take(poll, derived)

    def fails(self, error: str = "connection refused", reason: str = "refused", *, retry: bool = True) -> RowMemory:
        """A poll that failed."""
        return self._take(
            Poll(
                target=self.spec.id,
                outcome="failed",
                at=self._tick(),
                took_s=1,
                error=error,
                reason=reason,
                retry=retry,
            )
        )

    def ends(self, outcome: Any, error: str = "") -> RowMemory:
        """A poll that ended in another way."""
        return self._take(Poll(target=self.spec.id, outcome=outcome, at=self._tick(), took_s=1, error=error))

    def row(self, row_id: str) -> RowMemory:
        """A row as it stands."""
        return self.memory.rows[row_id]

    def states(self, row_id: str = "") -> Iterator[tuple[str, str, bool]]:
        """Level, word and pending of each check of a row, worst first."""
        verdict = self.memory.rows[row_id or self.spec.id].verdict
        assert verdict
        return ((check.level, check.word, check.pending) for check in verdict.checks)

    def _tick(self) -> float:
        self.now += self.step_s
        return self.now

    def _take(self, poll: Poll, derived: Mapping[str, Value] | None = None) -> RowMemory:
        scene = Scene(poll=poll, spec=self.spec, thresholds=self.thresholds, now=self.now, flapping=self.flapping)
        self.memory = judge_poll(scene, self.memory, derived)
        return self.memory.rows[self.spec.id]


def said(row: RowMemory) -> tuple[str, str, str]:
    """Level, word and reason of a row."""
    assert row.verdict
    return row.verdict.level, row.verdict.word, row.verdict.reason
