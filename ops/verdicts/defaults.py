"""The thresholds that a row is judged by: the user's own, and the built-in ones of `defaults.toml` behind them."""

import tomllib
from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from collectors.units import Duration
from ops.config.quantity import Quantity
from ops.config.structs import Threshold

_MOMENTARY = (".cpu_percent", ".pressure_cpu_percent")
"""Figures whose built-in thresholds mean nothing without time: one pass sees a quarter of a second."""
_KEPT = 10_000
"""Answers that are kept where rows of a kind are judged each by its own."""


def _decode(kind: type, value: object) -> object:
    """Durations as text ("5s"), quantities as a number or such text; see `msgspec.convert(dec_hook=…)`."""
    if issubclass(kind, Duration):
        return Duration.parse(value)
    if issubclass(kind, Quantity):
        return Quantity(Duration.parse(value)) if isinstance(value, str) else Quantity(float(str(value)))
    raise NotImplementedError(f"no threshold has a {kind.__name__}")


@cache
def built_in() -> tuple[Threshold, ...]:
    """The thresholds that come with watchfloor, as `defaults.toml` says them."""
    text = Path(__file__).with_name("defaults.toml").read_text(encoding="utf-8")
    tables: list[dict[str, Any]] = tomllib.loads(text)["threshold"]
    return tuple(msgspec.convert(tables, list[Threshold], dec_hook=_decode))


class Limit(msgspec.Struct, frozen=True):
    """A threshold that applies to a row, by the fact that it judges."""

    fact: str
    threshold: Threshold
    built_in: bool


class Thresholds:
    """All thresholds, asked by row. A user's threshold replaces the built-in of its metric wholly, in matching rows.

    Of several that match, the one whose `row` glob has the most literal characters wins, then the last in the file.
    Nothing is taken over from a threshold that lost: a user's one with only `warning` has no critical.
    """

    def __init__(self, user: Iterable[Threshold] = (), *, at_once: bool = False) -> None:
        """With `at_once` nothing is held: for a single pass, which can't judge a moment's CPU either."""
        self.at_once = at_once
        ranked = [(False, threshold) for threshold in user] + [(True, threshold) for threshold in built_in()]
        if at_once:
            now = Duration(0)
            ranked = [
                (ours, msgspec.structs.replace(threshold, hold=now))
                for ours, threshold in ranked
                if not (ours and threshold.metric.endswith(_MOMENTARY))
            ]
        self._ranked = ranked
        self._found: dict[tuple[str, str], tuple[Limit, ...]] = {}
        self._alike: dict[str, bool] = {}
        """Of each kind, whether all rows of it are judged by the same."""

    def of(self, kind: str, row_id: str) -> tuple[Limit, ...]:
        """What judges a row of that kind; kept for the next poll, once for all rows where it is the same for all."""
        alike = self._alike.get(kind)
        if alike is None:
            alike = self._alike[kind] = all(one.row == "*" for _, one in self._ranked if _is_of(one, kind))
        key = kind, "" if alike else row_id
        found = self._found.get(key)
        if found is None:
            if len(self._found) > _KEPT:
                self._found.clear()
            found = self._found[key] = self._search(kind, row_id)
        return found

    def _search(self, kind: str, row_id: str) -> tuple[Limit, ...]:
        best: dict[str, tuple[tuple[bool, int], Limit]] = {}
        for own, threshold in self._ranked:
            if not _is_of(threshold, kind) or not fnmatchcase(row_id, threshold.row):
                continue
            fact = threshold.metric.removeprefix(f"{kind}.")
            strength = (not own, sum(char not in "*?[]" for char in threshold.row))
            if fact not in best or strength >= best[fact][0]:
                best[fact] = strength, Limit(fact, threshold, own)
        return tuple(limit for _, limit in best.values())


def _is_of(threshold: Threshold, kind: str) -> bool:
    return threshold.metric.startswith(f"{kind}.")
