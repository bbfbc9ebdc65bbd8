"""Where nothing was recorded: which moments with data lie nearest, and between which nobody recorded."""

import math

import msgspec

from ops.figures import duration
from ops.past.wall import moment
from ops.store.contract import DAY_S, HOUR_S, MINUTE_S, Picture, Step, Store

_LOOKS: tuple[tuple[float, Step], ...] = ((HOUR_S, 60), (2 * DAY_S, 3600), (400 * DAY_S, 86400))
"""How far is looked, and in which steps, until something is found."""
_BEGINS_WITHIN_S = 7 * DAY_S
"""So far ahead it is looked for the next start of the recording."""
_FINER: dict[Step, Step] = {86400: 3600, 3600: 60}


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """A moment without data, and the nearest recorded ones, UTC seconds."""

    at: float
    before: float | None
    after: float | None

    @property
    def told(self) -> str:
        """One sentence with both ends."""
        ends = [
            f"{moment(end)} ({duration(abs(end - self.at))} {word})"
            for end, word in ((self.before, "before"), (self.after, "after"))
            if end is not None
        ]
        nearest = f"the nearest data is of {' and '.join(ends)}" if ends else "nothing at all was recorded"
        return f"nothing was recorded at {moment(self.at)}; {nearest}"


def gap_at(store: Store, at: float) -> Gap:
    """The gap around a moment for which the store has no picture."""
    span, rows = store.span(), tuple(store.counted_rows())
    if span is None:
        return Gap(at=at, before=None, after=None)
    befores = [end for row in rows if (end := _last(store, row, at)) is not None]
    befores += [end for end in (*span, *(subject.last for subject in store.subjects())) if end <= at]
    afters = [min(start + MINUTE_S, span[1]) for row in rows if (start := _first(store, row, at)) is not None]
    afters += [start for start in (*span, *(subject.first for subject in store.subjects())) if start > at]
    return Gap(at=at, before=max(befores, default=None), after=min(afters, default=None))


class Hole(msgspec.Struct, frozen=True, kw_only=True):
    """A time in which nothing recorded, as nobody ran or could: from the last reading to the next, UTC seconds."""

    start: float
    end: float | None
    """None where nothing was recorded after it."""

    @property
    def told(self) -> str:
        """One sentence with its ends."""
        if self.end is None:
            return f"nothing was recorded after {moment(self.start)}: this was seen last"
        return f"nothing was recorded between {moment(self.start)} and {moment(self.end)}: this was seen last"


def hole_at(store: Store, at: float, picture: Picture) -> Hole | None:
    """The hole that a moment lies in, by the picture of that moment; None where the recording went on.

    It went on where the next that begins anew after the moment has seen a later picture.
    """
    span = store.span()
    if span is None or span[1] <= picture.at:
        return Hole(start=min(picture.at, span[1]) if span else picture.at, end=None)
    begun = store.events(at, at + _BEGINS_WITHIN_S, kinds=("start",))
    end = next((event.at for event in begun if not event.row), None)
    if end is None:
        return None
    before = store.picture(math.nextafter(end, -math.inf))
    return Hole(start=picture.at, end=end) if before is not None and before.at <= picture.at else None


def _last(store: Store, row: str, at: float) -> float | None:
    """The end of the last minute before `at` in which something was counted of a row."""
    for far_s, step in _LOOKS:
        if slots := store.slots(row, at - far_s, at, step):
            start, length = slots[-1].at, step
            while length > MINUTE_S:
                finer = _FINER[length]
                within = store.slots(row, start, min(start + length, at), finer)
                if not within:
                    break
                start, length = within[-1].at, finer
            return min(start + length, at)
    return None


def _first(store: Store, row: str, at: float) -> float | None:
    """The start of the first minute after `at` in which something was counted of a row."""
    for far_s, step in _LOOKS:
        if slots := store.slots(row, at, at + far_s, step):
            start, length = slots[0].at, step
            while length > MINUTE_S:
                finer = _FINER[length]
                within = store.slots(row, max(start, at), start + length, finer)
                if not within:
                    break
                start, length = within[0].at, finer
            return start
    return None
