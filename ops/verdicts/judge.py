"""Judges one poll: with the thresholds and what is remembered it becomes verdicts, and the memory for the next poll."""

from collections.abc import Mapping, Sequence

import msgspec

from collectors.base import Entity, Poll, Value
from ops.board import Check, Level
from ops.config.structs import TargetSpec
from ops.verdicts.defaults import Thresholds
from ops.verdicts.finding import Finding
from ops.verdicts.findings import findings
from ops.verdicts.flapping import FlapMemory, flap
from ops.verdicts.memory import RowMemory, TargetMemory, Verdict
from ops.verdicts.past import remember, seen
from ops.verdicts.presence import absent, row_ids
from ops.verdicts.reached import reach_check
from ops.verdicts.tracker import CheckMemory, held, rank, reach

_HEALTHY: Mapping[str, str] = {
    **dict.fromkeys(("service", "tcp", "dns", "tls", "postgres", "redis"), "up"),
    **dict.fromkeys(("memcached", "prometheus", "alertmanager", "rabbitmq", "celery"), "up"),
    **dict.fromkeys(("container", "process", "systemd"), "running"),
}
_RATE = ".error_percent"
"""It sums up many polls, so it says nothing of whether things went from good to bad in this one."""


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """What all rows of one poll are judged by."""

    poll: Poll
    spec: TargetSpec
    thresholds: Thresholds
    now: float
    flapping: bool = True
    """Whether rows are marked that are good and bad by turns."""


def judge_poll(scene: Scene, memory: TargetMemory, derived: Mapping[str, Value] | None = None) -> TargetMemory:
    """Judge every row of a target. `derived` are facts for its own row that the poll can't know ("error_percent").

    The new memory has the rows in the order of the reading, what vanished last. A failed poll changes no part until
    the target counts as failed; then its parts are stale and unknown. No data leaves the target's row alone.
    """
    poll, spec = scene.poll, scene.spec
    entities = poll.reading.entities if poll.reading is not None and poll.outcome == "fresh" else ()
    own = _with_derived(entities[0], derived) if entities else None
    row = judge_target(own, scene, memory.rows.get(spec.id, RowMemory()))
    rows = {spec.id: row}
    if poll.outcome == "fresh":
        for row_id, part in row_ids(entities[1:], spec):
            rows[row_id] = judge_part(part, row_id, scene, memory.rows.get(row_id, RowMemory()))
    failed = row.reach.reached == "down"
    for row_id, part_memory in memory.rows.items() if poll.outcome != "no_data" else ():
        left = absent(part_memory, poll, failed, scene.now) if row_id not in rows else None
        if left is not None:
            rows[row_id] = left
    return TargetMemory(rows=rows, good=row.good)


def judge_target(entity: Entity | None, scene: Scene, memory: RowMemory) -> RowMemory:
    """Judge a target's own row; `entity` is the first of a fresh reading, else None.

    A failed poll leaves the other checks as they are until the failures count (`failures` in a row, at once where the
    poll says that trying again is useless); from then on only the failure is told.
    """
    poll, spec, now = scene.poll, scene.spec, scene.now
    if poll.outcome == "no_data":
        return _no_data(scene, memory)
    past = remember(memory.past, entity, now) if entity else memory.past
    found = findings(entity, spec, scene.thresholds, _levels(memory), past) if entity else ()
    bad = next((finding for finding in found if finding.fails), None)
    good = entity is not None and bad is None
    useless = poll.outcome == "failed" and not poll.retry
    reached = reach(memory.reach, good, 1 if useless else spec.config.failures, spec.config.successes)
    question = f"{spec.collector.section}.reach"
    reach_now = reach_check(reached, poll, bad, spec, memory.checks.get(question), now)
    others = _held(found, memory, now) if entity or reached.reached != "failing" else memory.checks
    # Of two that are equally bad, not being there is told before what was said meanwhile.
    checks = {question: reach_now} | {name: check for name, check in others.items() if name != question}
    flapped = _flapped(memory, good and _steady(found, others), scene)
    verdict = verdict_of(_healthy(spec.collector.section, found), checks, memory.verdict, flapped, now)
    return RowMemory(
        verdict=verdict if entity else msgspec.structs.replace(verdict, stale=memory.entity is not None),
        entity=entity or memory.entity,
        at=poll.at if entity else memory.at,
        checks=checks,
        reach=reached,
        past=seen(past, entity) if entity else past,
        flap=flapped,
        good=good,
    )


def judge_part(entity: Entity, row_id: str, scene: Scene, memory: RowMemory) -> RowMemory:
    """Judge a part as it was just read."""
    past = remember(memory.past, entity, scene.now)
    found = findings(entity, scene.spec, scene.thresholds, _levels(memory), past, row_id)
    checks = _held(found, memory, scene.now)
    flapped = _flapped(memory, _steady(found, checks), scene)
    return RowMemory(
        verdict=verdict_of(_healthy(entity.kind, found), checks, memory.verdict, flapped, scene.now),
        entity=entity,
        at=scene.poll.at,
        checks=checks,
        past=seen(past, entity),
        flap=flapped,
    )


def waiting(now: float) -> Verdict:
    """The verdict of a row that waits for its first reading."""
    return Verdict(level="unknown", word="waiting", reason="not read yet", since=now)


def verdict_of(
    healthy: str, checks: Mapping[str, CheckMemory], before: Verdict | None, flapped: FlapMemory, now: float
) -> Verdict:
    """The worst check decides, what counts before what is pending; a flapping row is never better than a warning."""
    ranked = _ranked(checks)
    level: Level = ranked[0].level if ranked else "ok"
    word, reason = (ranked[0].word, ranked[0].text) if level != "ok" else (healthy, "")
    if flapped.flapping:
        level = "critical" if level == "critical" else "warning"
        word, reason = "flapping", f"good and bad by turns; now {word}" + (f": {reason}" if reason else "")
    since = min(before.since, now) if before and before.level == level else now
    return Verdict(level=level, word=word, reason=reason, since=since, checks=ranked, flapping=flapped.flapping)


def _ranked(checks: Mapping[str, CheckMemory]) -> tuple[Check, ...]:
    shown = (
        Check(id=name, level=check.shown, word=check.word, text=check.text, since=check.since, pending=check.pending)
        for name, check in checks.items()
    )
    return tuple(sorted(shown, key=lambda check: (-rank(check.level), check.pending)))


def _levels(memory: RowMemory) -> dict[str, Level]:
    return {name: check.level for name, check in memory.checks.items()}


def _held(found: Sequence[Finding], memory: RowMemory, now: float) -> dict[str, CheckMemory]:
    return {
        finding.check: held(memory.checks.get(finding.check), finding, now) for finding in found if not finding.fails
    }


def _steady(found: Sequence[Finding], checks: Mapping[str, CheckMemory]) -> bool:
    """Whether nothing counts as bad: what only waits for its hold is no change of state."""
    names = {finding.check for finding in found if not finding.check.endswith(_RATE)}
    return all(check.level == "ok" for name, check in checks.items() if name in names)


def _flapped(memory: RowMemory, good: bool, scene: Scene) -> FlapMemory:
    return flap(memory.flap, good, scene.now) if scene.flapping else FlapMemory()


def _healthy(kind: str, found: Sequence[Finding]) -> str:
    told = next((finding.word for finding in found if finding.level == "ok" and finding.word), "")
    return told or _HEALTHY.get(kind, "ok")


def _with_derived(entity: Entity, derived: Mapping[str, Value] | None) -> Entity:
    return msgspec.structs.replace(entity, facts={**entity.facts, **derived}) if derived else entity


def _no_data(scene: Scene, memory: RowMemory) -> RowMemory:
    before = memory.verdict
    since = min(before.since, scene.now) if before and before.level == "ok" else scene.now
    question = f"{scene.spec.collector.section}.reach"
    check = Check(id=question, level="ok", word="none", text=scene.poll.error, since=since)
    verdict = Verdict(level="ok", word="none", reason="", since=since, checks=(check,))
    return RowMemory(verdict=verdict, entity=memory.entity, at=memory.at)
