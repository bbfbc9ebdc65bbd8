"""Why somebody heard of an alert or did not: the stages from the route to the receiver's answer, a sentence each."""

from collections.abc import Callable, Iterable, Mapping

from ops.alerts.structs import Alert, Stage, Step
from ops.notify.groups import Group, Members
from ops.notify.look import Looked
from ops.notify.structs import Message, Record

_ANSWERS: Mapping[str, tuple[bool, str]] = {
    "queued": (False, "{receiver} did not take it yet: {said}"),
    "sending": (False, "{receiver} has not answered yet"),
    "sent": (True, "{receiver} took it: {said}"),
    "dead": (False, "{receiver} never took it: {said}"),
    "dropped": (False, "{receiver} was not asked: {said}"),
}


Last = Callable[[str, str], Message | None]
"""Gives the newest message of a group to a receiver: `Outbox.last`, cached where many alerts are asked for."""


def steps_after(alert: Alert, looked: Looked, last: Last, now: float) -> list[Step]:
    """What the stages behind suppression made of an alert that fires, in their order, until one that stopped it."""
    keys = [key for key, members in looked.members.items() if _has(members, alert.key)]
    if not keys:
        return []
    receivers = [name for key in keys for name in looked.members[key].way.receivers]
    if not receivers:
        return [_step("route", False, f"no receiver hears of {alert.severity} here: it stays on the screen")]
    steps = [_step("route", True, f"goes to {', '.join(dict.fromkeys(receivers))}{_way(looked, keys)}")]
    waits = [looked.groups[key] for key in keys if key in looked.groups and looked.groups[key].flushed_at is None]
    if len(waits) == len(keys):
        left = max(min(group.next_at for group in waits) - now, 0.0)
        return [*steps, _step("group", False, f"its group waits {left:.0f} s more for others of its kind")]
    steps.append(_step("group", True, f"told with its group {keys[0]}"))
    told = _told(alert, keys, looked)
    if not told:
        return [*steps, _step("dedup", False, _untold(looked, keys, now))]
    steps.append(_step("dedup", True, f"{', '.join(record.receiver for record in told)} must know that it fires"))
    return steps + _answers(last(record.known_as, record.receiver) for record in told)


def _step(stage: Stage, passed: bool, text: str) -> Step:
    return Step(stage=stage, passed=passed, text=text)


def _has(members: Members, key: str) -> bool:
    return any(alert.key == key for alert in (*members.firing, *members.quiet))


def _way(looked: Looked, keys: Iterable[str]) -> str:
    paths = [" / ".join(path) for key in keys if (path := looked.members[key].way.path)]
    return f" by {' and by '.join(paths)}" if paths else ""


def _told(alert: Alert, keys: Iterable[str], looked: Looked) -> list[Record]:
    found = (record for key in keys for record in looked.records.get(key, {}).values())
    return [record for record in found if alert.key in record.firing]


def _untold(looked: Looked, keys: Iterable[str], now: float) -> str:
    groups: list[Group] = [looked.groups[key] for key in keys if key in looked.groups]
    left = max(min((group.next_at for group in groups), default=now) - now, 0.0)
    return f"nobody was told of it yet; the group is looked at again in {left:.0f} s"


def _answers(messages: Iterable[Message | None]) -> list[Step]:
    steps = []
    for message in messages:
        if message is None:
            continue
        passed, form = _ANSWERS[message.state]
        begun = message.state not in ("queued", "dropped") or message.attempts > 0
        steps.append(_step("outbox", begun, f"message {message.id} to {message.receiver} is {message.state}"))
        if begun:
            steps.append(_step("receiver", passed, form.format(receiver=message.receiver, said=message.said or "ok")))
    return steps
