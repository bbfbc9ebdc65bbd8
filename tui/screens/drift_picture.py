"""The drift screen's picture: what differs as a tree, and the diff of the line under the cursor."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from textual.app import ComposeResult

from ops.drift.remedy import Remedy
from ops.drift.source import DriftSource
from ops.drift.structs import Difference, Findings
from tui import keys
from tui.drift_reading import Seen, Work, remedy
from tui.glyphs import Glyphs
from tui.panes.drift_story import Shown, story
from tui.panes.drift_tree import COLUMNS, Node, View, measured, rows, tree
from tui.panes.drift_words import filtered, fitted, outdated, progress, standing, whence
from tui.panes.fix_words import wrapped
from tui.panes.footer import footer
from tui.screens.answer_line import AnswerLine
from tui.screens.drift_looking import DriftLooking
from tui.screens.filter_line import FilterLine
from tui.widgets.columns import content_widths
from tui.widgets.lines import Line, Lines
from tui.widgets.sized import Sized
from tui.widgets.table import InOrder
from tui.working import begin

AGES_S = 30.0
"""How old ages may be that are shown."""
REST_S = 0.15
"""How long the cursor must rest until it is asked what puts a difference right."""
WIDE = 100
"""Cells from which on the diff stands beside the tree."""
MOST_WIDE = 72
"""Cells of the tree then, as the stylesheet has it."""
BESIDE_NAMES = 23
"""Cells of the tree that are not for names: its frame, states and ages."""
REMEDIES = 200
NO_BASELINE = (
    "nothing is agreed yet: c captures what is as the baseline, and what differs from it later is told here. "
    "watchfloor drift capture does the same."
)
NOT_COMPARED = "nothing was compared with the baseline yet: d captures what is, and compares"
BY_HAND = (
    "the baseline was changed by hand after it was captured, so that nothing is compared with it any more: "
    "c captures a new one, b compares with another"
)
NOTHING_LEFT = "no difference is like that: esc shows all again"


class DriftTree(InOrder):
    """Its order is that of the tree."""

    AWAY = "cursor-away"

    def _wanted_widths(self) -> list[int]:
        return content_widths(self.columns, measured(self.rows))


class DriftPicture(DriftLooking):
    """The tree at the left or above, the diff at the right or below. Its keys are in `DriftScreen`."""

    view: View

    def __init__(
        self,
        source: DriftSource,
        work: Work,
        glyphs: Glyphs,
        keymap: Mapping[str, str],
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(source, work, glyphs, keymap, clock=clock)
        self.view = View()
        self.beside = False
        """Whether the diff is side by side."""
        self.whole = False
        """Whether the diff has the whole screen."""
        self.nodes: Mapping[str, Node] = {}
        self._made_of: tuple[object, ...] = ()
        self._made_from: Findings | None = None
        self._told_of: tuple[object, ...] = ()
        self._told_node: Node | None = None
        self._told_seen: Seen | None = None
        self._remedies: dict[str, Remedy] = {}
        self._standing: list[tuple[str, str]] = []
        self.page_head = Lines(id="page-head", glyphs=glyphs)
        self.table = DriftTree(COLUMNS, id="drift", glyphs=glyphs)
        self.page = Lines(id="page", glyphs=glyphs)
        self.body = Sized(self.table, self.page, id="drift-body")
        self.page_foot = Lines(id="page-foot", glyphs=glyphs)
        self.filter_line = FilterLine()
        self.answer = AnswerLine(glyphs)

    def compose(self) -> ComposeResult:
        """Head, tree and diff, keys."""
        yield from (self.page_head, self.body, self.page_foot, self.filter_line, self.answer)

    def on_mount(self) -> None:
        """Give the keys to the tree."""
        self.set_focus(self.table)

    @property
    def node(self) -> Node | None:
        """The line under the cursor."""
        return self.nodes.get(self.table.cursor_id)

    def write(self) -> None:
        """Write what was read, for the present size and time."""
        self._lay_out()
        self._write_tree()
        self._write_page()
        self.write_head()
        self.page_foot.show([footer(self.scopes, self._keymap, self.size.width, helped=True)])

    def _lay_out(self) -> None:
        wide = self.size.width >= WIDE
        self.set_class(wide, "-wide")
        self.table.display = not self.whole and bool(self.table.rows)
        if self.table.display and self.focused is None:  # what was hidden has lost the keys
            self.set_focus(self.table)
        if wide:
            self.table.styles.height = "100%"
        else:
            room = max(self.size.height - 2, 0)
            self.table.styles.height = min(len(self.table.rows) + 3, max(room * 9 // 20, 6))

    def _write_tree(self) -> None:
        """Make the tree anew where it is another one, or its ages have gone on."""
        findings, now = self.findings, self.clock()
        width = min(self.size.width * 9 // 20, MOST_WIDE) if self.size.width >= WIDE else self.size.width
        made_of = (self.view, now // AGES_S, width)
        if findings is self._made_from and made_of == self._made_of:
            return
        if findings is not self._made_from:
            self._remedies = {}  # what puts a difference right is another thing once it is another difference
            self._standing = [] if findings is None else standing(findings, self.glyphs)
        self._made_from, self._made_of = findings, made_of
        nodes = tree(findings, self.view, now) if findings is not None else []
        self.nodes = {node.id: node for node in nodes}
        self.table.show(rows(nodes, now, self.glyphs, width - BESIDE_NAMES))
        self._lay_out()

    def _write_page(self) -> None:
        """Write the diff anew where something of it is another."""
        node, width, now = self.node, self.page.size.width - 2, self.clock()
        difference = node.difference if node is not None and node.leaf else None
        known = self._remedies.get(difference.path) if difference is not None else None
        told_of = (width, self.beside, known, now // AGES_S, self.hands.why_not)
        if node is self._told_node and self.seen is self._told_seen and told_of == self._told_of:
            return
        moved = node is None or self._told_node is None or node.id != self._told_node.id
        self._told_of, self._told_node, self._told_seen = told_of, node, self.seen
        self.page.show(self._lines(node, known, max(width, 20), now), top=0 if moved else None)
        if difference is not None and known is None:
            self.set_timer(REST_S, lambda: self._ask_remedy(difference))

    def _lines(self, node: Node | None, known: Remedy | None, width: int, now: float) -> Sequence[Line]:
        findings = self.findings
        lines: list[Line] = [*wrapped(self.seen.trouble, "critical", width)] if self.seen.trouble else []
        lines += wrapped(BY_HAND, "warning", width) if self.seen.edited else []
        lines += wrapped(outdated(findings, self.seen.head), "warning", width)
        if findings is not None and node is not None:
            key = "" if self.hands.why_not else keys.shown(keys.BY_ID["fix.menu"], self._keymap).split(" ")[0]
            how = Shown(width, now, self.beside, self.glyphs, key)
            return [*lines, *story(node, findings, known, how)]
        return [*lines, *wrapped(self._nothing(), "muted", width)]

    def _nothing(self) -> str:
        if self.seen.version is None:
            return "" if self.seen.trouble else "reading what is known of drift"
        if self.findings is None:
            return NOT_COMPARED if self.seen.current else NO_BASELINE
        return NOTHING_LEFT

    def _ask_remedy(self, difference: Difference) -> None:
        """Ask what puts it right, if the cursor is still there."""
        node = self.node
        if self.is_mounted and node is not None and node.leaf and node.difference is difference:
            begin(self, partial(self._learn, difference), group="remedy")

    async def _learn(self, difference: Difference) -> None:
        known = self._remedies
        found = await asyncio.to_thread(remedy, self.source, difference)
        if len(known) >= REMEDIES:
            known.clear()
        known[difference.path] = found
        if self.is_mounted:
            self._write_page()

    def write_head(self) -> None:
        """How much differs, what of it is shown, what was compared with what; and what is done now."""
        head: list[tuple[str, str]] = [(" drift ", "strong")]
        if self.work.doing:
            head += progress(self.work.doing, self.work.what, self.work.ratio, self.glyphs)
        if self.seen.edited:
            head.append((f"{self.glyphs.levels['warning']} baseline changed by hand ", "warning"))
        if self.findings is not None:
            head += self._standing
        head += filtered(self.view)
        if self.may_not:
            head.append((" read-only ", "warning"))
        head.append((f" {whence(self.findings, self.seen.head, self.clock())}", "muted"))
        self.page_head.show([fitted(head, self.size.width, self.glyphs)])

    def on_line_table_moved(self) -> None:
        """Show the diff of the line that the cursor is on."""
        self._write_page()
