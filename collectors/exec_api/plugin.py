"""Reads what a monitoring plugin prints: a line, more lines, and performance data after "|".

The form is that of the Nagios plugin development guidelines ("Plugin Output for Nagios", "Performance data").
"""

import re
from collections.abc import Mapping
from math import isfinite
from typing import NamedTuple

from collectors.base import Value
from collectors.text import clean

PERF_LIMIT = 50
"""Figures kept of one plugin."""
_LABEL_LIMIT = 60
_FIELD = re.compile(r"(?:'((?:[^']|''){1,200})'|([^\s=']+))=(\S*)|\S+")
"""A label, quoted or bare, and what follows its sign of equality; or a word that is none of it."""
_VALUE = re.compile(r"(-?\d*\.?\d+(?:[eE][-+]?\d{1,3})?|U)([A-Za-z%]*)")
_UNITS: Mapping[str, tuple[float, str]] = {
    "s": (1.0, "_s"),
    "ms": (1e-3, "_s"),
    "us": (1e-6, "_s"),
    "ns": (1e-9, "_s"),
    "%": (1.0, "_percent"),
    "b": (1.0, "_bytes"),
    "kb": (2.0**10, "_bytes"),
    "mb": (2.0**20, "_bytes"),
    "gb": (2.0**30, "_bytes"),
    "tb": (2.0**40, "_bytes"),
    "kib": (2.0**10, "_bytes"),
    "mib": (2.0**20, "_bytes"),
    "gib": (2.0**30, "_bytes"),
    "tib": (2.0**40, "_bytes"),
}
"""By unit in small letters: its size in the unit of our facts, and how their names end. KB is 1024, as check_disk's."""


class Figure(NamedTuple):
    """One figure of the performance data, as it was written; `value` is None for "U" (not known)."""

    label: str
    value: float | None
    unit: str
    ranges: tuple[str, str, str, str]
    """Warning, critical, least and most; "" where not given."""

    def fact(self) -> tuple[str, Value]:
        """Its name with the unit at the end ("time_s"), and its value in that unit."""
        size, ending = _UNITS.get(self.unit.lower(), (1.0, ""))
        name = self.label if self.label.endswith(ending) else self.label + ending
        if self.value is None:
            return name, None
        value = round(self.value * size, 9)
        if not isfinite(value):
            return name, None
        return name, int(value) if value.is_integer() and (ending == "_bytes" or self.unit in ("", "c")) else value

    def words(self) -> str:
        """Its ranges, such as "load1: warning 15, critical 30, least 0"; "" without any."""
        names = ("warning", "critical", "least", "most")
        given = [f"{name} {clean(end, 40)}" for name, end in zip(names, self.ranges, strict=True) if end]
        return f"{self.label}: {', '.join(given)}" if given else ""


class Said(NamedTuple):
    """What a plugin said."""

    line: str
    """The first line, which is its summary."""
    more: str
    figures: tuple[Figure, ...]
    left_out: int
    """Figures beyond the limit, and words that are none."""


def parse_output(text: str) -> Said:
    """Take an output apart: "line | data", then long lines, and after a "|" in them only data."""
    first, _, rest = text.partition("\n")
    line, _, data = first.partition("|")
    more, _, more_data = rest.partition("|")
    figures, left_out = parse_figures(f"{data} {more_data}")
    return Said(line.strip(), more.strip("\r\n"), figures, left_out)


def parse_figures(data: str) -> tuple[tuple[Figure, ...], int]:
    """Read performance data, "'label'=value[UOM];[warn];[crit];[min];[max] …", and count what is left out."""
    found: dict[str, Figure] = {}
    left_out = 0
    for match in _FIELD.finditer(data):
        figure = _figure(match)
        if figure is None or (len(found) >= PERF_LIMIT and figure.label not in found):
            left_out += 1
        else:
            found[figure.label] = figure
    return tuple(found.values()), left_out


def _figure(match: "re.Match[str]") -> Figure | None:
    quoted, bare, written = match.groups()
    if written is None:
        return None
    value, *ranges = written.split(";", 5)
    number = _VALUE.fullmatch(value)
    label = clean((quoted.replace("''", "'") if quoted is not None else bare).strip(), _LABEL_LIMIT)
    if number is None or not label:
        return None
    amount = None if number[1] == "U" else float(number[1])
    if amount is not None and not isfinite(amount):
        return None
    warning, critical, least, most = (*ranges, "", "", "", "")[:4]
    return Figure(label, amount, number[2], (warning, critical, least, most))
