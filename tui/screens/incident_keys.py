"""What can be done with the incident in front without a question: have it, see why, copy it, fix what it is from."""

from collections.abc import Callable
from functools import partial

from ops.board import Board
from ops.incidents.spoken import name
from tui import keys
from tui.messages import FixAsked, PostmortemAsked
from tui.panes.incident_story import as_text
from tui.panes.room_parts import fix_row, fix_step
from tui.screens.incident_asking import IncidentAsking
from tui.warming import warm

ACTING = frozenset(key.action for key in keys.KEYS if key.scope == "incident")
"""Actions that are not bound where nothing may be written."""


class IncidentKeys(IncidentAsking):
    """The keys that the list of incidents and the war room share."""

    BINDINGS = keys.bindings("incident", "about", "fix")
    latest: Callable[[], Board | None] = staticmethod(lambda: None)
    """What the floor shows now."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What acts is not there where nothing may be done."""
        if (action in ACTING and self.may_not) or (action == "fix_menu" and self.hands.why_not):
            return False
        return super().check_action(action, parameters)

    @property
    def scopes(self) -> tuple[keys.Scope, ...]:
        """Whose keys do something here."""
        if self.incident is None:
            return self.SCOPES
        first: tuple[keys.Scope, ...] = () if self.hands.why_not else ("fix",)
        writing: tuple[keys.Scope, ...] = () if self.may_not else ("incident",)
        return (*first, *self.SCOPES, *writing, "about")

    def action_incident_ack(self) -> None:
        """Say that one has it."""
        if (incident := self.incident) is not None:
            self.do(partial(self.incidents.acknowledge, incident.number), f"{name(incident)}: you have it")

    def action_incident_why(self) -> None:
        """Show what each stage made of its alerts."""
        from tui.screens.why import WhyScreen

        if (incident := self.incident) is not None:
            self.app.push_screen(WhyScreen(self.incidents, incident, self.glyphs, self._keymap))

    def action_incident_postmortem(self) -> None:
        """Show the post-mortem."""
        if (incident := self.incident) is not None:
            self.post_message(PostmortemAsked(incident.number))

    def action_incident_copy(self) -> None:
        """Copy what is known of it."""
        if (incident := self.incident) is not None:
            self.app.copy_to_clipboard(as_text(self.seen, self.clock(), self.glyphs))
            self.tell(f"{name(incident)} is in the clipboard")

    async def fix_steps(self, board: Board) -> tuple[str, ...]:
        """The fix that fits it best, as a step; nothing where nothing may be done. Loads what it needs in pieces."""
        fixes, row = self.hands.free, fix_row(self.incident, board)
        if fixes is None or not row:
            return ()
        await warm()
        from tui.panes.fix_menu import fitting, proposed

        offer = fitting(fixes.offers(board, (row,)), proposed(board, (row,)))
        return fix_step(offer, keys.shown(keys.BY_ID["fix.menu"], self._keymap).split(" ")[0])

    def action_fix_menu(self) -> None:
        """Show what fits the row that it comes from."""
        incident = self.incident
        if incident is not None and not incident.open:
            self.tell(f"{name(incident)} is over: nothing of it is to be fixed; u opens it again")
        elif row := fix_row(incident, self.latest()):
            self.post_message(FixAsked((row,)))
        else:
            self.tell("all that it is of is well now, or not there: x on the floor offers what else can be done")
