"""How grave a difference is: by the config's own globs first, then by the rules of `severity.toml`."""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path as File

import msgspec

from ops.drift.matching import fits, source_of
from ops.drift.structs import Difference, Kind, Severity

DEFAULT: Severity = "warning"


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Differences of one severity."""

    paths: tuple[str, ...]
    """Globs, as in `ops.drift.matching.fits`."""
    severity: Severity
    changes: tuple[Kind, ...] = ()
    """Any of these; all where none is said."""
    whole: bool = False
    """Only items that came or went whole, not facts of one that stayed."""


@cache
def built_in() -> tuple[Rule, ...]:
    """The rules that come with watchfloor, in their order."""
    text = File(__file__).with_name("severity.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text)["severity"], tuple[Rule, ...])


class Severities:
    """The rules of a config and the built-in ones, sorted by the source that they are for."""

    def __init__(self, own: Mapping[str, Severity]) -> None:
        said = (Rule(paths=(glob,), severity=severity) for glob, severity in own.items())
        self._rules = (*said, *built_in())
        self._by_source: dict[str, list[tuple[str, Rule]]] = {}

    def of(self, difference: Difference) -> Severity:
        """What the first rule that fits says."""
        path = difference.place
        if path.source not in self._by_source:
            self._by_source[path.source] = list(self._for(path.source))
        for glob, rule in self._by_source[path.source]:
            if rule.whole and path.fact:
                continue
            if (not rule.changes or difference.kind in rule.changes) and fits(glob, path):
                return rule.severity
        return DEFAULT

    def _for(self, source: str) -> Iterator[tuple[str, Rule]]:
        for rule in self._rules:
            yield from ((glob, rule) for glob in rule.paths if source_of(glob) in ("", source))
