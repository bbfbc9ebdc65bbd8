"""What is asked before something is written about an incident: a text, a person, a priority, how long."""

from collections.abc import Callable
from functools import partial

from ops.alerts.structs import Silence
from ops.figures import duration
from ops.incidents.spoken import goes_on, name, numbered
from ops.incidents.structs import Incident
from tui.panes import incident_answers as answers
from tui.screens.answer_line import Take
from tui.screens.incident_screen import IncidentScreen

Write = Callable[[int, str, str], object]
"""Writes something about the incident of a number, by somebody, with a text."""


class IncidentAsking(IncidentScreen):
    """The actions that begin with a question."""

    def _ask(self, question: str, take: Callable[[Incident, str], None], given: str = "") -> None:
        """Ask about the incident that is in front now, whichever is when it is answered."""
        incident = self.incident
        if incident is None:
            self.tell("there is no incident")
        else:
            self.answer.ask(f"{name(incident)}: {question}", _taken(incident, take), given)

    def _ask_text(self, question: str, write: Write, said: str, *, needed: str = "", given: str = "") -> None:
        """Ask for a text and write it; `needed` says what is wrong with none, "" where that is as good."""

        def take(incident: Incident, text: str) -> None:
            if needed and not text:
                raise answers.Wrong(f"{needed}; esc leaves")
            self.do(lambda me: write(incident.number, me, text), f"{name(incident)}: {said}")

        self._ask(question, take, given)

    def action_incident_note(self) -> None:
        """Write something down."""
        self._ask_text("note", self.incidents.note, "it is in the timeline", needed="a note says something")

    def action_incident_title(self) -> None:
        """Call it something else."""
        given = self.incident.title if self.incident is not None else ""
        self._ask_text("title", self.incidents.retitle, "renamed", needed="a title says something", given=given)

    def action_incident_link(self) -> None:
        """Add an address."""
        what = "the address of a page, a call, a ticket"
        self._ask_text(what, self.incidents.link, "linked", needed=what)

    def action_incident_todo(self) -> None:
        """Something for afterwards."""
        what = "what is to be done afterwards"
        self._ask_text(f"{what}, for the post-mortem", self.incidents.action_item, "noted", needed=what)

    def action_incident_mitigate(self) -> None:
        """It no longer hurts."""
        self._ask_text(
            "mitigated: what helped? enter alone says nothing",
            lambda number, me, text: self.incidents.mitigate(number, me, text=text),
            "mitigated",
        )

    def action_incident_resolve(self) -> None:
        """End it."""
        self._ask_end(
            "resolved: what was it, what mended it?",
            lambda number, me, text: self.incidents.resolve(number, me, text=text),
            "resolved",
        )

    def action_incident_false_alarm(self) -> None:
        """End it as one that was none."""
        self._ask_end(
            "false alarm: why did it come?",
            lambda number, me, text: self.incidents.resolve(number, me, text=text, false_positive=True),
            "resolved as a false alarm",
        )

    def _ask_end(self, question: str, write: Write, said: str) -> None:
        """Ask before it is ended; first whether really, where something of it still goes on."""
        rest = "enter alone says nothing; esc leaves it open"
        if not (fires := goes_on(len(self.incident.firing)) if self.incident is not None else ""):
            self._ask_text(f"{question} {rest}", write, said)
            return

        def take(incident: Incident, text: str) -> None:
            if text.lower() not in ("y", "yes"):
                raise answers.Wrong(f"{fires}: y ends it nevertheless; esc leaves it open")
            asked = f"{name(incident)}, {fires}: {question} {rest}"

            def end(same: Incident, words: str) -> None:
                self.do(lambda me: write(same.number, me, words), f"{name(same)}: {said}, though {fires}")

            self.answer.ask(asked, _taken(incident, end))

        self._ask(f"{fires}: end it anyway? y, then enter; esc leaves it open", take)

    def action_incident_reopen(self) -> None:
        """It is not over."""
        self._ask_text(
            "not over: what is still wrong? enter alone says nothing",
            lambda number, me, text: self.incidents.reopen(number, me, text=text),
            "open again",
        )

    def action_incident_assign(self) -> None:
        """Give it, or a role, to somebody."""

        def take(incident: Incident, text: str) -> None:
            who = answers.person(text)
            self.do(
                lambda me: self.incidents.assign(incident.number, me, who.name or me, role=who.role),
                f"{name(incident)}: {who.role or 'owner'} is {who.name or 'you'}",
            )

        self._ask('whose is it? enter alone: yours; a role: "lead: alice", "communication: bob"', take)

    def action_incident_priority(self) -> None:
        """Make it graver or lighter."""

        def take(incident: Incident, text: str) -> None:
            wanted, why = answers.priority(text)
            self.do(
                lambda me: self.incidents.set_priority(incident.number, me, wanted, why=why),
                f"{name(incident)} is {wanted}",
            )

        self._ask('P1 (gravest) to P4, and why: "2 only checkout is slow"', take)

    def action_incident_merge(self) -> None:
        """It is the same as another."""

        def take(incident: Incident, text: str) -> None:
            into = answers.number(text, incident.number)
            work = partial(self.incidents.merge, incident.number, into)
            self.do(work, f"{name(incident)} is part of INC-{into}")

        self._ask("the same as which one? its number", take)

    def action_incident_split(self) -> None:
        """Take alerts out."""

        def take(incident: Incident, text: str) -> None:
            out = answers.chosen(text, numbered(incident))
            work = partial(self.incidents.split, incident.number, out)
            self.do(work, "they are an incident of their own")

        self._ask('which alerts are something else? their numbers: "2 3"', take)

    def action_incident_silence(self) -> None:
        """Tell nobody for a while; or end a silence."""
        stands = answers.standing(self.seen.silences, self.clock())
        ends = f'; "end NUMBER" ends one: {stands}' if stands else ""
        self._ask(f'silence its rows for how long? "30m", "2h"{ends}', self._silence)

    def _silence(self, incident: Incident, text: str) -> None:
        if (number := answers.ended(text, self.seen.silences, self.clock())) is not None:
            self.do(partial(self.incidents.end_silence, number), f"silence {number} is over")
            return
        matchers, lasts = answers.matchers(incident), answers.length_s(text)

        def take(_: Incident, why: str) -> None:
            if not why:
                raise answers.Wrong("a silence says why, for whoever comes after; esc leaves")

            def silence(me: str) -> None:
                now = self.clock()
                given = Silence(matchers=matchers, start=now, end=now + lasts, author=me, comment=why, made_at=now)
                self.incidents.silence(given)

            self.do(silence, f"silent for {duration(lasts)}; what happens is still seen and recorded")

        rows = len(incident.rows)
        what = f"silence {rows} row{'' if rows == 1 else 's'} for {duration(lasts)}"
        self.answer.ask(f"{what}: why?", _taken(incident, take))


def _taken(incident: Incident, take: Callable[[Incident, str], None]) -> Take:
    def taken(text: str) -> str:
        try:
            take(incident, text)
        except answers.Wrong as wrong:
            return str(wrong)
        return ""

    return taken
