"""What differs between what was agreed and what is: pure, exact, and never "gone" for what could not be read.

A source counts only where both sides have captured it. What was unreadable when it was agreed on is not known, so that
nothing about it differs; what is unreadable now is told once, in place of all that it hides.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import chain

import msgspec

from ops.drift.structs import SEVERITIES, Baseline, Captured, Difference, Item, Kind, Path, Value

WHOLE = "*"
"""Item of a path that is a whole source, where that can't be read."""
KEY_SIGNS = 16
_BEHIND_ALL = "\U0010ffff" * 2


def differences(baseline: Baseline, captured: Iterable[Captured]) -> tuple[Difference, ...]:
    """All that differs, each once, by path. Severity, and whether it counts, are said by others."""
    live = {one.source: one for one in captured}
    pairs = ((agreed, live[agreed.source]) for agreed in baseline.captured if agreed.source in live)
    found = chain.from_iterable(_of_source(before, after) for before, after in pairs)
    return tuple(sorted(found, key=lambda one: one.path))


def not_agreed(baseline: Baseline, captured: Iterable[Captured]) -> tuple[str, ...]:
    """Sources that were captured now and that the baseline knows nothing of, sorted."""
    known = {one.source for one in baseline.captured}
    return tuple(sorted(one.source for one in captured if one.source not in known and one.items))


def gravest_first(found: Iterable[Difference]) -> tuple[Difference, ...]:
    """In the order in which they are shown: what counts first, the gravest first, then by path."""
    rank = {severity: -place for place, severity in enumerate(SEVERITIES)}
    return tuple(sorted(found, key=lambda one: (not one.counts, rank[one.severity], one.path)))


def value_key(difference: Difference) -> str:
    """A digest of what is now in place of what was agreed: what `drift accept` accepts, no more and no less.

    Why something can't be read is not in it: such words change by themselves.
    """
    same = [difference.kind, difference.after, sorted(difference.facts.items()) if difference.kind == "added" else []]
    return sha256(msgspec.json.encode(same)).hexdigest()[:KEY_SIGNS]


def identity(difference: Difference) -> tuple[str, str]:
    """The same only for a difference of the same thing to the same value."""
    return difference.path, value_key(difference)


def _of_source(before: Captured, after: Captured) -> Iterator[Difference]:
    if before.unreadable:
        return
    dark = after.unreadable or _not_asked(before, after)
    if dark:
        yield _unreadable(Path(before.source, WHOLE), dark)
        return
    agreed = {item.name: item for item in before.items}
    live = {item.name: item for item in after.items}
    before_ends, after_ends = _ends(before, agreed), _ends(after, live)
    before_dark, after_dark = _dark(agreed), _dark(live)
    for name in sorted(agreed.keys() | live.keys()):
        path = Path(before.source, name)
        if name not in live:
            if name < after_ends and not _below(name, after_dark):
                yield from _gone(path, agreed[name])
        elif name not in agreed:
            if name < before_ends and not _below(name, before_dark):
                yield _new(path, live[name])
        else:
            yield from _of_item(path, agreed[name], live[name])


def _not_asked(before: Captured, after: Captured) -> str:
    """Why nobody knows what became of it, where nothing reads it by now, as without an engine: "" where it is gone.

    What is called by its place on this host is gone where nothing of its kind is there any more.
    """
    elsewhere = any(not item.name.startswith("/") for item in before.items)
    return after.nothing if elsewhere else ""


def _ends(captured: Captured, items: Mapping[str, Item]) -> str:
    """The name from which on nobody knows what is missing: the last ones by name are left out where they are many."""
    return max(items, default="") if captured.left_out else _BEHIND_ALL


def _new(path: Path, live: Item) -> Difference:
    """A folder of which nothing is known any more was not agreed on, only what was in it."""
    if "" in live.unreadable:
        return _unreadable(path, live.unreadable[""])
    return Difference(path=path.text, kind="added", facts=live.facts)


def _dark(items: Mapping[str, Item]) -> frozenset[str]:
    """Items that can't be read at all: a folder, a target. Nobody knows what is below them."""
    return frozenset(name.rstrip("/") for name, item in items.items() if "" in item.unreadable)


def _below(name: str, dark: frozenset[str]) -> bool:
    """Whether it is below one of them: "/etc/cron.d/x" is below "/etc/cron.d", "local/web-1" below "local"."""
    parts = name.split("/") if dark else ()
    return any("/".join(parts[:end]) in dark for end in range(1, len(parts)))


def _gone(path: Path, agreed: Item) -> Iterator[Difference]:
    if "" not in agreed.unreadable:
        yield Difference(path=path.text, kind="removed", facts=agreed.facts, kept=agreed.kept)


def _of_item(path: Path, agreed: Item, live: Item) -> Iterator[Difference]:
    """Facts that were unreadable hide what is below them too: "env" hides "env.HOME"."""
    if "" in agreed.unreadable:
        return
    if "" in live.unreadable:
        yield _unreadable(path, live.unreadable[""], kept=agreed.kept)
        return
    for fact in _unreadable_now(agreed, live):
        yield _unreadable(path._replace(fact=fact), live.unreadable[fact], agreed.facts.get(fact), kept=agreed.kept)
    if agreed.facts == live.facts and not _mixed(agreed.facts, live.facts):
        return
    for fact in sorted(agreed.facts.keys() | live.facts.keys()):
        if not _hidden(fact, agreed.unreadable) and not _hidden(fact, live.unreadable):
            before, after = agreed.facts.get(fact), live.facts.get(fact)
            if not _is_same(before, after):
                yield _fact(path._replace(fact=fact), before, after, kept=agreed.kept)


def _unreadable_now(agreed: Item, live: Item) -> Sequence[str]:
    """The facts that could be read when it was agreed on; where nothing was agreed of any of them, the first."""
    dark = sorted(fact for fact in live.unreadable if not _hidden(fact, agreed.unreadable))
    known = [fact for fact in dark if any(_hidden(own, (fact,)) for own in agreed.facts)]
    return known or dark[:1]


def _fact(path: Path, before: Value | None, after: Value | None, *, kept: bool) -> Difference:
    kind: Kind = "added" if before is None else "removed" if after is None else "changed"
    if isinstance(before, tuple) and isinstance(after, tuple) and sorted(before) == sorted(after):
        kind = "reordered"
    return Difference(path=path.text, kind=kind, before=before, after=after, kept=kept)


def _unreadable(path: Path, why: str, before: Value | None = None, *, kept: bool = True) -> Difference:
    return Difference(path=path.text, kind="unreadable", before=before, reason=why, kept=kept)


def _hidden(fact: str, unreadable: Collection[str]) -> bool:
    return bool(unreadable) and any(fact == name or fact.startswith(f"{name}.") for name in unreadable)


def _mixed(before: Mapping[str, Value], after: Mapping[str, Value]) -> bool:
    """Whether figures that are equal are of another kind, as True and 1 are, which Python does not tell apart."""
    return any(type(value) is not type(after[fact]) for fact, value in before.items())


def _is_same(before: Value | None, after: Value | None) -> bool:
    return type(before) is type(after) and before == after


def counted(found: Sequence[Difference]) -> Mapping[str, int]:
    """How many count, by severity; "unreadable" (of those), "ignored" and "expected" beside them."""
    counts = dict.fromkeys((*SEVERITIES, "unreadable", "ignored", "expected"), 0)
    for one in found:
        if one.ignored:
            counts["ignored"] += 1
        elif one.expected:
            counts["expected"] += 1
        else:
            counts[one.severity] += 1
            counts["unreadable"] += one.kind == "unreadable"
    return counts
