"""Rows of parts: their ids, and what becomes of a part that is not in the last reading."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from collectors.base import Entity, Poll, Value
from ops.board import Check
from ops.config.structs import TargetSpec
from ops.figures import figure
from ops.verdicts.memory import RowMemory, Verdict
from ops.verdicts.past import number

GONE_S = 600.0
"""How long a container or queue that is missing from a good reading stays on the floor."""
ONE_OFF_S = 60.0
_STAY_WHEN_GONE = frozenset({"container", "queue", "swarm.service"})
_NUMBER = re.compile(r"[0-9]{1,9}\Z")
_COMES_AND_GOES = frozenset({"alert"})


def row_ids(parts: Sequence[Entity], spec: TargetSpec) -> Iterator[tuple[str, Entity]]:
    """Each part with its row id, "kind:target/name"; a name that comes twice gets "#2" and so on."""
    taken: dict[str, int] = {}
    for part in parts:
        row_id = f"{part.kind}:{spec.config.name}/{part.name}"
        times = taken[row_id] = taken.get(row_id, 0) + 1
        yield (row_id if times == 1 else f"{row_id}#{times}"), part


def absent(memory: RowMemory, poll: Poll, failed: bool, now: float) -> RowMemory | None:
    """A part that the poll did not read: unchanged, stale, gone, or None when it leaves the floor.

    A source that can't be read says nothing about its parts: once it counts as failed they are unknown, never "all
    gone". Only a good reading without the part makes it gone, and only things that someone keeps (containers and
    queues) stay as such for a while; sessions, alerts and series come and go.
    """
    if memory.entity is None or memory.verdict is None:
        return None
    if poll.outcome != "fresh":
        return _stale(memory, memory.verdict, poll, failed, now)
    if memory.entity.kind not in _STAY_WHEN_GONE:
        return None
    if memory.gone_at is None and (_was_over(memory.entity) or _was_scaled_down(memory.entity, poll)):
        return None
    gone_at = now if memory.gone_at is None or memory.gone_at > now else memory.gone_at
    return _gone(memory, memory.verdict, gone_at, now) if now - gone_at < GONE_S else None


def comes_and_goes(memory: RowMemory) -> bool:
    """Whether being there is itself the news: an alert fires by coming, and is resolved by going."""
    return memory.entity is not None and memory.entity.kind in _COMES_AND_GOES


def _was_over(entity: Entity) -> bool:
    """Whether a thing may go without alarm.

    A container that had ended well, never begun, or never got further than to fail within a minute, is cleaned up when
    it goes. One that lived less than a minute, outside any compose project, is a command that somebody ran. Of queues
    the broker says which ones end by themselves.
    """
    facts = entity.facts
    if facts.get("may_go"):
        return True
    if entity.kind == "swarm.service":  # A job, or what was to run no more.
        return not facts.get("wanted")
    if facts.get("swarm_service"):  # The swarm makes and removes them as it needs; the service's row tells.
        return True
    if facts.get("state") == "created" or (facts.get("state") == "exited" and facts.get("exit_code") == 0):
        return True
    started, finished = number(facts.get("started_at")), number(facts.get("finished_at"))
    if started is not None and finished is not None and facts.get("state") in ("exited", "restarting", "dead"):
        return 0 <= finished - started < ONE_OFF_S
    uptime_s = number(facts.get("uptime_s"))
    return uptime_s is not None and uptime_s < ONE_OFF_S and not facts.get("project")


def _was_scaled_down(entity: Entity, poll: Poll) -> bool:
    """Whether it was the last of its Compose service by number, and the others are there and run.

    Scaling down, by whomever, takes away the highest numbers; what is lost otherwise leaves a gap or nothing.
    """
    others = [one for one in poll.reading.entities if _of_one_service(one, entity)] if poll.reading else []
    number_of = {one.name: _last_number(one.name) for one in (entity, *others)}
    running = all(one.facts.get("state") == "running" for one in others)
    return bool(others) and running and number_of[entity.name] > max(number_of[one.name] for one in others)


def _of_one_service(one: Entity, other: Entity) -> bool:
    facts = ("project", "service")
    return one.kind == other.kind == "container" and all(
        one.facts.get(name) and one.facts.get(name) == other.facts.get(name) for name in facts
    )


def _last_number(name: str) -> int:
    """2 of "shop-web-2"; -1 without one, as names of one's own have none."""
    digits = _NUMBER.search(name)
    return int(digits[0]) if digits else -1


def _stale(memory: RowMemory, verdict: Verdict, poll: Poll, failed: bool, now: float) -> RowMemory:
    if not failed:
        return memory if verdict.stale else msgspec.structs.replace(memory, verdict=_marked(verdict))
    kind = memory.entity.kind if memory.entity else ""
    since = min(verdict.since, now) if verdict.level == "unknown" else now
    text = f"could not be read: {poll.error or 'no answer'}"
    check = Check(id=f"{kind}.reach", level="unknown", word="stale", text=text, since=since)
    stale = Verdict(level="unknown", word="stale", reason=text, since=since, checks=(check,), stale=True)
    return msgspec.structs.replace(memory, verdict=stale)


def _marked(verdict: Verdict) -> Verdict:
    return msgspec.structs.replace(verdict, stale=True)


def _last_depth(facts: Mapping[str, Value]) -> str:
    return f"{figure('ready', facts.get('ready'))} ready"


_LAST: Mapping[str, Callable[[Mapping[str, Value]], str]] = {
    "container": lambda facts: str(facts.get("state")),
    "swarm.service": lambda facts: f"{facts.get('running')} of {facts.get('wanted')} running",
}


def _gone(memory: RowMemory, verdict: Verdict, gone_at: float, now: float) -> RowMemory:
    if memory.gone_at == gone_at and verdict.word == "gone":
        return memory
    facts = memory.entity.facts if memory.entity else {}
    kind = memory.entity.kind if memory.entity else ""
    last = _LAST.get(kind, _last_depth)(facts)
    text = f"gone: not in the last reading any more; before it was {last}"
    since = min(verdict.since, now) if verdict.level == "critical" else now
    check = Check(id=f"{kind}.presence", level="critical", word="gone", text=text, since=since)
    missing = Verdict(level="critical", word="gone", reason=text, since=since, checks=(check,), stale=True)
    return msgspec.structs.replace(memory, verdict=missing, gone_at=gone_at, checks={})
