"""Which backups a rule of restic or Borg keeps, and why: each as its own documentation has it. Pure.

restic: internal/data/snapshot_policy.go and doc/060_forget.rst. Borg: src/borg/archiver/prune_cmd.py,
docs/misc/prune-example.txt and prune-example-interval.txt. Floors and chains are no part of this: see `keeping`.
"""

import math
from collections.abc import Callable, Hashable, Sequence
from datetime import datetime, tzinfo
from typing import NamedTuple

from collectors.backup import Keep
from ops.figures import duration

ALL = -1
"""As a count: no end."""
_NEVER = object()
"""Stands for the bucket before the first one."""


class Moment(NamedTuple):
    """When a backup was taken: UTC seconds, and the same in the zone that days are counted in."""

    at: float
    local: datetime
    nth: int
    """From 0, the newest."""


class Rule(NamedTuple):
    """One line of a policy: so many buckets, or all that are young enough."""

    name: str
    bucket: Callable[[Moment], Hashable]
    label: Callable[[Moment], str]
    most: int = 0
    within: float = 0.0
    """Seconds; where it is given `most` does not matter."""

    def worded(self, moment: Moment) -> str:
        """Why it keeps this one: "daily 2026-11-20"."""
        young = f" within {duration(self.within)}" if self.within else ""
        return f"{self.name}{young} {self.label(moment)}".rstrip()


def _week(moment: Moment) -> tuple[int, int]:
    year, week, _ = moment.local.isocalendar()
    return year, week


_KINDS: tuple[tuple[str, Callable[[Moment], Hashable], Callable[[Moment], str]], ...] = (
    ("last", lambda moment: moment.nth, lambda _: ""),
    ("hourly", lambda moment: (moment.local.date(), moment.local.hour), lambda moment: f"{moment.local:%Y-%m-%d %H}h"),
    ("daily", lambda moment: moment.local.date(), lambda moment: f"{moment.local:%Y-%m-%d}"),
    ("weekly", _week, lambda moment: "{}-W{:02}".format(*_week(moment))),
    ("monthly", lambda moment: (moment.local.year, moment.local.month), lambda moment: f"{moment.local:%Y-%m}"),
    ("yearly", lambda moment: moment.local.year, lambda moment: f"{moment.local:%Y}"),
)
_WITHIN = ("daily", "weekly", "monthly")


def rules_of(keep: Keep) -> tuple[Rule, ...]:
    """The lines of a policy that keep something, the finest first."""
    found = [Rule("within", lambda moment: moment.nth, lambda _: "", within=keep.within)] if keep.within else []
    for name, bucket, label in _KINDS:
        if most := getattr(keep, name):
            found.append(Rule(name, bucket, label, most=most))
        if name in _WITHIN and (within := getattr(keep, f"within_{name}")):
            found.append(Rule(name, bucket, label, within=within))
    return tuple(found)


def reasons(ats: Sequence[float], keep: Keep, *, now: float, zone: tzinfo) -> list[tuple[str, ...]]:
    """Why each of `ats` (UTC seconds, newest first) is kept; () for those that are not."""
    moments = [Moment(at, datetime.fromtimestamp(at, zone), nth) for nth, at in enumerate(ats)]
    rules = rules_of(keep)
    return _borg(moments, rules, now) if keep.rule == "borg" else _restic(moments, rules, now)


class _Counter:
    """One line of restic's policy while the list is gone through."""

    def __init__(self, rule: Rule, newest: float) -> None:
        self._rule, self._left = rule, rule.most
        self._since = newest - rule.within
        self._last: Hashable = _NEVER

    def take(self, moment: Moment, *, oldest: bool) -> str:
        """Why this one is kept; "" where it is not."""
        if (moment.at <= self._since) if self._rule.within else self._left == 0:
            return ""
        bucket = self._rule.bucket(moment)
        seen, self._last = bucket == self._last, bucket
        if seen and not oldest:
            return ""
        if self._left > 0:
            self._left -= 1
        return ("oldest " if seen else "") + self._rule.worded(moment)


def _restic(moments: Sequence[Moment], rules: Sequence[Rule], now: float) -> list[tuple[str, ...]]:
    """Lines are ORed; spans count from the newest one that is not of the future."""
    newest = max((moment.at for moment in moments if moment.at < now), default=-math.inf)
    counters = [_Counter(rule, newest) for rule in rules]
    found = []
    for moment in moments:
        oldest = moment.nth == len(moments) - 1
        words = (counter.take(moment, oldest=oldest) for counter in counters)
        found.append(tuple(word for word in words if word))
    return found


def _borg(moments: Sequence[Moment], rules: Sequence[Rule], now: float) -> list[tuple[str, ...]]:
    """What a finer line kept does not count for a coarser one; spans count from now."""
    found: dict[int, str] = {moment.nth: "newer than now" for moment in moments if moment.at >= now}
    older = moments[len(found) :]
    for rule in rules:
        found |= _borg_rule(older, rule, now, frozenset(found), oldest=rule is rules[-1])
    return [(found[moment.nth],) if moment.nth in found else () for moment in moments]


def _borg_rule(
    moments: Sequence[Moment], rule: Rule, now: float, before: frozenset[int], *, oldest: bool
) -> dict[int, str]:
    """What one line keeps beside those kept `before`; the coarsest one keeps the `oldest` while it has room."""
    found: dict[int, str] = {}

    def has_room(moment: Moment) -> bool:
        if rule.within:
            return moment.at >= now - rule.within
        return rule.most == ALL or len(found) < rule.most

    last: Hashable = _NEVER
    for moment in moments:
        if not has_room(moment):
            break
        bucket = rule.bucket(moment)
        if bucket != last and moment.nth not in before:
            found[moment.nth] = rule.worded(moment)
        last = bucket
    end = moments[-1] if oldest and moments else None
    if end and end.nth not in before and end.nth not in found and has_room(end):
        found[end.nth] = f"oldest {rule.worded(end)}"
    return found
