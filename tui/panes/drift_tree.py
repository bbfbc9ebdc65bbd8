"""What differs, as a tree: sources, their items, the facts of those; and each as a line of a table. Pure."""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size

from collectors.text import LINE_LIMIT, clean
from ops.drift.structs import SEVERITIES, Difference, Findings, Path, Severity, SourceRead
from ops.figures import duration, several
from tui.glyphs import Glyphs
from tui.panes.cells import coarse_age
from tui.widgets.columns import Cell, Column, TableRow

COLUMNS = (
    Column("what", "what differs", align="left", least=16, grow=1),
    Column("state", "state", align="left", least=10),
    Column("since", "since", 4, optional=True),
)
OPEN_UP_TO = 300
"""Of so many differences all are in view at first; of more, items are folded."""
STYLES: dict[Severity, str] = {"critical": "critical", "warning": "warning", "info": "text"}
SPANS: tuple[tuple[float, str], ...] = ((0.0, ""), (3600.0, "in the last hour"), (86400.0, "in the last 24 hours"))
"""What "only new" can mean: seconds since a difference was first seen, and words for that; 0 for all."""


class View(NamedTuple):
    """What of the findings is wanted."""

    text: str = ""
    """Only differences with this text in their path or values; case does not matter."""
    inverse: bool = False
    """Only those without it."""
    new: int = 0
    """Place in `SPANS`."""
    all: bool = False
    """With what is expected or ignored, and with sources that have nothing to read."""
    turned: frozenset[str] = frozenset()
    """Ids of nodes that are folded where they would be open, and open where they would be folded."""


class Node(NamedTuple):
    """One line of the tree."""

    id: str
    depth: int
    label: str
    differences: Sequence[Difference] = ()
    """Of it and all below; of a fact the one."""
    leaf: bool = False
    """Whether it is one difference."""
    open: bool = False
    read: SourceRead | None = None
    """Of a source: how reading it went."""

    @property
    def difference(self) -> Difference | None:
        """The one that it is, or the gravest below it."""
        return self.differences[0] if self.differences else None


def wanted(findings: Findings, view: View, now: float) -> list[Difference]:
    """The differences that a view lets through, gravest first."""
    newest_s, text = SPANS[view.new][0], view.text.casefold()
    return [
        one
        for one in findings.differences
        if (view.all or one.counts)
        and (not newest_s or now - one.since < newest_s)
        and (not text or _has(one, text) != view.inverse)
    ]


def _has(one: Difference, text: str) -> bool:
    return any(text in part.casefold() for part in (one.path, _plain(one.before), _plain(one.after), one.expected))


def _plain(value: object) -> str:
    return "" if value is None else ", ".join(value) if isinstance(value, tuple) else str(value)


def tree(findings: Findings, view: View, now: float) -> list[Node]:
    """The lines of the tree from top to bottom: sources with the gravest differences first, then those without any."""
    found = wanted(findings, view, now)
    sources: dict[str, dict[str, list[Difference]]] = {}
    for one in found:
        place = one.place
        sources.setdefault(place.source, {}).setdefault(place.item, []).append(one)
    reads = {read.source: read for read in findings.sources}
    few = len(found) <= OPEN_UP_TO
    nodes: list[Node] = []
    for name, items in sources.items():  # in the order of the gravest of each
        nodes += _source(name, items, reads.get(name), view, few=few)
    if not (view.text or view.new):
        quiet = [read for read in reads.values() if read.source not in sources and (view.all or not read.nothing)]
        order = sorted(quiet, key=lambda read: (not read.unreadable, bool(read.nothing), read.source))
        nodes += [Node(f"{read.source}:", 0, read.source, read=read) for read in order]
    return nodes


def _source(
    name: str, items: dict[str, list[Difference]], read: SourceRead | None, view: View, *, few: bool
) -> Iterator[Node]:
    node = f"{name}:"
    is_open = node not in view.turned
    yield Node(node, 0, name, [one for group in items.values() for one in group], open=is_open, read=read)
    if is_open:
        for item, group in items.items():
            yield from _item(Path(name, item).text, item, group, view, few=few)


def _item(path: str, item: str, group: list[Difference], view: View, *, few: bool) -> Iterator[Node]:
    if len(group) == 1:
        fact = group[0].path.partition("#")[2]
        yield Node(group[0].path, 1, f"{item} {fact}" if fact else item, group, leaf=True)
        return
    node = f"{path}#"
    is_open = (node in view.turned) != few
    yield Node(node, 1, item, group, open=is_open)
    if is_open:
        for one in group:
            yield Node(one.path, 2, one.place.fact or "the whole of it", [one], leaf=True)


def counts(differences: Iterable[Difference]) -> dict[Severity, int]:
    """How many count, by severity, gravest first."""
    numbers = dict.fromkeys(reversed(SEVERITIES), 0)
    for one in differences:
        if one.counts:
            numbers[one.severity] += 1
    return numbers


def sign(severity: Severity, glyphs: Glyphs) -> str:
    """The sign of a severity; what is only information has a quiet one."""
    return glyphs.dot if severity == "info" else glyphs.levels[severity]


def counted(differences: Sequence[Difference], glyphs: Glyphs) -> str:
    """Counts in short: "● 1 ▲ 2 · 14"; what is expected or ignored stands behind in words."""
    parts = [f"{sign(severity, glyphs)} {number}" for severity, number in counts(differences).items() if number]
    expected = sum(bool(one.expected) for one in differences)
    ignored = sum(bool(one.ignored) for one in differences)
    parts += [f"{number} {word}" for number, word in ((expected, "expected"), (ignored, "ignored")) if number]
    return " ".join(parts)


class How(NamedTuple):
    """How the lines of a tree are shown."""

    now: float
    glyphs: Glyphs
    room: int = LINE_LIMIT
    """Cells for names; longer ones are cut in their middle."""


class TreeRow(TableRow):
    """A line of the tree. Its cells are made when they are looked at: of thousands of lines few are ever in view."""

    node: Node
    how: How

    @classmethod
    def of(cls, node: Node, how: How) -> "TreeRow":
        """The line of a node."""
        row = cls(node.id, ())
        row.node, row.how = node, how
        return row

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """Its name, how it stands, since when."""
        return _cells(self.node, self.how)

    @property
    def is_critical(self) -> bool:
        """Whether its state says so."""
        one = self.node.difference
        return one is not None and one.counts and one.severity == "critical"

    @property
    def width_key(self) -> Hashable:
        """The same where states are equally wide, or less wide: counts of items are in those of their source."""
        node, one = self.node, self.node.difference
        if node.leaf and one is not None:
            return one.kind, bool(one.ignored), bool(one.expected), bool(one.since)
        return node.id if node.depth == 0 else "item"

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)


def rows(nodes: Sequence[Node], now: float, glyphs: Glyphs, room: int = LINE_LIMIT) -> list[TreeRow]:
    """The tree as lines of a table; names that have no room in so many cells are cut in their middle."""
    how = How(now, glyphs, room)
    return [TreeRow.of(node, how) for node in nodes]


def measured(lines: Iterable[TableRow]) -> list[TableRow]:
    """Those that tell how wide the columns of all of them must be; names take what room is left."""
    found: dict[Hashable, TableRow] = {}
    for line in lines:
        found.setdefault(line.width_key if isinstance(line, TreeRow) else line.id, line)
    return list(found.values())


def shortened(text: str, room: int, glyphs: Glyphs) -> str:
    """A name of at most so many cells: of a longer one its beginning and its end, which tells more."""
    if cell_len(text) <= room:
        return text
    end = max((room - 1) * 2 // 3, 1)
    while cell_len(text[-end:]) > (room - 1) * 2 // 3 and end > 1:
        end -= 1
    tail = text[-end:]
    return set_cell_size(text, max(room - 1 - cell_len(tail), 0)).rstrip() + glyphs.ellipsis + tail


def _cells(node: Node, how: How) -> tuple[Cell, ...]:
    lead = "  " * node.depth + ("  " if node.leaf or not node.differences else f"{_fold(node, how.glyphs)} ")
    one = node.difference
    style = "muted" if one is None or not one.counts else "text" if node.leaf else "strong"
    name = shortened(clean(node.label, LINE_LIMIT), max(how.room - len(lead), 8), how.glyphs)
    return Cell(lead + name, style), _state(node, how.glyphs), _since(node, how.now)


def _fold(node: Node, glyphs: Glyphs) -> str:
    return glyphs.opened if node.open else glyphs.chosen


def _state(node: Node, glyphs: Glyphs) -> Cell:
    one = node.difference
    if one is None:
        return quiet(node.read, glyphs)
    if not node.leaf:
        return Cell(counted(node.differences, glyphs), STYLES[one.severity] if one.counts else "muted")
    if not one.counts:
        return Cell(f"{glyphs.levels['ok']} {'ignored' if one.ignored else 'expected'}", "muted")
    return Cell(f"{sign(one.severity, glyphs)} {one.kind}", STYLES[one.severity])


def quiet(read: SourceRead | None, glyphs: Glyphs) -> Cell:
    """How a source stands of which nothing differs."""
    if read is None:
        return Cell("")
    if read.unreadable:
        return Cell(f"{glyphs.levels['unknown']} unreadable", "unknown")
    if read.nothing:
        return Cell("nothing here", "muted")
    return Cell(f"{glyphs.levels['ok']} as agreed", "ok")


def _since(node: Node, now: float) -> Cell:
    one = node.difference
    return Cell(coarse_age(now - one.since), "muted") if one is not None and node.leaf and one.since else Cell("")


def read_words(read: SourceRead) -> list[tuple[str, str]]:
    """How reading a source went, in sentences with a meaning each."""
    if read.nothing:
        return [(f"nothing to read: {read.nothing}", "muted")]
    if read.unreadable:
        remedy = [(read.remedy, "accent")] if read.remedy else []
        return [(f"it could not be read: {read.unreadable}", "critical"), *remedy]
    told = [(f"{several(read.items, 'item')} read in {duration(read.took_s)}", "muted")]
    if read.left_out:
        told.append((f"{several(read.left_out, 'item')} more than are read: they are not compared", "warning"))
    return told
