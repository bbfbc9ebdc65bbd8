"""Differences that are no drift by rule: they stay in the findings, each with the rule that ignores it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from ops.drift.matching import fits, source_of
from ops.drift.structs import Difference


def ignored(difference: Difference, globs: Sequence[str]) -> str:
    """The first glob that means its path; "" for none. What a glob says of an item goes for all its facts."""
    path = difference.place
    return next((glob for glob in globs if source_of(glob) in ("", path.source) and fits(glob, path)), "")


def counts(found: Iterable[Difference], globs: Iterable[str]) -> Mapping[str, int]:
    """How many each rule ignores, in the order of the config; 0 for those that ignore nothing (any more)."""
    counted = Counter(one.ignored for one in found if one.ignored)
    return {glob: counted[glob] for glob in (*globs, *sorted(counted.keys() - set(globs)))}
