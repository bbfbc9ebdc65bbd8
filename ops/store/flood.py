"""Keeps a row that changes again and again from flooding the history: a few events a minute, the rest counted."""

from collections.abc import Sequence

import msgspec

from ops.store.contract import MINUTE_S, Event

PER_MINUTE = 6
"""Events of one row within one minute that are kept one by one."""


class Seen(msgspec.Struct):
    """The events of one row in one minute."""

    minute: int
    kept: int = 0
    left_out: int = 0
    last: Event | None = None


class Flood:
    """Lets the first events of a row and minute through, and tells how many more there were when the minute is over."""

    def __init__(self) -> None:
        self._rows: dict[str, Seen] = {}

    def admit(self, events: Sequence[Event]) -> tuple[Event, ...]:
        """The events to keep of these. Those of the floor itself (row "") always are."""
        admitted: list[Event] = []
        for event in events:
            seen = self._rows.get(event.row)
            minute = int(event.at // MINUTE_S)
            if seen is None or seen.minute != minute:
                admitted += _rest(seen)
                seen = self._rows[event.row] = Seen(minute)
            if event.row and seen.kept >= PER_MINUTE:
                seen.left_out += 1
                seen.last = event
            else:
                seen.kept += 1
                admitted.append(event)
        return tuple(admitted)

    def ended(self, now: float | None) -> tuple[Event, ...]:
        """How many were left out in minutes that are over (in all, without `now`), as one event for each row."""
        minute = None if now is None else int(now // MINUTE_S)
        over = [row for row, seen in self._rows.items() if seen.minute != minute]
        return tuple(event for row in over for event in _rest(self._rows.pop(row)))


def _rest(seen: Seen | None) -> tuple[Event, ...]:
    """One event for all that was left out, at the time and with the end of the last of them."""
    if seen is None or seen.last is None:
        return ()
    text = f"{seen.left_out} more in this minute, the last: {seen.last.text}"
    return (msgspec.structs.replace(seen.last, text=text),)
