"""Planned work that goes on, as lines of text."""

from collections.abc import Iterator, Sequence

from collectors.text import clean
from ops.board import Level
from ops.drift.checklist import Point
from ops.drift.maintenance import STATES, Report, Work
from ops.figures import several
from ops.past.wall import moment
from ops.redact import shown
from tui.cli.output import signed

_LEVELS: dict[str, Level] = {"good": "ok", "bad": "critical", "person": "warning", "none": "unknown"}
_WORD = 14


def begun_lines(work: Work) -> Iterator[str]:
    """What is done by whom until when, what was captured, the checklist, the state before."""
    yield f"maintenance: {shown(work.reason)}, begun {moment(work.at)} by {shown(work.by)}"
    silence = f"silence {work.silence}" if work.silence else "no silence"
    yield f'  baseline "{work.baseline}" is captured; {silence} until {moment(work.until)}'
    yield from point_lines(work.points)
    yield from (f"  {shown(line)}" for line in work.state)
    yield "`watchfloor maintenance end` compares, ends the silence and reports"


def ended_line(report: Report, out: str) -> str:
    """Where the report is, how much changed, and what became of the silence."""
    silence = f"silence {report.work.silence} has ended" if report.work.silence else "there was no silence"
    if report.notes:
        silence = "; ".join(map(shown, report.notes))
    drift = several(len(report.findings.drift), "difference")
    return f"maintenance has ended: {drift}, {silence}; the report is {clean(out)}"


def point_lines(points: Sequence[Point]) -> Iterator[str]:
    """A checklist: how each stands, and what it says."""
    for one in points:
        yield f"  {signed(_LEVELS[one.state], STATES[one.state], _WORD)} {one.title}: {shown(one.said)}"
