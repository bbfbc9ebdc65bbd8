"""The names that a config may use, and the nearest right one for a name that is wrong."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from importlib.resources import files

from collectors.registry import AnyCollector

_PART_KINDS = ("container", "queue", "alert")
"""Kinds of parts that are named without the section of the target that reads them."""
_AT_A_GLANCE = 5


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that is most like this one, or ""."""
    by_lower = {option.lower(): option for option in known}
    close = get_close_matches(name.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[close[0]] if close else ""


def did_you_mean(name: str, known: Iterable[str], look: str = "") -> str:
    """End a sentence about a wrong name: with the nearest right one, or with all that there are.

    Where all are more than are read at a glance, with `look`, which says what shows them.
    """
    options = tuple(known)
    close = nearest(name, options)
    if close:
        return f'did you mean "{close}"?'
    if look and len(options) > _AT_A_GLANCE:
        return look
    return f"there is {', '.join(options)}" if options else "there is none"


def nearest_target(reference: str, ids: Iterable[str]) -> str:
    """Like `did_you_mean` for target ids, where the section may have been left out: "shop" for "postgres:shop"."""
    options = tuple(ids)
    same_name = [target for target in options if target.partition(":")[2] == reference]
    return f'did you mean "{same_name[0]}"?' if same_name else did_you_mean(reference, options)


def metric_kind(metric: str, sections: Mapping[str, AnyCollector]) -> str:
    """The kind that a metric is of: "host.disk" for "host.disk.percent"; "" when no collector reads such a thing."""
    first, _, rest = metric.partition(".")
    if not rest or not (first in sections or first in _PART_KINDS):
        return ""
    return metric.rpartition(".")[0]


def is_part_kind(kind: str, sections: Mapping[str, AnyCollector]) -> bool:
    """True for what is a part of a target: "container", "queue", "host.disk"."""
    return kind in _PART_KINDS or (kind not in sections and bool(metric_kind(kind, sections)))


def kinds(sections: Mapping[str, AnyCollector]) -> tuple[str, ...]:
    """What a metric can begin with."""
    return tuple(sorted({*sections, *_PART_KINDS}))


@cache
def theme_names() -> frozenset[str]:
    """The themes that are there: one TOML file each."""
    return frozenset(entry.name[:-5] for entry in files("themes").iterdir() if entry.name.endswith(".toml"))
