"""The incidents: open and past ones above, the one under the cursor below."""

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult

from ops.figures import duration
from ops.incidents.clocks import mean_clocks
from ops.incidents.source import IncidentSource
from ops.incidents.spoken import goes_on
from ops.incidents.spoken import took as noticed
from ops.incidents.structs import Incident
from tui import keys
from tui.glyphs import Glyphs
from tui.incident_reading import MOST, PAGE, Wanted
from tui.messages import RoomAsked
from tui.panes.footer import footer
from tui.panes.incident_story import KeptTimeline, story, wrapped
from tui.panes.incident_words import COLUMNS, table_row, watchers
from tui.screens.filter_line import FilterLine
from tui.screens.incident_keys import IncidentKeys
from tui.widgets.lines import Line, Lines, cut
from tui.widgets.table import LineTable

LONG_LIST_S = 10.0
"""How old the ages in a long list may be."""
NOTHING = "no incident yet: what fails for long enough to be an alert opens one by itself"


class IncidentsScreen(IncidentKeys):
    """The list and one of them."""

    BINDINGS = keys.bindings("incidents")
    SCOPES: ClassVar[tuple[keys.Scope, ...]] = ("incidents",)

    def __init__(
        self,
        incidents: IncidentSource,
        glyphs: Glyphs,
        keymap: Mapping[str, str],
        *,
        clock: Callable[[], float],
    ) -> None:
        super().__init__(incidents, glyphs, keymap, clock=clock)
        self._to_show: int | None = None
        self._most = PAGE
        self._listed: Sequence[Incident] = ()
        self._listed_at = -LONG_LIST_S
        self._kept = KeptTimeline()
        self.filter_text = ""
        self.inverse = False
        self.whole = False
        """Whether one incident has the whole screen."""
        self.page_head = Lines(id="page-head", glyphs=glyphs)
        self.table = LineTable(COLUMNS, id="incidents", glyphs=glyphs)
        self.page = Lines(id="page", glyphs=glyphs)
        self.page_foot = Lines(id="page-foot", glyphs=glyphs)
        self.filter_line = FilterLine()

    def compose(self) -> ComposeResult:
        """Head, list, the one under the cursor, keys."""
        yield from (self.page_head, self.table, self.page, self.page_foot, self.filter_line, self.answer)

    def on_mount(self) -> None:
        """Give the keys to the list."""
        self.set_focus(self.table)

    @property
    def incident(self) -> Incident | None:
        """The one under the cursor: a key is for that one, also before the rest of it was read."""
        found = (one for one in self.seen.incidents if str(one.number) == self.table.cursor_id)
        return next(found, self.seen.incident)

    def go(self, number: int | None) -> None:
        """Put the cursor on an incident."""
        self._to_show = number
        self.look()

    def wanted(self) -> Wanted:
        """The one under the cursor, and as much of the list as was gone through."""
        number = self._to_show or (int(self.table.cursor_id) if self.table.cursor_id else None)
        rows = self.table.visible_rows
        if self.seen.more and rows and rows[-1].id == self.table.cursor_id:
            self._most = min(self.seen.wanted.most + PAGE, MOST)
        return Wanted(number, self._most, self.filter_text)

    def write(self) -> None:
        """Write what was read."""
        now, width = self.clock(), self.page.size.width
        self._write_list(now)
        room = max(self.size.height - 2, 0)
        self.table.display = not self.whole
        self.table.styles.height = min(max(len(self.seen.incidents), 1) + 3, max(room * 2 // 5, 6))
        lines: list[Line] = wrapped(self.seen.trouble, "critical", width) if self.seen.trouble else []
        moments = self._kept.lines(self.seen.timeline, now, width)
        lines += story(self.seen, now, width, self.glyphs, moments)
        if not lines:
            words = "nothing found: esc shows all again" if self.filter_text else NOTHING
            lines = wrapped(words if self.seen.version >= 0 else "reading the incidents", "muted", width)
        self.page.show(lines)
        self._write_head()
        self.page_foot.show([footer(self.scopes, self._keymap, self.size.width, helped=True)])

    def _write_list(self, now: float) -> None:
        """Write the list anew when it was read anew, or when its ages have gone on; of a long one that is rare."""
        each_s = 0.0 if len(self.seen.incidents) <= PAGE else LONG_LIST_S
        if self.seen.incidents is not self._listed or not 0 <= now - self._listed_at < each_s:
            self._listed, self._listed_at = self.seen.incidents, now
            left = self.seen.left
            rows = [table_row(each, now, self.glyphs, left.get(each.number, 0)) for each in self.seen.incidents]
            self.table.show(rows)
        self._show_wanted()

    def _show_wanted(self) -> None:
        """Put the cursor on the incident that was asked for, once there is a list; one that is too old is not in it."""
        if self._to_show is None or self.seen.version < 0:
            return
        wanted, self._to_show = str(self._to_show), None
        place = next((i for i, row in enumerate(self.table.visible_rows) if row.id == wanted), None)
        if place is not None:
            self.table.move_to(place)

    def _write_head(self) -> None:
        opened, shown = len(self.seen.opened), len(self.seen.incidents)
        older = "and older ones" if shown < MOST else "and older ones, which / finds"
        more = older if self.seen.more else "in all"
        head = [(" incidents ", "strong"), (f"{opened} open, {shown} shown {more}", "muted")]
        if left := goes_on(sum(self.seen.left.values())):
            head.append((f"  {left} of what was ended", "critical"))
        if self.filter_text:
            head.append((f"  /{self.filter_text}", "accent"))
        if self.may_not:
            head.append(("   read-only", "warning"))
        if who := watchers(self.seen.present, self.seen.wanted.number):
            head.append((f"   here: {who[0]}", "accent"))
        if times := self._times():
            head.append((f"   {times}", "muted"))
        room = self.size.width
        for place, (text, meaning) in enumerate(head):  # what matters least stands last
            head[place] = (cut(text, max(room, 0), self.glyphs), meaning)
            room -= cell_len(text)
        self.page_head.show([head])

    def _times(self) -> str:
        """The mean times of what is shown."""
        means = mean_clocks(self.seen.incidents)
        if means is None:
            return ""
        named = (("MTTD", means.detect_s), ("MTTA", means.acknowledge_s), ("MTTR", means.resolve_s))
        false = sum(one.false_positive for one in self.seen.incidents)
        alarms = [f"{false} false alarm{'' if false == 1 else 's'}"] if false else []
        return ", ".join(
            [
                f"{name} {noticed(took) if name == 'MTTD' else duration(took)}"
                for name, took in named
                if took is not None
            ]
            + alarms
        )

    def on_line_table_moved(self) -> None:
        """Read the one that the cursor is on."""
        if self._to_show is None:
            self.page.show(self.page.lines, top=0)
            self.look()

    def on_filter_line_closed(self) -> None:
        """Give the keys back to the list."""
        self.set_focus(self.table)

    def on_answer_line_closed(self) -> None:
        """Give the keys back to the list."""
        self.set_focus(self.table)

    def set_filter(self, text: str, *, inverse: bool) -> None:
        """Read those with these words in their titles; a list of thousands is searched where it is kept."""
        del inverse
        self.filter_text, self._most = text, PAGE
        self.look()

    def action_incidents_filter(self) -> None:
        """Open the line for words."""
        self.filter_line.open_for(self)

    def action_incidents_whole(self) -> None:
        """All room for one incident, or the list again."""
        self.whole = not self.whole
        self.write()

    def action_incidents_down(self) -> None:
        """A screenful on."""
        self.page.scroll_lines(self.page.size.height)

    def action_incidents_up(self) -> None:
        """A screenful back."""
        self.page.scroll_lines(-self.page.size.height)

    def action_incidents_room(self) -> None:
        """Open the war room of the one under the cursor."""
        if self.incident is not None:
            self.post_message(RoomAsked(self.incident.number))

    def action_incidents_back(self) -> None:
        """Leave, one thing at a time."""
        if self.answer.open:
            self.answer.close()
        elif isinstance(self.focused, FilterLine):
            self.focused.close(clear=True)
        elif self.filter_text:
            self.set_filter("", inverse=False)
        elif self.whole:
            self.action_incidents_whole()
        else:
            self.dismiss()
