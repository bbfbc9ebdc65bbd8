"""The menu of fixes: what fits a row, or several, best first; one key shows the plan of one."""

import time
from collections.abc import Mapping, Sequence

from textual import events

from collectors.text import clean
from ops.board import Board, Row
from tui import keys
from tui.glyphs import Glyphs
from tui.hands import Hands
from tui.messages import BoardArrived, FixAsked
from tui.panes.fix_menu import barred, blocks, in_order, nothing, proposed
from tui.panes.fix_words import named
from tui.screens.page import Page
from tui.together import grouped, with_rows
from tui.widgets.lines import Line

QUIET_S = 0.5
"""After a plan was left, a held enter must not open the next one."""


class FixMenu(Page, inherit_bindings=False):
    """Offers as they were when it was opened: a Board that comes neither moves them nor the cursor."""

    BINDINGS = keys.bindings("fixes")
    SCOPES = ("fixes",)

    def __init__(
        self,
        row_ids: Sequence[str],
        board: Board,
        hands: Hands,
        glyphs: Glyphs,
        keymap: Mapping[str, str],
        *,
        rows: Sequence[Row] = (),
    ) -> None:
        """`rows` are those that the Boards to come may not have, or not as they were shown."""
        super().__init__(glyphs, keymap)
        self.row_ids = tuple(row_ids)
        self._rows = rows
        self.board = with_rows(board, rows)
        self.hands = hands
        self._pressed = ""
        self._quiet_until = 0.0
        self._look()

    def _look(self) -> None:
        fixes = self.hands.free
        there = tuple(row_id for row_id in self.row_ids if self.board.row(row_id) is not None)
        offers = fixes.offers(self.board, there) if fixes is not None and there else ()
        self._asked_at = self.board
        wanted = in_order(offers, proposed(self.board, self.row_ids))
        self.groups = grouped(wanted) if len(self.row_ids) > 1 else [(offered,) for offered in wanted]
        self.at = next((at for at, group in enumerate(self.groups) if not barred(group, len(self.row_ids))), 0)

    def on_board_arrived(self, message: BoardArrived) -> None:
        """Say how the row stands now."""
        before = self._notice()
        self.board = with_rows(message.board, self._rows)
        if self._notice() != before:
            self.write_page()
        else:
            self.write_head()

    def _notice(self) -> list[Line]:
        """That the offers are for a state that is not so any more."""
        then, now = ([_state(board, row_id) for row_id in self.row_ids] for board in (self._asked_at, self.board))
        return [] if then == now else [[(" its state has changed since: r looks again", "warning")]]

    def title_line(self) -> Line:
        """Whom to fix, and how that stands."""
        if len(self.row_ids) > 1:
            there = sum(self.board.row(row_id) is not None for row_id in self.row_ids)
            gone = f", {len(self.row_ids) - there} gone" if there < len(self.row_ids) else ""
            names = ", ".join(named(self.board, row_id) for row_id in self.row_ids)
            return [(f" Fix {len(self.row_ids)} rows{gone}: ", "strong"), (names, "muted")]
        row = self.board.row(self.row_ids[0])
        if row is None:
            return [(f" Fix {clean(self.row_ids[0])} ", "strong"), (" is not there any more", "unknown")]
        state = (f"{self.glyphs.levels[row.level]} {clean(row.word)}", row.level)
        return [(f" Fix {named(self.board, row.id)} ", "strong"), state, (f"  {clean(row.reason)}", "muted")]

    def lines(self) -> Sequence[Line]:
        """The offers, or that nothing fits."""
        width = self.page.size.width
        if not self.groups:
            return [*self._notice(), *nothing(self.row_ids, self._asked_at, width)]
        made = blocks(self.groups, self.at, self.row_ids, self._asked_at, width, self.glyphs)
        return [*self._notice(), *(line for block in made for line in block)]

    def write_page(self) -> None:
        """Write the offers, with the one under the cursor in view."""
        super().write_page()
        if not self.groups:
            return
        made = blocks(self.groups, self.at, self.row_ids, self._asked_at, self.page.size.width, self.glyphs)
        first = (len(self._notice()) if self.at else 0) + sum(map(len, made[: self.at]))
        last = first + len(made[self.at]) - (1 if self.at else 1 - len(self._notice()))
        top = min(max(self.page.top, last - self.page.size.height), first)
        self.page.show(self.page.lines, top=top)
        self.write_head()

    def on_key(self, event: events.Key) -> None:
        """Know which of several keys of one action it was."""
        self._pressed = event.key

    def on_screen_resume(self) -> None:
        """Be deaf for a moment to the key that left the plan, which may be held."""
        if self.page.lines:
            self._quiet_until = time.monotonic() + QUIET_S

    def action_fixes_choose(self) -> None:
        """Show the plan of the fix under the cursor."""
        now = time.monotonic()
        if now < self._quiet_until:
            self._quiet_until = now + QUIET_S
        else:
            self._choose(self.at)

    def action_fixes_number(self) -> None:
        """Show the plan of the fix with that number."""
        numbers = keys.keys_of(keys.BY_ID["fixes.number"], self._keymap)
        if self._pressed in numbers:
            self._choose(numbers.index(self._pressed))

    def _choose(self, at: int) -> None:
        if at >= len(self.groups):
            return
        self.at = at
        self.write_page()
        group = self.groups[at]
        why = self.hands.why_not or barred(group, len(self.row_ids))
        if why:
            self.notify(f"not now: {clean(why, 500)}", severity="warning", markup=False)
        else:
            self._quiet_until = time.monotonic() + QUIET_S
            self.post_message(FixAsked(self.row_ids, group[0].offer, self._rows))

    def action_fixes_down(self) -> None:
        """Go to the next fix."""
        self._move(1)

    def action_fixes_up(self) -> None:
        """Go to the fix before."""
        self._move(-1)

    def on_mouse_scroll_down(self) -> None:
        """Go to the next fix."""
        self._move(1)

    def on_mouse_scroll_up(self) -> None:
        """Go to the fix before."""
        self._move(-1)

    def _move(self, by: int) -> None:
        if self.groups:
            self.at = min(max(self.at + by, 0), len(self.groups) - 1)
            self.write_page()

    def action_fixes_again(self) -> None:
        """Ask anew what fits, with the cursor on the first that may be chosen."""
        self._look()
        self.write()

    def action_fixes_back(self) -> None:
        """Leave."""
        self.dismiss()


def _state(board: Board, row_id: str) -> tuple[str, str]:
    row = board.row(row_id)
    return ("", "") if row is None else (row.level, row.word)
