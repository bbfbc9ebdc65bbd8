"""How well a set stands: how old its newest proven backup is, how long a restore takes, and what is odd. Pure."""

from collections.abc import Iterable, Sequence
from statistics import median

import msgspec

from collectors.backup import BackupConfig
from ops.backup.keeping import proven
from ops.backup.structs import Event, Kept, Manifest
from ops.backup.times import DAY_S, longest_gap_s
from ops.figures import duration, size

USUAL = 7
"""How many before the newest say what is usual …"""
_ENOUGH = 3
"""… and how many there must be."""
_SMALL_BYTES = 2**20
_SHORT_S = 30.0
_FEW = 100


class Restore(msgspec.Struct, frozen=True):
    """A restore that was measured."""

    at: float
    took_s: float
    plain_bytes: int


def rpo_s(config: BackupConfig) -> float:
    """How old the newest verified backup may be: as configured, else the schedule's longest gap and a quarter."""
    if config.rpo:
        return float(config.rpo)
    gap = longest_gap_s(config.schedule)
    return DAY_S if gap is None else 1.25 * gap


def age_s(kept: Sequence[Kept], now: float) -> float | None:
    """Age of the newest proven backup by the moment that it shows, not under 0; None where none is proven."""
    newest = max((one.manifest.at for one in proven(kept)), default=None)
    return None if newest is None else max(0.0, now - newest)


def measured(kept: Iterable[Kept], events: Iterable[Event]) -> Restore | None:
    """The last drill or restore of a whole backup that went well; None where there was none.

    A restore of a part of it (under nine tenths of its bytes, or of what was counted) says nothing of the whole: one
    table may be read out of a dump that is read to its end.
    """
    made = {one.id: one.manifest for one in kept}
    found = [
        Restore(event.at, event.took_s, event.plain_bytes or _plain_bytes(made.get(event.backup)))
        for event in events
        if event.what in ("drill", "restore") and event.ok and event.took_s > 0
        if event.what == "drill" or _is_whole(event, made.get(event.backup))
    ]
    return max(found, key=lambda one: one.at, default=None)


def _plain_bytes(made: Manifest | None) -> int:
    return made.plain_bytes if made is not None else 0


def _is_whole(event: Event, made: Manifest | None) -> bool:
    if made is None:
        return True
    return event.plain_bytes >= 0.9 * made.plain_bytes and event.rows >= 0.9 * sum(made.counts.values())


def projected_s(last: Restore | None, newest: Manifest | None) -> float | None:
    """What a restore of the newest would take: as measured, and longer as it has grown; never promised shorter."""
    if last is None or newest is None or not last.plain_bytes:
        return None if last is None else last.took_s
    return last.took_s * max(1.0, newest.plain_bytes / last.plain_bytes)


def anomalies(manifests: Sequence[Manifest]) -> tuple[str, ...]:
    """What is odd of the first of `manifests` (newest first, broken ones left out), a sentence each.

    Half or double the median of the seven before in size, time or number of rows is odd; nothing is while there were
    fewer than three, nor growth under 1 MiB, times that differ by less than 30 s, counts that differ by less than 100.
    """
    regular = [one for one in manifests if one.why != "safety"]
    if not manifests or manifests[0].why == "safety" or len(regular) <= _ENOUGH:
        return ()
    newest, before = regular[0], regular[1 : 1 + USUAL]
    usual_bytes = median(one.plain_bytes for one in before)
    usual_s = median(one.took_s for one in before)
    usual_count = median(sum(one.counts.values()) for one in before)
    count = sum(newest.counts.values())
    found = (
        _odd_size(newest.plain_bytes, usual_bytes),
        _odd_time(newest.took_s, usual_s),
        _odd_count(count, usual_count) if newest.counts else "",
    )
    return tuple(sentence for sentence in found if sentence)


def _odd_size(now: float, usual: float) -> str:
    if now <= usual / 2 and usual:
        return f"{_less(now, usual)} as large as usual: {size(now)}, usually {size(usual)}"
    if now >= 2 * usual and now - usual >= _SMALL_BYTES:
        return f"{_more(now, usual)} as large as usual: {size(now)}, usually {size(usual)}"
    return ""


def _odd_time(now: float, usual: float) -> str:
    if abs(now - usual) < _SHORT_S:
        return ""
    if now >= 2 * usual:
        return f"took {_more(now, usual)} as long as usual: {duration(now)}, usually {duration(usual)}"
    return (
        f"took {_less(now, usual)} as long as usual: {duration(now)}, usually {duration(usual)}"
        if (now <= usual / 2)
        else ""
    )


def _odd_count(now: float, usual: float) -> str:
    if now > usual / 2 or usual - now < _FEW:
        return ""
    return f"{_less(now, usual)} as many rows, keys or files as usual: {now:,.0f}, usually {usual:,.0f}"


def _less(now: float, usual: float) -> str:
    return "half" if now == usual / 2 else "less than half"


def _more(now: float, usual: float) -> str:
    return f"{now / usual:.1f} times".replace(".0 times", " times") if usual else "many times"
