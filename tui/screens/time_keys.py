"""The keys of the time machine: back and forward, play, any time, and back to live."""

from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult
from textual.widgets import Input

from ops.board import Board
from tui import keys
from tui.messages import BoardArrived
from tui.panes.past_header import past_header
from tui.screens.picture import FloorPicture
from tui.screens.time_line import TimeLine
from tui.time_machine import OFF, OFF_REPLAYED, TimeMachine
from tui.widgets.lines import Line
from tui.working import begin

if TYPE_CHECKING:
    from ops.past.desk import PastDesk

_PAST_ACTIONS = frozenset(key.action for key in keys.KEYS if key.scope == "past")


class TimeKeys(FloorPicture):
    """A floor that can be taken to the past: every pane then shows that moment, and what acts is off."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.machine = TimeMachine(
            self._asked, show=self.show_past, say=self._say, wanted=self._bring, clock=self.clock
        )

    def _asked(self) -> "PastDesk | None":
        return self.past()

    def _say(self, words: str) -> None:
        self.notify(words, severity="warning", markup=False)

    def compose(self) -> ComposeResult:
        """The floor, and the line for a time."""
        yield from super().compose()
        self.time_line = TimeLine(self.view.glyphs, self.clock)
        yield self.time_line

    def on_mount(self) -> None:
        """Play once a second; Textual mounts what is below by itself."""
        self.set_interval(1.0, self.machine.tick)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys of the past do something only there, and not while a text is typed."""
        if action in _PAST_ACTIONS:
            return self.machine.away and not isinstance(self.focused, Input)
        return super().check_action(action, parameters)

    def take(self, board: Board) -> None:
        """Show a Board; while the past is shown it is kept for later. What begins in the past goes on there."""
        if board.mode == "replayed" and self.machine.lives:
            self.machine.replay(board)
            self.paint(board)
        elif self.machine.away:
            self.latest = board
        else:
            super().take(board)

    @property
    def scopes(self) -> tuple[keys.Scope, ...]:
        """Whose keys do something here."""
        return ("past", *self._scopes) if self.machine.away else self._scopes

    def header_line(self, now: float) -> Line:
        """What the header says; that of the past can't be mistaken."""
        if not self.machine.away or self.board.mode != "replayed":
            return super().header_line(now)
        return past_header(self.board, now, self.machine.moves, self.size.width, self.view.glyphs)

    def show_past(self, board: Board) -> None:
        """Show a moment of the past, on the pages over the floor too."""
        self.paint(board)
        for screen in self.app.screen_stack[1:]:
            screen.post_message(BoardArrived(board))

    @property
    def told(self) -> Board:
        """The Board for pages over the floor: that of the past while it is shown, else the newest."""
        return self.board if self.machine.away else self.latest

    def refuses(self) -> bool:
        """Whether nothing can be done because the past is shown; says so."""
        if self.machine.away:
            self.notify(OFF if self.machine.lives else OFF_REPLAYED, markup=False, timeout=3)
        return self.machine.away

    def _bring(self) -> None:
        begin(self, self._brought, group="moment")

    async def _brought(self) -> None:
        await self.machine.bring()
        if not self.machine.away:
            self._back()
        self.tick()

    def _back(self) -> None:
        self.paused_at = None
        self.paint(self.latest)

    def action_past_back(self) -> None:
        """One step back."""
        self.machine.step(-1, self.board.at)

    def action_past_forward(self) -> None:
        """One step on."""
        self.machine.step(1, self.board.at)

    def action_past_hour(self) -> None:
        """An hour back."""
        self.machine.hour_back(self.board.at)

    def action_past_live(self) -> None:
        """Back to what is now."""
        self.machine.live()
        if not self.machine.away:
            self._back()

    def action_past_play(self) -> None:
        """Play, or pause."""
        self.machine.toggle()
        self.tick()

    def action_past_faster(self, by: int = 1) -> None:
        """Play faster."""
        self.machine.faster(by)
        self.tick()

    def action_past_slower(self) -> None:
        """Play slower."""
        self.action_past_faster(-1)

    def action_past_go(self) -> None:
        """Ask for a time."""
        self.time_line.open()

    def action_past_jump(self) -> None:
        """Ask for a time."""
        self.time_line.open()

    def on_time_line_chosen(self, message: TimeLine.Chosen) -> None:
        """Give the keys back to the pane, and jump."""
        self.set_focus(self.panes[self.active])
        if message.at is not None:
            self.machine.jump(message.at)
