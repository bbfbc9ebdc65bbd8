"""Which requests count, and which of them failed, as the config says it. Pure."""

import re
from collections.abc import Iterable, Sequence
from itertools import compress
from typing import NamedTuple

from collectors.access_api.parse import Rows
from collectors.access_api.tally import FAILED
from collectors.access_api.words import path_of
from collectors.globs import matches

_WORD = re.compile(r"([1-5])(\d\d|xx)")


class Choice(NamedTuple):
    """How lines are read: their format as the config has it, the unit of times, what failed, and what is left out."""

    format: str
    unit: str = "s"
    failing: frozenset[int] = FAILED
    ignored: tuple[str, ...] = ()


def failed_statuses(words: Iterable[str]) -> frozenset[int]:
    """The statuses that "5xx", "429" and the like mean. Raises ValueError."""
    found: set[int] = set()
    for word in words:
        match = _WORD.fullmatch(word)
        if match is None:
            raise ValueError(f'failed is a list of statuses such as "5xx" and "429", which "{word}" is not')
        start = int(match[1]) * 100
        found |= set(range(start, start + 100)) if match[2] == "xx" else {int(word)}
    return frozenset(found)


def without(rows: Rows, ignored: Sequence[str]) -> Rows:
    """The requests whose path no glob of `ignored` means."""
    column = rows.columns.get("path", ()) if ignored else ()
    if not column:
        return rows
    known: dict[bytes | str, bool] = {}
    keep = []
    for value in column:
        if isinstance(value, bytes | str):
            if value not in known:
                known[value] = not matches(path_of(value), ignored)
            keep.append(known[value])
        else:
            keep.append(True)
    columns = {role: list(compress(values, keep)) for role, values in rows.columns.items()}
    return Rows(sum(keep), columns)
