"""How one set stands: what its target has, with all that the book knows of it. Pure, but for the one who asks."""

import math
from collections.abc import Iterable, Mapping, Sequence

from collectors.backup import BackupConfig
from ops.backup import judging, times
from ops.backup.keeping import plan
from ops.backup.known import Read
from ops.backup.structs import Event, Kept, Running, Standing

EVENTS = 200
BAD = ("damaged", "mismatch")
"""Reasons of a failed proof that speak of the backup, and not of the try."""


def kept_of(read: Mapping[str, Read], events: Sequence[Event], config: BackupConfig, now: float) -> tuple[Kept, ...]:
    """All backups of a set, newest first, with what the book says of each and why it stays or goes.

    `events` are newest first. What can't be read stays whatever the rule says: nobody knows what it is.
    """
    by_backup: dict[str, list[Event]] = {}
    for event in events:
        if event.backup in read and event.what in ("verify", "drill", "restore"):
            by_backup.setdefault(event.backup, []).append(event)
    readable = [_kept(one, by_backup.get(backup, ())) for backup, one in read.items() if not one.broken]
    planned = plan(readable, config.keep, now=now, time_zone=config.schedule.time_zone)
    others = [
        Kept(manifest=one.manifest, broken=one.broken, remedy=one.remedy, reasons=("nobody can say what it is",))
        for one in read.values()
        if one.broken
    ]
    if not others:
        return planned
    return tuple(sorted((*planned, *others), key=lambda one: (one.manifest.at, one.id), reverse=True))


def _kept(read: Read, events: Sequence[Event]) -> Kept:
    """`events` are its proofs, newest first; those of another manifest under its id don't count."""
    own = [event for event in events if event.digest == read.digest]
    drill = next((event for event in own if event.what == "drill" and event.ok), None)
    bad = _bad(own)
    return Kept(
        manifest=read.manifest,
        verified_at=verified_at(own),
        drilled_at=drill.at if drill else None,
        restore_s=drill.took_s if drill else None,
        broken=bad.words if bad else "",
        remedy=bad.remedy if bad else "",
    )


def _bad(own: Sequence[Event]) -> Event | None:
    """The newest that says that it is none, and that nothing good has answered since; `own` are newest first."""
    for at, event in enumerate(own):
        says = not event.ok and event.reason in BAD and (event.what != "restore" or event.reason == "damaged")
        if says and not _answered(event, own[:at]):
            return event
    return None


def _answered(bad: Event, since: Sequence[Event]) -> bool:
    """Whether what was bad was looked at again, and is good: another slice, or bytes where rows differ, say nothing."""
    good = [event for event in since if event.ok]
    if any(event.what == "drill" for event in good):
        return True
    if bad.reason != "damaged":
        return False
    return verified_at(good) is not None or any(
        event.what == "verify" and event.fraction == bad.fraction for event in good
    )


def verified_at(events: Sequence[Event]) -> float | None:
    """When all of a backup was read through last, and well: by verifying, or by a drill, which reads all of it."""
    if not events:
        return None
    found = times.wholly_read_at(events, events[0].digest)
    drilled = (event.at for event in events if event.what == "drill" and event.ok)
    best = max((-math.inf if found is None else found, *drilled))
    return None if best == -math.inf else best


def standing_of(  # noqa: PLR0913 - what is known, each from another place
    config: BackupConfig,
    shown: str,
    kept: tuple[Kept, ...],
    events: Sequence[Event],
    now: float,
    *,
    leftovers: int = 0,
    unreachable: str = "",
    remedy: str = "",
    running: Running | None = None,
) -> Standing:
    """Put together what is known; `events` are newest first."""
    due = times.next_due(config.name, config.schedule, events, now)
    age_s = judging.age_s(kept, now)
    last = judging.measured(kept, events)
    sound = [one.manifest for one in kept if not one.broken]
    return Standing(
        set=config.name,
        kind=config.kind,
        target=shown,
        at=now,
        time_zone=config.schedule.time_zone,
        kept=kept,
        events=tuple(events[:EVENTS]),
        last=last_run(events),
        next_at=due.at if due else None,
        next_due=due.names if due else (),
        age_s=age_s,
        rpo_s=judging.rpo_s(config),
        rto_s=float(config.rto),
        restore_s=last.took_s if last else None,
        restore_now_s=judging.projected_s(last, sound[0] if sound else None),
        worst_loss_s=age_s,
        anomalies=judging.anomalies(sound),
        leftovers=leftovers,
        unreachable=unreachable,
        remedy=remedy,
        running=running,
    )


def taken_here(events: Iterable[Event]) -> frozenset[str]:
    """Digests of the manifests that were written by this floor, as far as its book goes back."""
    return frozenset(event.digest for event in events if event.what == "run" and event.ok and event.digest)


def last_run(events: Iterable[Event]) -> Event | None:
    """The last run, well or not; `events` are newest first."""
    return next((event for event in events if event.what == "run"), None)
