"""What was found, captured and kept of drift as lines of text, and as the fields of its JSON."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from collectors.text import clean
from ops.board import Level
from ops.drift.compare import counted
from ops.drift.ignoring import counts as by_rule
from ops.drift.rows import clause
from ops.drift.structs import SEVERITIES, Baseline, Difference, Findings, Head, Path, Seen, Severity, SourceRead
from ops.figures import count, duration, several
from ops.past.wall import moment
from ops.redact import shown
from tui.cli.fix_list import aligned
from tui.cli.output import glyphs, signed
from tui.cli.table import width

VERDICTS = ("none", "unknown", "drift")
"""As agreed; something that was agreed can't be read, and all else is as agreed; something is not as agreed."""
_STATUS: Mapping[str, int] = {"none": 0, "unknown": 1, "drift": 2}
_LEVELS: Mapping[Severity, Level] = {"warning": "warning", "critical": "critical"}
_GRADE = 10
_PATH = 60
"""Cells that paths are padded to; longer ones are whole all the same."""
_COUNTS = (*reversed(SEVERITIES), "unreadable", "ignored", "expected")
_GRAVEST = 5


def verdict(found: Findings) -> str:
    """One of VERDICTS."""
    kinds = {one.kind for one in found.drift}
    return "drift" if kinds - {"unreadable"} else "unknown" if kinds else "none"


def status(found: Findings) -> int:
    """The exit status: 0 as agreed, 2 drift, 1 where it can't be told."""
    return _STATUS[verdict(found)]


def fields(found: Findings) -> dict[str, object]:
    """Everything, for JSON; each difference says whether it counts."""
    differences = [
        {**{name: getattr(one, name) for name in one.__struct_fields__}, "counts": one.counts}
        for one in found.differences
    ]
    rest = {name: getattr(found, name) for name in found.__struct_fields__ if name != "differences"}
    return {"verdict": verdict(found), "counts": counted(found.differences), **rest, "differences": differences}


def grade(severity: Severity) -> str:
    """How grave, with a sign; what is only information has none of a level."""
    level = _LEVELS.get(severity)
    return signed(level, severity, _GRADE) if level else f"{glyphs().dot} {severity}".ljust(_GRADE)


def said(one: Difference) -> str:
    """What became of it, in one clause."""
    return clause(one)


def why_not(one: Difference) -> str:
    """Why it is no drift; "" where it is."""
    if one.ignored:
        return f"ignored by {clean(one.ignored)}"
    return shown(one.expected)


def head_lines(found: Findings) -> Iterator[str]:
    """What was compared with what, and how many differences there are; then what must be said beside it."""
    baseline, numbers = found.baseline, counted(found.differences)
    of = f'baseline "{clean(baseline.name)}" ({moment(baseline.at)}, {clean(baseline.host)}, {clean(baseline.user)})'
    than = f'"{clean(found.against)}" and ' if found.against else ""
    told = ", ".join(f"{count(numbers[name])} {name}" for name in _COUNTS if numbers[name])
    level: Level = "critical" if numbers["critical"] else "warning" if found.drift else "ok"
    words = {"none": "as agreed", "unknown": "not all can be read", "drift": "drift"}[verdict(found)]
    yield signed(level, f"{words}: {than}{of}{f': {told}' if told else ''}")
    for source in found.sources:
        if source.unreadable:
            yield f"  {source.source} can't be read: {shown(source.unreadable)}"
    yield from (f"  {shown(note)}" for note in found.notes)


def detect_lines(found: Findings, *, every: bool) -> Iterator[str]:
    """A line for each difference that counts, or for `every` one, gravest first."""
    yield from head_lines(found)
    differences = found.differences if every else found.drift
    cells = min(_PATH, max((width(one.path) for one in differences), default=0))
    for one in differences:
        path = one.path + " " * (cells - width(one.path))
        since = f" (for {duration(found.at - one.since)})" if 0 < one.since < found.at else ""
        beside = f"; {why_not(one)}" if why_not(one) else ""
        yield f"{grade(one.severity)} {path}  {said(one)}{since}{beside}"


def by_source(found: Findings) -> dict[str, Mapping[str, int]]:
    """Counts of each source that was looked at or has differences."""
    names = sorted({one.source for one in found.sources} | {one.place.source for one in found.differences})
    return {name: counted([one for one in found.differences if one.place.source == name]) for name in names}


def summary_lines(found: Findings, ignore: Sequence[str], *, every: bool) -> Iterator[str]:
    """Counts by source, what the rules ignore, and the gravest few."""
    yield from head_lines(found)
    read = {one.source: one for one in found.sources}
    lines = [
        (name, *(str(numbers[one] or "") for one in _COUNTS), _state(read.get(name)))
        for name, numbers in by_source(found).items()
        if every or any(numbers.values()) or not (read.get(name) and read[name].nothing)
    ]
    yield from aligned([("source", *_COUNTS, "read"), *lines])
    rules = by_rule(found.differences, ignore)
    yield from (f"ignored by {clean(rule)}: {count(number)}" for rule, number in rules.items())
    if every:
        yield from (f"{one.path}: {why_not(one)}" for one in found.differences if one.expected)
    for one in found.drift[:_GRAVEST]:
        yield f"{grade(one.severity)} {one.path}  {said(one)}"
    left = len(found.drift) - _GRAVEST
    if left > 0:
        yield f"and {left} more; `watchfloor drift detect` names them"


def _state(read: SourceRead | None) -> str:
    if read is None:
        return ""
    if read.unreadable or read.nothing:
        return f"can't be read: {shown(read.unreadable)}" if read.unreadable else f"nothing: {shown(read.nothing)}"
    over = f", {count(read.left_out)} more left out" if read.left_out else ""
    took = f", {duration(read.took_s)}" if read.took_s else ""
    return f"{several(read.items, 'item')}{over}{took}"


def captured(baseline: Baseline) -> list[SourceRead]:
    """How reading each source went, without what it gave."""
    return list(map(SourceRead.of, baseline.captured))


def captured_lines(baseline: Baseline, took_s: float) -> Iterator[str]:
    """What is agreed on from now on, source by source."""
    sources = captured(baseline)
    items = sum(one.items for one in sources)
    there = [one for one in sources if not one.nothing]
    yield (
        f'baseline "{baseline.head.name}": {several(items, "item")} of {several(len(there), "source")}, '
        f"in {duration(took_s)}; it is what is compared with from now on"
    )
    yield from aligned([(one.source, _state(one)) for one in there])
    nothing = [one.source for one in sources if one.nothing]
    if nothing:
        yield f"nothing there of: {', '.join(nothing)}"
    yield from _unknown(baseline)


def _unknown(baseline: Baseline) -> Iterator[str]:
    """What could not be read of items, and is not compared for that."""
    unread = [
        f"{Path(one.source, item.name, fact).text}: {shown(why)}"
        for one in baseline.captured
        for item in one.items
        for fact, why in item.unreadable.items()
    ]
    if unread:
        yield f"{several(len(unread), 'fact')} can't be read, and will not be compared:"
    yield from (f"  {line}" for line in unread[:_GRAVEST])
    if len(unread) > _GRAVEST:
        yield f"  and {len(unread) - _GRAVEST} more"


def list_lines(heads: Sequence[Head], current: str, edited: Collection[str] = ()) -> list[str]:
    """A line for each, newest first; the one that is compared with has a mark, and `edited` ones are said to be so."""
    cells = [
        (
            "*" if one.name == current else "",
            clean(one.name),
            moment(one.at),
            clean(one.host),
            clean(one.user),
            clean(one.version),
            one.id,
            "changed by hand" if one.name in edited else "",
        )
        for one in heads
    ]
    return aligned([("", "baseline", "captured", "host", "by", "version", "id", ""), *cells]) if cells else []


def history_lines(found: Iterable[Seen]) -> list[str]:
    """A line for each, newest first."""
    cells = [
        (
            moment(one.at),
            clean(one.baseline),
            *(str(getattr(one, name) or "") for name in _COUNTS),
            f"+{len(one.new)} -{len(one.gone)}",
            clean(", ".join((*(f"+{path}" for path in one.new[:2]), *(f"-{path}" for path in one.gone[:2])))),
        )
        for one in found
    ]
    return aligned([("when", "baseline", *_COUNTS, "", "first of them"), *cells]) if cells else []
