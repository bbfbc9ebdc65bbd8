"""The story of a generated history: which outages and deploys there were, of exactly known length. Pure."""

import math
import random
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ops.demo.plan import SERVICES
from ops.store.contract import DAY_S, HOUR_S, MINUTE_S, Event

_WEEKEND = 0.6
"""Of the load of a working day."""
_QUIETEST_HOUR = 3.0


class Trouble(NamedTuple):
    """Something that went wrong for a while."""

    start: float
    """UTC seconds, a whole minute, as is the length: so many minutes' probes fail."""
    length_s: float
    services: tuple[str, ...]
    """Those that fail, or are slow."""
    failing: float
    """The share of their probes that fails."""
    slower: float
    """How many times longer answers take."""
    word: str
    reason: str
    """Why a service is not well, as its row tells it."""
    cause: str = ""
    """Id of the part that is not well either, and explains it."""
    cause_word: str = ""
    cause_reason: str = ""
    restarts: str = ""
    """Name of the process that was started anew at the end."""
    deployed: str = ""
    """The service that was deployed just before; it is rolled back at the end."""

    @property
    def end(self) -> float:
        """When it was over."""
        return self.start + self.length_s


class Story(NamedTuple):
    """All that happened between two moments."""

    start: float
    end: float
    troubles: tuple[Trouble, ...]
    """By their beginning; none overlaps another of the same service."""

    def of(self, service: str) -> tuple[Trouble, ...]:
        """The troubles of one service."""
        return tuple(trouble for trouble in self.troubles if service in trouble.services)


_DOWN = ("down", "HTTP 503 for 2 probes")
_PLAN: tuple[tuple[float, Trouble], ...] = (
    (26.3, Trouble(0, 420, ("checkout", "catalog", "web"), 1.0, 1.0, *_DOWN, "postgres:shop", "down",
                   "postgres shop refuses connections", "postgres")),
    (19.6, Trouble(0, 360, ("checkout", "web"), 0.5, 1.0, "down", "HTTP 500 for 2 probes", deployed="checkout")),
    (12.4, Trouble(0, 660, ("payments", "checkout", "web"), 1.0, 1.0, *_DOWN, "redis:cache", "full",
                   "redis cache uses 100 % of its memory and refuses writes", "redis")),
    (5.2, Trouble(0, 1500, ("web",), 0.0, 30.0, "slow", "total_s 620 ms, over 400 ms")),
    (2.3, Trouble(0, 240, ("web",), 1.0, 1.0, "down", "connection refused", "process:web", "gone",
                  "process web is not running", "web")),
)  # fmt: skip
"""(days before the end, what happened) in the shop."""
_MOST_EXTRA = 3
_LENGTHS_S = (120, 180, 300, 540, 900)


def story(end: float, days: float, extra: Sequence[str] = (), seed: int = 1) -> Story:
    """What happened in the days before `end` to the shop and to `extra` services. The same for the same arguments."""
    end = end // MINUTE_S * MINUTE_S
    start = (end - days * DAY_S) // HOUR_S * HOUR_S
    troubles = [_moved(end - before * DAY_S, trouble) for before, trouble in _PLAN]
    for name in extra:
        troubles += _of_extra(name, start, end, random.Random(f"{seed} {name}"))  # noqa: S311 - no secret
    kept = [trouble for trouble in troubles if start + HOUR_S <= trouble.start and trouble.end <= end - HOUR_S]
    return Story(start, end, tuple(sorted(kept)))


def _moved(at: float, trouble: Trouble) -> Trouble:
    return trouble._replace(start=at // MINUTE_S * MINUTE_S)


def _of_extra(name: str, start: float, end: float, chance: random.Random) -> Iterator[Trouble]:
    """A few outages of one service, each in a part of the time of its own."""
    count = chance.randrange(_MOST_EXTRA + 1)
    for number in range(count):
        share = (end - start) / count
        at = start + share * (number + 0.1 + 0.7 * chance.random())
        yield _moved(at, Trouble(0, chance.choice(_LENGTHS_S), (name,), 1.0, 1.0, *_DOWN))


def load_at(at: float) -> float:
    """How busy the shop is, from 0 to 1: quiet at 3 in the morning (UTC), busy in the afternoon, less at weekends."""
    hour = at % DAY_S / HOUR_S
    weekend = int(at // DAY_S + 4) % 7 in (0, 6)
    return (0.5 - 0.5 * math.cos((hour - _QUIETEST_HOUR) * math.pi / 12)) * (_WEEKEND if weekend else 1.0)


def events(told: Story) -> list[Event]:
    """What a recorder would have written down, oldest first: levels, restarts and deploys."""
    found: list[Event] = []
    for trouble in told.troubles:
        found += _events(trouble)
    for number, at in enumerate(_releases(told)):
        name = SERVICES[number % len(SERVICES)]
        minor = number // len(SERVICES)
        found.append(_deploy(at, name, f"1.{minor}.0", f"1.{minor + 1}.0"))
        found.append(Event(at=at, kind="restart", row=f"process:{name}", text=f"{name} was started anew"))
    return sorted(found, key=lambda event: event.at)


def _releases(told: Story) -> Iterator[float]:
    """One release every five days, in the morning of a working day."""
    day = math.ceil(told.start / DAY_S)
    while (day * DAY_S + 10 * HOUR_S) < told.end:
        if int(day + 4) % 7 not in (0, 6):
            yield day * DAY_S + 10 * HOUR_S
            day += 4
        day += 1


def _events(trouble: Trouble) -> Iterator[Event]:
    level = "warning" if trouble.word == "slow" else "critical"
    if trouble.deployed:
        yield _deploy(trouble.start - 40, trouble.deployed, "2.0.3", "2.1.0")
    if trouble.cause:
        yield _level(trouble.start, trouble.cause, "ok", "critical", trouble.cause_reason)
    for name in trouble.services:
        yield _level(trouble.start + 2, f"service:{name}", "ok", level, trouble.reason)
    if trouble.restarts:
        text = f"{trouble.restarts} was started anew"
        yield Event(at=trouble.end - 1, kind="restart", row=f"process:{trouble.restarts}", text=text)
    if trouble.deployed:
        yield _deploy(trouble.end - 5, trouble.deployed, "2.1.0", "2.0.3")
    if trouble.cause:
        yield _level(trouble.end, trouble.cause, "critical", "ok", "")
    for name in trouble.services:
        yield _level(trouble.end, f"service:{name}", level, "ok", "")


def _level(at: float, row: str, before: str, after: str, text: str) -> Event:
    return Event(at=at, kind="level", row=row, text=text or "it is well again", before=before, after=after)


def _deploy(at: float, service: str, before: str, after: str) -> Event:
    text = f"{service} runs shop {after} now, before it was {before}"
    return Event(at=at, kind="deploy", row=f"service:{service}", text=text, before=before, after=after)
