"""The lines of `watchfloor monitor`: each change, proposal, fix begun and ended, once, with its moment in UTC."""

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

import msgspec

from collectors.text import LINE_LIMIT, clean
from ops.board import Board, Change
from ops.incidents.structs import Incident
from ops.jobs.news import News
from ops.jobs.structs import Job
from ops.redact import mask, mask_tree
from tui.cli.output import say, say_exactly

Form = Literal["text", "json", "logfmt"]
_WELL = {"recording": "recording", "policy": "off", "undelivered": "all is delivered"}
_PLAIN = re.compile(r"[^\s\"=\\\x00-\x1f\x7f]+")
_NUMBER = re.compile(r"\d+")


class Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that happened."""

    at: str
    kind: str
    """level, incident, proposal, fix-began, fix-ended, policy, recording, undelivered, config, monitor, note."""
    row: str = ""
    level: str = ""
    fix: str = ""
    job: int = 0
    incident: int = 0
    priority: str = ""
    state: str = ""
    verdict: str = ""
    text: str


class Lines:
    """Says what is new in each Board, and nothing twice."""

    def __init__(self, form: Form = "text") -> None:
        self._form = form
        self._newest: Change | None = None
        self._before: Board | None = None
        self._news = News()
        self._levels: dict[str, str] = {}

    def tell(self, board: Board, jobs: Sequence[Job]) -> None:
        """Say what happened since the Board before."""
        for line in self._new(board, jobs):
            self._say(line)
        self._before = board

    def note(self, kind: str, text: str) -> None:
        """Say something of the monitor itself."""
        self._say(Line(at=stamp(time.time()), kind=kind, text=text))

    def _new(self, board: Board, jobs: Sequence[Job]) -> Iterator[Line]:
        now = stamp(board.at)
        before = self._before
        yield from self._changes(board)
        yield from _incidents(board, before)
        for words, was, kind in (
            (board.recording, before.recording if before else "", "recording"),
            (board.auto, before.auto if before else "", "policy"),
            (_undelivered(board), _undelivered(before) if before else "", "undelivered"),
        ):
            if words != was:
                yield Line(at=now, kind=kind, text=words or _WELL[kind])
        known = {(one.row, one.fix, _gist(one.text)) for one in before.proposals} if before else set()
        for one in board.proposals:
            if (one.row, one.fix, _gist(one.text)) not in known:
                yield Line(at=now, kind="proposal", row=one.row, fix=one.fix, text=one.text)
        for note in board.notes:
            said = any(one.text.removeprefix(f"{one.fix}: ") in note for one in board.proposals)
            if not said and (before is None or note not in before.notes):
                yield Line(at=now, kind="note", text=note)
        for happened in self._news.look(jobs):
            yield Line(
                at=now,
                kind=f"fix-{happened.kind}",
                row=happened.row,
                fix=happened.fix,
                job=happened.job,
                verdict=happened.verdict,
                text=happened.text,
            )

    def _changes(self, board: Board) -> Iterator[Line]:
        """Oldest first. A row that is not well when it is read first has changed from nothing, and is told too."""
        fresh: list[Change] = []
        for change in board.changes:
            if change is self._newest:
                break
            fresh.append(change)
        self._newest = board.changes[0] if board.changes else None
        for change in reversed(fresh):
            self._levels[change.row] = change.after
            yield Line(at=stamp(change.at), kind="level", row=change.row, level=change.after, text=change.text)
        for row in board.rows:
            first = row.id not in self._levels and row.word != "waiting"
            if first and row.level != "ok":
                yield Line(at=stamp(board.at), kind="level", row=row.id, level=row.level, text=row.reason or row.word)
            if first:
                self._levels[row.id] = row.level

    def _say(self, line: Line) -> None:
        if self._form == "text":
            words = (line.level or line.priority or line.kind, line.row, line.text.replace("\n", "; "))
            say(mask("  ".join((line.at, *(word for word in words if word)))))
            return
        told = {name: mask_tree(value) for name, value in msgspec.to_builtins(line).items()}
        say_exactly((msgspec.json.encode(told).decode() if self._form == "json" else logfmt(told)) + "\n")


def logfmt(fields: Mapping[str, object]) -> str:
    """Fields as `name=value`, in quotes where a value has more than plain signs (brandur.org/logfmt)."""
    return " ".join(f"{name}={_value(str(value))}" for name, value in fields.items())


def _value(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else msgspec.json.encode(text).decode()


def _incidents(board: Board, before: Board | None) -> Iterator[Line]:
    """What became of incidents since the Board before."""
    known = {one.number: _standing(one) for one in before.incidents} if before else {}
    for one in board.incidents:
        if known.get(one.number) != _standing(one):
            who = f" by {one.acked_by}" if one.acked_by else ""
            yield _incident(board, one, one.state, f"INC-{one.number} {one.state}{who}: {one.title}")
    going_on = {one.number for one in board.incidents}
    for one in before.incidents if before else ():
        if one.number not in going_on:
            yield _incident(board, one, "resolved", f"INC-{one.number} is over: {one.title}")


def _standing(incident: Incident) -> tuple[str, str, str]:
    return incident.priority, incident.state, incident.acked_by


def _incident(board: Board, incident: Incident, state: str, text: str) -> Line:
    return Line(
        at=stamp(board.at),
        kind="incident",
        incident=incident.number,
        priority=incident.priority,
        state=state,
        text=clean(text, LINE_LIMIT),
    )


def _undelivered(board: Board) -> str:
    return f"{board.undelivered} messages wait or were given up" if board.undelivered else ""


def stamp(at: float) -> str:
    """A moment as "2026-01-09T12:00:00Z"."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))


def _gist(text: str) -> str:
    """What is said without the figures that move on: the part after "since", without its numbers."""
    return _NUMBER.sub("", text.partition("since ")[2] or text)
