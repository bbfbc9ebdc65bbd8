"""Backups that are gone though nobody here deleted them: a place that has lost its disk only looks empty. Pure."""

from collections.abc import Mapping, Sequence

from collectors.backup import BackupConfig
from ops.backup.known import Read, only_id
from ops.backup.rules import rules_of
from ops.backup.standing import kept_of
from ops.backup.structs import Event
from ops.figures import several

YOUNG_S = 7 * 86400.0
"""Where no rule says what goes, something else may delete there; nothing deletes what is younger than this."""


def gone(
    read: Mapping[str, Read], events: Sequence[Event], config: BackupConfig, shown: str, *, asked_at: float, now: float
) -> tuple[str, ...]:
    """Ids, newest first, that the book has as taken into this very place, that its rule keeps, and that it has not.

    `read` is what the place has, asked at `asked_at`; `shown` is its address as the book has it. Whoever deleted one
    that the rule keeps without watchfloor is told of it until the rule would have let it go.
    """
    deleted = {backup for event in events for backup in event.deleted}
    lost = {
        event.backup: Read(manifest=only_id(event.backup, config.name), digest=event.digest)
        for event in events
        if _was_taken(event, shown, asked_at) and event.backup not in read and event.backup not in deleted
    }
    if not rules_of(config.keep):
        lost = {backup: one for backup, one in lost.items() if now - one.manifest.at < YOUNG_S}
    if not lost:
        return ()
    return tuple(one.id for one in kept_of({**read, **lost}, events, config, now) if one.id in lost and one.reasons)


def _was_taken(event: Event, shown: str, asked_at: float) -> bool:
    return event.what == "run" and event.ok and bool(event.backup) and event.target == shown and event.at < asked_at


def worded(ids: Sequence[str]) -> str:
    """A sentence; "" for none."""
    if not ids:
        return ""
    verb, newest = ("is", ids[0]) if len(ids) == 1 else ("are", f"{ids[0]} the newest of them")
    return f"{several(len(ids), 'backup')} that should be there {verb} gone, {newest}"
