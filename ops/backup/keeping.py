"""Which backups of a set stay, and why; which go, and why: its rule, and floors that no rule gets under. Pure.

Floors: the last verified one stays; `minimum` verified ones stay; what another one needs stays; nothing goes before a
newer verified one is there, so without a verified one nothing goes at all. What is broken or was taken before a restore
neither counts for the rule nor for a floor: it would push out a good one.
"""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256

import msgspec

from collectors.backup import Keep
from ops.backup.errors import BackupError
from ops.backup.rules import ALL, reasons, rules_of
from ops.backup.structs import Kept
from ops.figures import duration
from ops.slo.calendar import zone

SAFETY_S = 30 * 86400.0
"""How long one stays that was taken before a restore."""
_LAST = "take and verify a newer one first; where the set is to end, remove it in the target by hand"
_COUNTS = ("last", "hourly", "daily", "weekly", "monthly", "yearly")


def faults(keep: Keep) -> tuple[str, ...]:
    """What makes no sense of a policy, a sentence each."""
    found = [f"{name} is how many stay, or -1 for all" for name in _COUNTS if getattr(keep, name) < ALL]
    if keep.minimum < 0:
        found.append("minimum is how many verified ones stay: 0 or more")
    counted = [name for name in _COUNTS if getattr(keep, name)]
    if keep.rule == "within" and counted:
        found.append(f'with rule = "within" nothing is counted: leave out {", ".join(counted)}')
    if keep.prune and not rules_of(keep):
        found.append("prune = true has no rule to go by: say how many stay, such as daily = 7")
    return tuple(found)


def worded(keep: Keep) -> str:
    """A policy in words: "7 daily, 4 weekly (borg)"; "all" where nothing ever goes."""
    parts = []
    for rule in rules_of(keep):
        if rule.within:
            parts.append(rule.name.replace("within", "all") + f" within {duration(rule.within)}")
        else:
            parts.append(f"{'all' if rule.most == ALL else rule.most} {rule.name}")
    return f"{', '.join(parts)} ({keep.rule})" if parts else "all"


def plan(kept: Sequence[Kept], keep: Keep, *, now: float, time_zone: str = "UTC") -> tuple[Kept, ...]:
    """All of them, newest first, each with reasons why it stays, or why it goes."""
    newest_first = sorted(kept, key=lambda one: (one.manifest.at, one.id), reverse=True)
    unsound = _unsound(newest_first)
    counted = [one for one in newest_first if one.id not in unsound and one.manifest.why != "safety"]
    why = dict(_ruled(counted, keep, now, time_zone))
    _floors(why, newest_first, counted, keep.minimum, now)
    _chains(why, newest_first)
    return tuple(
        msgspec.structs.replace(
            one, reasons=tuple(why.get(one.id, ())), expires="" if one.id in why else _expiry(one, keep, unsound)
        )
        for one in newest_first
    )


def expired(planned: Sequence[Kept]) -> tuple[Kept, ...]:
    """What goes of a plan, in the order in which to delete it: the oldest first, but none before what needs it."""
    going = {one.id: one for one in reversed(planned) if one.expires}
    users: dict[str, list[str]] = {}
    for one in going.values():
        for needed in one.manifest.needs:
            users.setdefault(needed, []).append(one.id)
    ordered: dict[str, Kept] = {}
    for first in going:
        waiting = [first]
        seen = {first}
        while waiting:
            name = waiting[-1]
            more = [user for user in users.get(name, ()) if user not in ordered and user not in seen]
            seen.update(more)
            waiting += more
            if not more:
                ordered.setdefault(waiting.pop(), going[name])
    return tuple(ordered.values())


def going(planned: Sequence[Kept]) -> str:
    """A digest of which go by a plan, in whatever order they are: another list has another one."""
    names = sorted(one.id for one in planned if one.expires)
    return sha256("\n".join(names).encode()).hexdigest()[:12]


def proven(kept: Sequence[Kept]) -> tuple[Kept, ...]:
    """Those that count as good: verified, not broken, all that they need is there and good, and no safety copies."""
    unsound = _unsound(kept)
    return tuple(
        one for one in kept if one.verified_at is not None and one.id not in unsound and one.manifest.why != "safety"
    )


def sound(kept: Sequence[Kept]) -> tuple[Kept, ...]:
    """Those that nothing is known against, proven or not: what they need is there and good; no safety copies."""
    unsound = _unsound(kept)
    return tuple(one for one in kept if one.id not in unsound and one.manifest.why != "safety")


def needed(named: Kept, kept: Sequence[Kept]) -> BackupError | None:
    """Why one may not be deleted, whoever asks: another needs it, or it is the last verified one."""
    users = [one.id for one in kept if named.id in one.manifest.needs]
    if users:
        return BackupError(f"{users[0]} can't be restored without {named.id}", "delete that first", reason="refused")
    if [one.id for one in proven(kept)] == [named.id]:
        return BackupError(f"{named.id} is the only one that is verified", _LAST, reason="refused")
    return None


def _unsound(kept: Sequence[Kept]) -> Mapping[str, str]:
    """Why each is none that can't be restored: broken itself, or something that it needs is."""
    found = {one.id: f"broken: {one.broken}" for one in kept if one.broken}
    chained = [one for one in kept if one.manifest.needs]
    there = {one.id for one in kept}
    grown = True
    while grown:
        grown = False
        for one in chained:
            lost = [name for name in one.manifest.needs if name not in there or name in found]
            if lost and one.id not in found:
                found[one.id] = f"needs {lost[0]}, which is {'broken' if lost[0] in there else 'not there'}"
                grown = True
    return found


def _ruled(counted: Sequence[Kept], keep: Keep, now: float, time_zone: str) -> Iterator[tuple[str, list[str]]]:
    if not rules_of(keep):
        yield from ((one.id, ["no rule says what goes"]) for one in counted)
        return
    found = reasons([one.manifest.at for one in counted], keep, now=now, zone=zone(time_zone))
    yield from ((one.id, list(words)) for one, words in zip(counted, found, strict=True) if words)


def _floors(
    why: dict[str, list[str]], newest_first: Sequence[Kept], counted: Sequence[Kept], minimum: int, now: float
) -> None:
    """Add what stays whatever the rule says."""
    verified = [one for one in counted if one.verified_at is not None and one.manifest.at <= now]
    others = [one for one in counted if one.verified_at is None]
    if verified:
        why.setdefault(verified[0].id, []).append("the last verified one")
    for one in verified[:minimum]:
        why.setdefault(one.id, []).append(f"one of {minimum} verified that always stay")
    for one in others[: max(0, minimum - len(verified))]:
        why.setdefault(one.id, []).append(f"fewer than {minimum} are verified")
    for one in newest_first:
        if one.manifest.at > now:
            why.setdefault(one.id, []).append("its time is still to come")
        elif one.manifest.why == "safety" and one.manifest.at > now - SAFETY_S:
            why.setdefault(one.id, []).append(f"taken before a restore, stays {duration(SAFETY_S)}")
        elif one.id not in why and not (verified and verified[0].manifest.at > one.manifest.at):
            why[one.id] = ["no newer one is verified yet"]


def _chains(why: dict[str, list[str]], newest_first: Sequence[Kept]) -> None:
    """Add what those that stay need, and what that needs."""
    by_id = {one.id: one for one in newest_first}
    waiting = [one for one in newest_first if one.id in why and one.manifest.needs]
    while waiting:
        user = waiting.pop()
        for name in user.manifest.needs:
            if name in by_id and name not in why:
                why[name] = [f"{user.id} needs it"]
                waiting.append(by_id[name])


def _expiry(one: Kept, keep: Keep, unsound: Mapping[str, str]) -> str:
    if one.id in unsound:
        return unsound[one.id]
    if one.manifest.why == "safety":
        return f"taken before a restore more than {duration(SAFETY_S)} ago"
    return f"none of {worded(keep)}"
