"""What a person answers over an incident, read: a priority, a person, a number, how long to be silent. Pure."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from collectors.text import clean
from collectors.units import Duration
from ops.alerts.structs import Matcher, Silence
from ops.figures import duration
from ops.incidents.structs import PRIORITIES, Incident, Priority

LONGEST_S = 30 * 86400.0
"""No silence from a screen is longer: who wants more writes `[[quiet]]`."""
_DIGITS = 9


class Wrong(Exception):
    """An answer that can't be taken; its text says why, and what can."""


class Person(NamedTuple):
    """Who gets it ("" for oneself), and in which role ("" for the incident itself)."""

    name: str
    role: str = ""


def priority(text: str) -> tuple[Priority, str]:
    """Read "2 only checkout" or "P2": the priority and why. Raises Wrong."""
    first, _, why = text.partition(" ")
    wanted = first.upper() if first.upper().startswith("P") else f"P{first}"
    found = next((each for each in PRIORITIES if each == wanted), None)
    if found is None:
        raise Wrong(f"{clean(first) or 'nothing'} is no priority: P1 (gravest), P2, P3 or P4, then why")
    return found, why.strip()


def person(text: str) -> Person:
    """Read "alice", or "lead: alice"; nothing is oneself. Raises Wrong."""
    role, colon, name = text.partition(":")
    if not colon:
        return Person(text.strip())
    if not role.strip():
        raise Wrong('a role has a name: "lead: alice"')
    return Person(name.strip(), role.strip().lower())


def number(text: str, own: int) -> int:
    """Read "41" or "INC-41", another incident than the own. Raises Wrong."""
    found = _whole(text.upper().removeprefix("INC-"))
    if found is None:
        raise Wrong(f"{clean(text) or 'nothing'} is no incident: its number, as the list shows it")
    if found == own:
        raise Wrong("it can't be merged into itself: the number of another")
    return found


def _whole(word: str) -> int | None:
    """A number of at most nine digits; None for anything else."""
    return int(word) if word.isdecimal() and len(word) <= _DIGITS else None


def chosen(text: str, keys: Sequence[str]) -> list[str]:
    """Read "2 3": the keys with these numbers, from 1. Raises Wrong for none, all, or one that is not there."""
    numbers = [_whole(word) or 0 for word in text.replace(",", " ").split()]
    if not numbers or any(not 1 <= each <= len(keys) for each in numbers):
        raise Wrong(f"numbers of alerts from 1 to {len(keys)}, as they are listed above")
    found = list(dict.fromkeys(keys[each - 1] for each in numbers))
    if len(found) == len(keys):
        raise Wrong("one alert must stay: an incident without any is none")
    return found


def length_s(text: str) -> float:
    """Read "30m", "2h" or "1d": how long to be silent, seconds. Raises Wrong."""
    try:
        found = float(Duration.parse(text))
    except ValueError as error:
        raise Wrong(f'{clean(text) or "nothing"} is no length of time: "30m", "2h", "1d"') from error
    if not 0 < found <= LONGEST_S:
        raise Wrong(f"from a moment to {duration(LONGEST_S)}; what comes again and again is [[quiet]] in the config")
    return found


def ended(text: str, silences: Sequence[Silence], now: float) -> int | None:
    """Read "end 3": the silence to end; None where something else was said. Raises Wrong for one that is not there."""
    words = text.lower().split()
    if not words or words[0] != "end":
        return None
    there = [silence.id for silence in silences if silence.state(now) != "expired"]
    wanted = _whole(words[1]) if len(words) == 2 else None
    if wanted not in there:
        raise Wrong(f"silences that can be ended: {', '.join(map(str, there)) or 'none'}")
    return wanted


def matchers(incident: Incident) -> tuple[Matcher, ...]:
    """What the alerts of an incident, and nothing else, have in common: their rows. Raises Wrong without any."""
    rows = tuple(dict.fromkeys(incident.rows))
    if not rows:
        raise Wrong("it has no alerts that could be silenced")
    if len(rows) == 1:
        return (Matcher(label="row", op="=", value=rows[0]),)
    return (Matcher(label="row", op="=~", value="|".join(map(re.escape, rows))),)


def standing(silences: Sequence[Silence], now: float) -> str:
    """The silences that stand, in a few words: "3 by alice for 40m more: migration"."""
    active = [silence for silence in silences if silence.state(now) == "active"]
    told = [f"{each.id} by {each.author} for {duration(each.end - now)} more: {each.comment}" for each in active[:3]]
    more = f", and {len(active) - 3} more" if len(active) > 3 else ""
    return clean("; ".join(told)) + more
