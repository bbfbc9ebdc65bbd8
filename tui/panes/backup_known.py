"""What is known of one set, counted once for all that shows it: sizes, proofs, days. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, tzinfo
from typing import Literal, NamedTuple

from ops.backup.structs import Event, Kept, Standing
from ops.slo.calendar import zone
from ops.verdicts import backup_words as words

Mark = Literal["drilled", "verified", "unverified", "expires", "broken", "failed"]
MARKS: tuple[Mark, ...] = ("failed", "broken", "expires", "unverified", "verified", "drilled")
"""Later ones tell more of a day that has several backups, but for what is broken, which is always told."""
WORDS: Mapping[Mark, str] = {
    "drilled": "drilled", "verified": "verified", "unverified": words.UNVERIFIED, "expires": "expires",
    "broken": words.BROKEN, "failed": words.RUN_FAILED,
}  # fmt: skip
"""What each sign means; the table of backups says the same."""
_FIRST = date(1970, 1, 1).toordinal()
SIZES = 40
"""Backups whose sizes make the trend."""


class Day(NamedTuple):
    """One day of the calendar, in the time zone of the schedule."""

    mark: Mark
    kept: int = 0
    """Backups that show a moment of it."""


class Known(NamedTuple):
    """One set: how it stands, and what was counted of that."""

    standing: Standing
    verified_at: float | None = None
    """When a backup of it was last read through, and well."""
    drilled_at: float | None = None
    sizes: tuple[float, ...] = ()
    """Stored bytes of the newest ones, oldest first."""
    days: Mapping[int, Day] = {}
    """By whole days since 1970."""
    texts: Sequence[str] = ()
    """What each backup is found by, in their order; case folded."""
    asked: bool = False
    """Whether its target was asked; else it is only what is known here."""


def known(standing: Standing, *, asked: bool) -> Known:
    """Count what a standing holds: once for each, since there may be thousands."""
    kept = standing.kept
    return Known(
        standing,
        max((one.verified_at for one in kept if one.verified_at is not None), default=None),
        max((one.drilled_at for one in kept if one.drilled_at is not None), default=None),
        tuple(float(one.manifest.stored_bytes) for one in reversed(kept[:SIZES])),
        days(kept, standing.events, zone(standing.time_zone)),
        [_text(one) for one in kept],
        asked,
    )


def _text(one: Kept) -> str:
    """Its id, its proof, why it stays or goes, what is wrong with it."""
    told = {WORDS[proof_mark(one)]: None, WORDS[mark(one)]: None}
    return "\n".join((one.id, *told, one.broken, one.expires, *one.reasons, one.manifest.why)).casefold()


def mark(one: Kept) -> Mark:
    """What a backup counts for on its day: one that goes soon is not counted on, however proven."""
    return "expires" if one.expires and not one.broken else proof_mark(one)


def proof_mark(one: Kept) -> Mark:
    """How well it is proven."""
    if one.broken:
        return "broken"
    return "drilled" if one.drilled_at is not None else "verified" if one.verified_at is not None else "unverified"


def staying(one: Kept) -> str:
    """Why it stays, or why it goes."""
    return ", ".join(one.reasons) if one.reasons else f"goes: {one.expires}" if one.expires else ""


def number_of(day: date) -> int:
    """Whole days from 1970-01-01 to that one."""
    return day.toordinal() - _FIRST


def days(kept: Iterable[Kept], events: Sequence[Event] = (), here: tzinfo = UTC) -> dict[int, Day]:
    """What each day of that zone has; a run that failed is only told of a day that has no backup."""
    found: dict[int, Day] = {}
    for one in kept:
        day = _day(one.manifest.at, here)
        before = found.get(day)
        found[day] = Day(_more(before.mark if before else None, mark(one)), (before.kept if before else 0) + 1)
    for event in events:
        if event.what == "run" and not event.ok:
            found.setdefault(_day(event.at, here), Day("failed"))
    return found


def _day(at: float, here: tzinfo) -> int:
    return number_of(datetime.fromtimestamp(at, here).date())


def _more(before: Mark | None, now: Mark) -> Mark:
    if before is None or "broken" in (before, now):
        return now if before is None else "broken"
    return max(before, now, key=MARKS.index)
