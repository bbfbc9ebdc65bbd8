"""What can be done with the incident in front without a question: have it, see why, copy it, fix what it is from."""

from functools import partial

from tui import keys
from tui.messages import FixAsked, PostmortemAsked
from tui.panes.incident_story import as_text
from tui.panes.incident_words import name
from tui.screens.incident_asking import IncidentAsking

ACTING = frozenset(key.action for key in keys.KEYS if key.scope == "incident")
"""Actions that are not bound where nothing may be written."""


class IncidentKeys(IncidentAsking):
    """The keys that the list of incidents and the war room share."""

    BINDINGS = keys.bindings("incident", "about", "fix")

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

    def action_fix_menu(self) -> None:
        """Show what fits the row that it comes from."""
        incident = self.incident
        row = (incident.cause_row or next(iter(incident.rows), "")) if incident is not None else ""
        if row:
            self.post_message(FixAsked((row,)))
        else:
            self.tell("it names no row that could be fixed")
