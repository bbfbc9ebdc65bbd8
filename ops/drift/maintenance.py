"""Planned work with a beginning and an end: what was before is captured, alerts are silenced, what changed is told.

    begin    capture a baseline of its own, silence alerts, write down the state, look through the first checklist
    end      compare with that baseline, end the silence, look through the second checklist

The baseline that drift is compared with stays the same: what the work changed is drift until somebody accepts it.
"""

import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from collectors.text import clean
from ops.alerts.structs import Matcher, Silence
from ops.board import Board
from ops.config.structs import Config
from ops.drift.capture import nothing_told
from ops.drift.checklist import Point, after, before, running, state_lines
from ops.drift.desk import DriftDesk
from ops.drift.locked import alone, failed
from ops.drift.rows import clause
from ops.drift.salt import drift_folder
from ops.drift.source import DriftError, Tell
from ops.drift.structs import Difference, Findings, Head
from ops.durable import replace_file
from ops.figures import duration, several
from ops.incidents.source import IncidentError, IncidentSource
from ops.markdown import escaped, fenced, table
from ops.store.places import store_folder

FILE_NAME = "maintenance.json"
LONGEST_S = 24 * 3600.0
_PREFIX = "maintenance"
_LISTED = 200
"""Differences that a report names."""
STATES = {"good": "ok", "bad": "NOT OK", "person": "by hand", "none": "not watched"}
_OTHERS = ("container", "queue", "slo")
"""Kinds of rows that alert beside those that are called after a section."""


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """Maintenance that was begun."""

    reason: str
    by: str
    at: float
    """UTC seconds."""
    until: float
    """When its silence ends by itself."""
    baseline: str
    """Name of what was captured when it began."""
    silence: int = 0
    """Number of its silence; 0 for none."""
    state: tuple[str, ...] = ()
    """The state of the system then, in lines."""
    points: tuple[Point, ...] = ()
    """The first checklist."""
    ran: tuple[str, ...] = ()
    """Ids of what ran then."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Maintenance that is over."""

    work: Work
    by: str
    at: float
    findings: Findings
    """What is not as it was when it began."""
    state: tuple[str, ...] = ()
    points: tuple[Point, ...] = ()
    notes: tuple[str, ...] = ()
    """What could not be done to its end."""


Look = Callable[[], Awaitable[Board]]


class Maintenance:
    """Begins and ends planned work of one floor. Raises DriftError with a sentence."""

    def __init__(
        self,
        config: Config,
        desk: DriftDesk,
        incidents: IncidentSource,
        look: Look,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`look` reads everything once, for the checklists."""
        self._config, self._desk, self._incidents, self._look, self._clock = config, desk, incidents, look, clock
        self._folder = store_folder(config)
        self._file = self._folder / "drift" / FILE_NAME

    def begun(self) -> Work | None:
        """What goes on; None for nothing."""
        return _read(self._file)

    async def begin(
        self, by: str, reason: str, for_s: float, *, matchers: Sequence[Matcher] = (), tell: Tell = nothing_told
    ) -> Work:
        """Capture, silence, look. Without `matchers` all that this config watches is silenced."""
        now = self._clock()
        self._none_goes_on(now)
        if not 0 < for_s <= LONGEST_S:
            raise DriftError("maintenance lasts up to a day", "give it a time such as 2h")
        baseline = await self._captured(by, now, tell)
        work = Work(reason=clean(reason), by=by, at=now, until=now + for_s, baseline=baseline)
        board = await self._look()
        work = msgspec.structs.replace(work, state=state_lines(board), points=before(board), ran=running(board))
        with alone(drift_folder(self._folder), "maintenance"):
            self._none_goes_on(now)
            work = msgspec.structs.replace(work, silence=self._silenced(work, matchers))
            try:
                self._write(work)
            except DriftError as error:
                # Nothing has begun: nothing may be silent for it either.
                left = "; ".join(self._unsilenced(work, by))
                raise DriftError(f"{error.message}; {left}" if left else error.message, error.remedy) from error
        return work

    async def end(self, by: str, *, tell: Tell = nothing_told) -> Report:
        """Compare, end the silence, look again."""
        work = self.begun()
        if work is None:
            raise DriftError("no maintenance goes on", "begin it with `watchfloor maintenance begin`")
        findings = await self._compared(work, tell)
        board = await self._look()
        notes = tuple(self._unsilenced(work, by))
        try:
            self._file.unlink(missing_ok=True)
        except OSError as error:
            raise failed(self._file, error) from error
        now = self._clock()
        return Report(
            work=work,
            by=by,
            at=now,
            findings=findings,
            state=state_lines(board),
            points=after(board, work.ran),
            notes=notes,
        )

    def _none_goes_on(self, now: float) -> None:
        going_on = self.begun()
        if going_on is not None:
            ago = duration(max(0.0, now - going_on.at))
            raise DriftError(
                f"maintenance goes on already: {going_on.reason}, begun by {going_on.by} {ago} ago",
                "end it first with `watchfloor maintenance end`",
            )

    async def _captured(self, by: str, now: float, tell: Tell) -> str:
        """What is, under a name of its own; what is compared with otherwise stays the same."""
        name = f"{_PREFIX}-{time.strftime('%Y%m%d-%H%M%S', time.gmtime(now))}"
        await self._desk.capture(name, by=by, use=not self._desk.current(), tell=tell)
        return name

    async def _compared(self, work: Work, tell: Tell) -> Findings:
        """What is not as it was; where that can't be told any more the work ends all the same, and says why."""
        try:
            return await self._desk.detect(work.baseline, tell=tell)
        except DriftError as error:
            unknown = Difference(path=f"baseline:{work.baseline}", kind="unreadable", reason=error.message)
            head = Head(name=work.baseline, id="", at=work.at, host="", user=work.by, version="")
            why = f"what changed can't be told: {error.message}"
            return Findings(at=self._clock(), baseline=head, differences=(unknown,), notes=(why,))

    def _silenced(self, work: Work, matchers: Sequence[Matcher]) -> int:
        silence = Silence(
            matchers=tuple(matchers) or (everything(self._config),),
            start=work.at,
            end=work.until,
            author=work.by,
            comment=f"maintenance: {work.reason}",
            made_at=work.at,
        )
        try:
            return self._incidents.silence(silence).id
        except IncidentError as error:
            raise DriftError(error.message, error.remedy) from error

    def _unsilenced(self, work: Work, by: str) -> Iterator[str]:
        if not work.silence or self._clock() >= work.until:
            return
        try:
            self._incidents.end_silence(work.silence, by)
        except IncidentError as error:
            yield error.words

    def _write(self, work: Work) -> None:
        try:
            replace_file(self._file, msgspec.json.encode(work))
        except OSError as error:
            raise failed(self._file, error) from error


def everything(config: Config) -> Matcher:
    """All alerts of what a config watches; those about the floor itself and its messages are left out."""
    sections = sorted({spec.id.partition(":")[0] for spec in config.targets} | set(_OTHERS))
    return Matcher(label="kind", op="=~", value=rf"({'|'.join(sections)})(\..+)?")


def _read(file: Path) -> Work | None:
    try:
        return msgspec.json.decode(file.read_bytes(), type=Work)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise failed(file, error) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DriftError(f"{file} is damaged", "move it away; its silence ends by itself") from error


def markdown(report: Report) -> str:
    """The report as a document: what was done, both checklists, what changed."""
    work, drift = report.work, report.findings.drift
    stamp = "%Y-%m-%d %H:%M:%S UTC"
    began, ended = (time.strftime(stamp, time.gmtime(at)) for at in (work.at, report.at))
    rows = [("begun", began, work.by), ("ended", ended, report.by), ("took", duration(report.at - work.at), "")]
    changed = [[one.path, one.severity, clause(one)] for one in drift[:_LISTED]]
    left = len(drift) - len(changed)
    lines = [
        f"# Maintenance: {escaped(work.reason)}", "", *table(("", "when", "by"), rows), "",
        "## Before", "", *_points(work.points), "", *fenced(work.state), "",
        "## After", "", *_points(report.points), "", *fenced(report.state), "",
        f"## What changed: {several(len(drift), 'difference')}", "",
        *(table(("path", "severity", "change"), changed) if changed else ["Nothing that is captured."]),
        *([f"… and {left} more"] if left > 0 else []),
        *(f"- {escaped(note)}" for note in (*report.findings.notes, *report.notes)),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _points(points: Sequence[Point]) -> list[str]:
    return table(("", "", ""), [(point.title, STATES[point.state], point.said) for point in points])
