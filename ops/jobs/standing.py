"""How a job stands, kept by its own process and written down as it changes; and where the lines of its run go."""

from collections.abc import Callable
from contextlib import suppress
from time import monotonic

from msgspec.structs import replace

from collectors.text import LINE_LIMIT, clean
from ops.jobs.folder import JobFolder
from ops.jobs.outcome import Outcome
from ops.jobs.output import Later, OutputWriter
from ops.jobs.structs import Job, State
from ops.redact import mask

_EVERY_S = 0.5
CALLS = 50
"""Exact calls that are put on record …"""
_CALL_LENGTH = 300
"""… and how much of each: what is put on record fits into the room that is kept for it."""


class Standing:
    """The Progress and the Sink of a run. What can't be written for want of room never ends the job."""

    def __init__(self, folder: JobFolder, job: Job, output: OutputWriter, later: Later) -> None:
        self._folder, self._output, self._later = folder, output, later
        self.job = job
        self.calls: list[str] = []
        self.calls_left_out = 0
        self._began: float | None = None
        self._ran_s: float | None = None
        self._due = False

    @property
    def clock(self) -> Callable[[], float]:
        """The clock that everything of the job is dated by, UTC seconds."""
        return self._output.clock

    @property
    def has_begun(self) -> bool:
        """Whether the action itself began, so that something may have changed."""
        return self._began is not None

    def waits(self, words: str) -> None:
        """It waits for a lock; the words say whose."""
        self.line("say", words)
        self._change("waiting", said=words)

    def began(self) -> None:
        """The action itself begins."""
        self._began = monotonic()
        self._change("running", said="", began_at=self.clock())

    def verifying(self, until: float) -> None:
        """The action is done, its proof is waited for."""
        self._ran_s = self._since_began()
        self._change("verifying", verify_until=until, ran_s=self._ran_s, progress_ratio=None, progress_words="")

    def say(self, text: str) -> None:
        """A line of our own, masked."""
        self.line("say", mask(text))

    def line(self, kind: str, text: str) -> None:
        """A line that was masked before."""
        self._output.add(kind, text)
        if kind == "call":
            self._note(text)
        self._soon()

    def progress(self, ratio: float, words: str) -> None:
        """How far it is."""
        self.job = replace(self.job, progress_ratio=ratio, progress_words=clean(words))
        self._soon()

    def call_ended(self, exit: int) -> None:  # noqa: A002 - as in Sink
        """Exit code or status of the last call."""
        self.job = replace(self.job, exit=exit)

    def concluded(self, outcome: Outcome) -> Job:
        """The job as it ends with that; all output is written, and what was kept for the verdict can be given back."""
        if outcome.said:
            self.say(outcome.said)
        self._output.close()
        self.job = replace(
            self.job,
            verdict=outcome.verdict,
            said=clean(mask(outcome.said), LINE_LIMIT),
            remedy=clean(mask(outcome.remedy), LINE_LIMIT),
            ran_s=self._ran_s or self._since_began(),
            interrupted_s=outcome.interrupted_s,
            undo=outcome.undo,
            digest=self._output.digest,
            lines=self._output.lines,
            left_out=self._output.left_out,
            ended_at=self.clock(),
            verify_until=None,
            state="ended",
        )
        return self.job

    def give_back(self) -> None:
        """Give back the room that was kept."""
        self._folder.give_back()

    def add_to_end(self, said: str, remedy: str) -> None:
        """Something more is to be said of how it ended."""
        both = "; ".join(filter(None, (self.job.said, clean(mask(said), LINE_LIMIT))))
        self.job = replace(self.job, said=both, remedy=self.job.remedy or clean(mask(remedy), LINE_LIMIT))

    def end(self) -> None:
        """Write down how it ended, durably. Raises OSError."""
        self._folder.write_end(self.job)

    def _since_began(self) -> float | None:
        return None if self._began is None else monotonic() - self._began

    def _note(self, call: str) -> None:
        if len(self.calls) < CALLS:
            self.calls.append(clean(call, _CALL_LENGTH))
        else:
            self.calls_left_out += 1

    def _change(self, state: State, **fields: object) -> None:
        self.job = replace(self.job, state=state, **fields)
        self._output.flush()
        self._write(sync=True)

    def _soon(self) -> None:
        """Figures that move all the time are written at most twice a second."""
        if not self._due:
            self._due = True
            self._later(_EVERY_S, self._write_figures)

    def _write_figures(self) -> None:
        self._due = False
        if self.job.runs:
            self._write(sync=False)

    def _write(self, *, sync: bool) -> None:
        self.job = replace(self.job, lines=self._output.lines, left_out=self._output.left_out)
        with suppress(OSError):  # the end is written into room that was kept; until then an older state is good enough
            self._folder.write(self.job, sync=sync)
