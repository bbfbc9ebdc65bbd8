"""What a fix asks before it can be planned: one line each, with choices that typing filters."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

from msgspec.structs import replace
from textual.app import ComposeResult
from textual.widgets import Input

from collectors.text import clean
from ops.actions.base import Offer, Param, Pick
from ops.actions.errors import ActionError
from ops.board import Board
from tui import keys
from tui.glyphs import Glyphs
from tui.messages import BoardArrived
from tui.panes.fix_form import Asked, choices, form_lines, problem
from tui.screens.page import Page
from tui.widgets.lines import Line
from tui.working import begin

Picks = Callable[[Board, Offer, Param], Awaitable[Sequence[Pick]]]
MOST_PICKS = 500
_UP_AND_DOWN = {"choice", "pick"}


class FixForm(Page, inherit_bindings=False):
    """Asks the parameters of one offer. `answers` are there when it was finished."""

    BINDINGS = keys.bindings("form")
    SCOPES = ("form",)

    def __init__(self, offer: Offer, board: Board, picks: Picks, glyphs: Glyphs, keymap: Mapping[str, str]) -> None:
        super().__init__(glyphs, keymap)
        self.offer = offer
        self.board = board
        self.asked = Asked(params=offer.ask)
        self.answers: Mapping[str, str] | None = None
        self._picks = picks
        self.input = Input(id="answer", placeholder="type, enter takes it", select_on_focus=False, compact=True)

    def compose(self) -> ComposeResult:
        """Title, questions, the line that is typed in, keys."""
        yield self.page_head
        yield self.page
        yield self.input
        yield self.page_foot

    def on_mount(self) -> None:
        """Ask the first, and read what can be picked."""
        super().on_mount()
        self.set_focus(self.input)
        self._ask(0)
        self._read()

    def _read(self) -> None:
        """Read what can be picked and is not known yet."""
        for param in self.asked.params:
            if param.kind == "pick" and param.name not in self.asked.picks:
                begin(self, partial(self._learn, param), group=f"picks {param.name}", exclusive=True)

    async def _learn(self, param: Param) -> None:
        self._wrong(param, "")
        try:
            found = tuple(await self._picks(self.board, self.offer, param))[:MOST_PICKS]
        except ActionError as error:
            self._wrong(param, f"{error.message.rstrip('.')}. {error.remedy} Enter asks again.")
        else:
            self.asked = replace(self.asked, picks={**self.asked.picks, param.name: found})
            if not found:
                self._wrong(param, "there is nothing to pick now; enter asks again")
        self.write()

    def _wrong(self, param: Param, why: str) -> None:
        others = {name: said for name, said in self.asked.wrong.items() if name != param.name}
        self.asked = replace(self.asked, wrong={**others, param.name: why} if why else others)

    def _ask(self, at: int) -> None:
        """Ask one of them, with its answer so far."""
        param = self.asked.params[at]
        given = self.asked.answers.get(param.name, param.default)
        self.asked = replace(self.asked, at=at, chosen=0)
        self.input.value = "" if param.kind in _UP_AND_DOWN else given
        self.input.cursor_position = len(self.input.value)
        found = choices(self.asked, "") or ()
        place = next((place for place, pick in enumerate(found) if pick.value == given), 0)
        self.asked = replace(self.asked, chosen=place)
        self.write()

    def on_board_arrived(self, message: BoardArrived) -> None:
        """Keep the newest for what is read."""
        self.board = message.board

    def title_line(self) -> Line:
        """What it is asked for."""
        return [(" Before the plan ", "muted"), (f"{clean(self.offer.title)} ", "strong")]

    def lines(self) -> Sequence[Line]:
        """The questions."""
        return form_lines(self.asked, self.input.value, (self.page.size.width, self.page.size.height), self.glyphs)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter while typing; what was wrong is being mended."""
        event.stop()
        if self.asked.now.name in self.asked.picks or self.asked.now.kind != "pick":
            self._wrong(self.asked.now, "")
        found = choices(self.asked, event.value)
        if found is not None:
            self.asked = replace(self.asked, chosen=min(self.asked.chosen, max(len(found) - 1, 0)))
        self.write()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take the answer."""
        event.stop()
        self.action_form_take()

    def action_form_take(self) -> None:
        """Take the answer and ask the next; after the last one that is done."""
        param = self.asked.now
        if param.kind == "pick" and not self.asked.picks.get(param.name):
            # Nothing was read, or there was nothing: asked again, and told meanwhile.
            self.asked = replace(self.asked, picks={k: v for k, v in self.asked.picks.items() if k != param.name})
            self._read()
            self.write()
            return
        if self._keep(param):
            missing = [at for at, each in enumerate(self.asked.params) if each.name not in self.asked.answers]
            later = [at for at in missing if at > self.asked.at]
            if missing:
                self._ask((later or missing)[0])
            else:
                self.answers = dict(self.asked.answers)
                self.dismiss()

    def _keep(self, param: Param) -> bool:
        """Note the answer; false, and said why, where it can't be given."""
        found = choices(self.asked, self.input.value)
        if found is not None and not found:
            self._wrong(param, f"nothing here is like {clean(self.input.value)!r}")
            self.write()
            return False
        pick = found[min(self.asked.chosen, len(found) - 1)] if found else None
        value = pick.value if pick else self.input.value or param.default
        why = problem(param, value)
        self._wrong(param, why)
        if not why:
            texts = {**self.asked.texts, param.name: pick.text if pick else value}
            self.asked = replace(self.asked, answers={**self.asked.answers, param.name: value}, texts=texts)
        self.write()
        return not why

    def action_form_down(self) -> None:
        """The next choice; without choices the next line."""
        self._choose(1)

    def action_form_up(self) -> None:
        """The choice before; without choices the line before."""
        self._choose(-1)

    def _choose(self, by: int) -> None:
        found = choices(self.asked, self.input.value)
        if found is None:
            self.action_form_next(by)
        else:
            chosen = min(max(self.asked.chosen + by, 0), max(len(found) - 1, 0))
            self.asked = replace(self.asked, chosen=chosen)
            self.write()

    def action_form_next(self, by: int = 1) -> None:
        """Go to the next line without taking this one."""
        self._ask((self.asked.at + by) % len(self.asked.params))

    def action_form_previous(self) -> None:
        """Go to the line before."""
        self.action_form_next(-1)

    def action_form_back(self) -> None:
        """Leave."""
        self.dismiss()
