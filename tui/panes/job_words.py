"""How jobs are told: their state in a word, their time, and one job as lines. Pure, without a screen."""

import textwrap
import time
from collections.abc import Iterator, Sequence

from rich.cells import cell_len, chop_cells

from ops.figures import duration
from ops.jobs.structs import Job, OutputLine
from tui.glyphs import Glyphs
from tui.panes.cells import age
from tui.widgets.columns import Cell, Column, TableRow
from tui.widgets.lines import Line

COLUMNS = (
    Column("job", "job", align="right"),
    Column("state", "state", align="left"),
    Column("what", "what", align="left", least=16, grow=1),
    Column("by", "by", 4, align="left", most=14, least=6),
    Column("began", "asked", 3),
    Column("took", "took", 2),
    Column("exit", "exit", 5, optional=True),
)
_VERDICTS = {
    "verified": ("ok", "verified", "ok"),
    "unverified": ("warning", "not fixed", "warning"),
    "failed": ("critical", "failed", "critical"),
    "refused": ("unknown", "refused", "unknown"),
    "cancelled": ("unknown", "cancelled", "unknown"),
    "lost": ("unknown", "outcome unknown", "critical"),
}
"""By verdict: the level whose glyph it has, the word, the meaning that colours it."""
_KINDS = {"call": "accent", "out": "text", "err": "warning", "say": "muted"}


def state(job: Job, now: float, glyphs: Glyphs) -> tuple[str, str]:
    """Glyph and word of how it stands, and the meaning that colours it."""
    if not job.runs:
        level, word, style = _VERDICTS.get(job.verdict, ("unknown", job.verdict, "unknown"))
        return f"{glyphs.levels[level]} {word}", style  # type: ignore[index]  # the levels stand above
    if job.state == "verifying":
        left = f" {duration(max(job.verify_until - now, 0.0))} left" if job.verify_until is not None else ""
        return f"{glyphs.runs} verifying{left}", "accent"
    ratio = f" {job.progress_ratio:.0%}" if job.state == "running" and job.progress_ratio is not None else ""
    return f"{glyphs.runs} {job.state}{ratio}", "accent"


def took_s(job: Job, now: float) -> float | None:
    """How long it has been at work, or was."""
    end = now if job.ended_at is None else job.ended_at
    return None if job.began_at is None else max(end - job.began_at, 0.0)


def table_row(job: Job, now: float, glyphs: Glyphs) -> TableRow:
    """One job as a line of the table."""
    words, style = state(job, now, glyphs)
    request = job.request
    return TableRow(
        str(job.id),
        (
            Cell(str(job.id), "muted", float(job.id)),
            Cell(words, style, words),
            Cell(request.title, "text", request.title),
            Cell("policy" if request.by.via == "policy" else request.by.user, "muted", request.by.user),
            Cell(age(now - request.asked_at), "muted", request.asked_at),
            Cell(duration(took_s(job, now)) if job.began_at else "", "text", took_s(job, now)),
            Cell("" if job.exit is None else str(job.exit), "muted", job.exit),
        ),
    )


def story(job: Job, now: float, width: int, glyphs: Glyphs) -> list[Line]:
    """What stands over its output: how it stands, what for, by whom, and how it is undone."""
    words, style = state(job, now, glyphs)
    took = took_s(job, now)
    head: Line = [
        (words, style),
        (f"  job {job.id}", "muted"),
        (f"  {duration(took)}" if took is not None else "", "text"),
        (f"  {job.progress_words}" if job.runs else "", "muted"),
    ]
    lines: list[Line] = [head]
    for text, meaning in _sentences(job):
        lines += [[(part, meaning)] for part in textwrap.wrap(text, max(width, 20))]
    return [*lines, []]


def _sentences(job: Job) -> Iterator[tuple[str, str]]:
    request, by = job.request, job.request.by
    if job.said:
        yield job.said, "text"
    if job.remedy:
        yield f"to do: {job.remedy}", "accent"
    place = " ".join(filter(None, (by.tty.removeprefix("/dev/"), f"from {by.origin}" if by.origin else "")))
    asked = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(request.asked_at))
    yield f"asked by {by.user} ({' '.join(filter(None, (by.via, place)))}) at {asked}", "muted"
    watched = ", ".join(request.proof.checks) or "its state"
    yield f"proved by {request.proof.row}: {watched}, within {duration(request.proof.within_s)}", "muted"
    if request.failing_since is not None and job.verdict == "verified" and job.ended_at is not None:
        yield f"{duration(job.ended_at - request.failing_since)} from the first failure to verified", "ok"
    if request.undone:
        yield f"undone by: {request.undone}" + (" (u plans it)" if job.undo else ""), "muted"


def output_lines(line: OutputLine, width: int = 0) -> list[Line]:
    """A line of output with its time, calls with a prompt; broken where it is wider than `width`, 0 for never."""
    clock = time.strftime("%H:%M:%S  ", time.gmtime(line.at))
    text, style = ("$ " if line.kind == "call" else "") + line.text, _KINDS[line.kind]
    room = max(width - len(clock), 20)
    if not width or cell_len(text) <= room:
        return [[(clock, "muted"), (text, style)]]
    first, *rest = chop_cells(text, room)
    return [[(clock, "muted"), (first, style)], *([(" " * len(clock), "muted"), (piece, style)] for piece in rest)]


def as_text(job: Job, lines: Sequence[OutputLine]) -> str:
    """A job with its output as plain text, for the clipboard and for a file."""
    head = [f"job {job.id}: {job.request.title}", f"{job.state} {job.verdict}".strip(), job.said]
    told = ("".join(text for text, _ in output_lines(line)[0]) for line in lines)
    return "\n".join((*filter(None, head), "", *told, ""))
