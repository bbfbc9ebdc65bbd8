"""A history that is made up: weeks of the shop's past, written as closed hours, and marked as generated."""

import random
import socket
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from collectors.base import Events
from collectors.units import Duration
from ops.config.structs import Slo
from ops.demo.config import slo_tables
from ops.demo.plan import SERVICES
from ops.demo.story import Story, events, load_at, story
from ops.demo.story_counts import Counted, Probes
from ops.demo.story_rows import Part, parts
from ops.store.contract import DAY_S, HOUR_S, MINUTE_S, Record
from ops.store.flat import unflatten
from ops.store.minutes import pack_minutes
from ops.store.sqlite.hours import PackedHour, packed
from ops.store.sqlite.packing import pack_sketches, squeeze

if TYPE_CHECKING:
    from ops.store.sqlite.store import SqliteStore

MOST_DAYS = 400
"""What a store keeps at most."""
MOST_SERVICES = 500
_AT_ONCE = 240
"""Hours in one transaction."""
_PROBES = 60
"""A minute, as the demo's services are polled each second; additional ones each ten seconds."""
_EXTRA_PROBES = 6
_MEDIANS_S = {"web": 0.012, "checkout": 0.011, "catalog": 0.006, "payments": 0.010}
_READ_AT_S = 57.0
"""Into a minute, when its last reading was made."""
Told = Callable[[float, str], None]
"""Hears how much is done, from 0 to 1, and in words what comes."""
Moment = tuple[int, float, float]


class Made(NamedTuple):
    """What was made."""

    story: Story
    services: tuple[str, ...]
    rows: int
    probes: int


def names(services: int) -> tuple[str, ...]:
    """Names of the services beyond the shop's own: they say what they are."""
    return tuple(f"generated-{number:02}" for number in range(len(SERVICES) + 1, services + 1))


def make(
    store: "SqliteStore", now: float, days: float, *, services: int = len(SERVICES), seed: int = 1, told: Told
) -> Made:
    """Write the last `days` days before `now` into a store that has none of them yet. Raises StoreError.

    The same arguments make the same history. Whole hours are written as a store keeps them; the minutes since the last
    full hour as they would have been recorded.
    """
    extra = names(services)
    past = story(now, days, extra, seed)
    rows = parts(past, extra, socket.gethostname() or "host")
    history = _History(past, rows, extra, seed)
    _mark(store, extra, past)
    store.append([Record(at=past.end, happened=events(past))])
    first, last = int(past.start // HOUR_S), int(past.end // HOUR_S)
    for done, row in enumerate(rows):
        told(done / len(rows), row.id)
        for begin in range(first, last, _AT_ONCE):
            store.bulk(history.packed(row, range(begin, min(begin + _AT_ONCE, last))))
    store.append(list(history.tail(last)))
    told(1.0, "")
    return Made(past, (*SERVICES, *extra), len(rows), history.probes)


def _mark(store: "SqliteStore", extra: Sequence[str], past: Story) -> None:
    """Say in the store what it is: generated, of the demo, with the promises of its services."""
    store.note("generated", f"by `watchfloor demo --history`, {(past.end - past.start) / DAY_S:.1f} days")
    store.note("name", "demo shop")
    store.note("environment", "demo")
    slos = msgspec.convert(list(slo_tables((*SERVICES, *extra), "30d")), list[Slo], dec_hook=_length)
    store.note("slos", msgspec.json.encode(slos, enc_hook=float).decode())


def _length(_: type, value: object) -> object:
    """Read the lengths of time of the tables."""
    return Duration.parse(value)


class _History:
    """The story, hour by hour."""

    def __init__(self, past: Story, rows: Sequence[Part], extra: Sequence[str], seed: int) -> None:
        self._past = past
        self._rows = rows
        self._chance = random.Random(seed)  # noqa: S311 - no secret, and the same each time
        self._counters = {f"service:{name}": self._counter(name, extra) for name in (*SERVICES, *extra)}
        self._hours: dict[int, Sequence[Moment]] = {}
        self.probes = 0

    def _counter(self, name: str, extra: Sequence[str]) -> Probes:
        median_s = _MEDIANS_S.get(name, 0.02)
        return Probes(median_s, _EXTRA_PROBES if name in extra else _PROBES, self._past.of(name), self._chance)

    def packed(self, row: Part, hours: Sequence[int]) -> list[PackedHour]:
        """A row's hours as a store keeps them."""
        return [self._packed(row, hour, self._moments(hour)) for hour in hours]

    def _moments(self, hour: int) -> Sequence[Moment]:
        """The minutes of an hour that the story has: number, beginning, and the load then; the same for all rows."""
        made = self._hours.get(hour)
        if made is None:
            starts = [hour * HOUR_S + minute * MINUTE_S for minute in range(60)]
            made = [(i, float(at), load_at(at)) for i, at in enumerate(starts) if at < self._past.end]
            self._hours[hour] = made
        return made

    def _packed(self, row: Part, hour: int, moments: Sequence[Moment]) -> PackedHour:
        kind = row.id.partition(":")[0]
        states = row.states([(minute, at + _READ_AT_S, load) for minute, at, load in moments], self._chance)
        made = packed(row.id, kind, hour, {}, states)
        counter = self._counters.get(row.id)
        if counter is None:
            return made
        counted = self._count(counter, moments)
        return msgspec.structs.replace(
            made,
            total=counted.total,
            failed=counted.failed,
            sketch=counted.latencies.pack(),
            minutes=squeeze(pack_minutes([each[:3] for each in counted.minutes])),
            sketches=pack_sketches({each[0]: each[3] for each in counted.minutes}),
        )

    def _count(self, counter: Probes, moments: Sequence[Moment]) -> Counted:
        counted = counter.hour(moments)
        self.probes += counted.total
        return counted

    def tail(self, hour: int) -> Iterator[Record]:
        """The minutes since the last full hour, each as one record."""
        for moment in self._moments(hour):
            at = moment[1] + _READ_AT_S
            counted = {row: self._count(counter, [moment]).minutes[0] for row, counter in self._counters.items()}
            yield Record(
                at=at,
                rows=[unflatten(row.states([(0, at, moment[2])], self._chance)[0]) for row in self._rows],
                counted={
                    row: Events(total=total, failed=failed, latencies=sketch)
                    for row, (_, total, failed, sketch) in counted.items()
                },
            )
