"""What the process of a job does, in order: config, rights, locks, record, action, record, verdict."""

import asyncio
import traceback
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from collectors.base import CollectError
from collectors.text import clean
from ops.actions.errors import ActionError, Refused
from ops.audit.trail import FILE_NAME, AuditTrail
from ops.config.structs import Config
from ops.errors import OpsError
from ops.figures import duration
from ops.jobs import record
from ops.jobs.locks import Held, Holder, TargetLocks, locks_folder
from ops.jobs.outcome import Execute, Outcome, Progress
from ops.jobs.standing import Standing
from ops.jobs.structs import Request

if TYPE_CHECKING:
    from ops.runner.base import Runner

SPARE_S = 60.0
"""What it may take beside the action, waiting for its lock, and the proof."""
_FRAMES = 8


class Parts(NamedTuple):
    """What the process puts together; tests put their own in."""

    load: Callable[[str], Config]
    refusal: Callable[[Config, Request], str]
    runner: "Callable[[Config, Standing, Request], Runner]"
    execute: Execute
    locks: Callable[[], Path] = locks_folder
    step: Callable[[str], None] = lambda _name: None
    """Hears the name of each step before it is taken."""


def _load(path: str) -> Config:
    from ops.config.load import load

    return load(path)


def _refusal(config: Config, request: Request) -> str:
    """Why it is not allowed, looked at once more where it happens; "" where it is."""
    from ops.fixes.guarded import guarded, kept
    from ops.fixes.rights import allowed
    from ops.store.places import store_folder

    if config.settings.read_only:
        return "the config says read_only"
    return (
        guarded(request.config)
        or kept(store_folder(config))
        or allowed(config, request.by, request.action, request.row)
    )


def _runner(config: Config, sink: Standing, request: Request) -> "Runner":
    from ops.runner.real import RealRunner

    return RealRunner(config, sink, request.seen, by=f"{request.by.user} ({request.by.via})", job=sink.job.id)


async def _execute(request: Request, config: Config, runner: "Runner", on: Progress) -> Outcome:
    from ops.fixes.execute import execute

    return await execute(request, config, runner, on)


REAL = Parts(_load, _refusal, _runner, _execute)
"""What jobs are made of, each imported when its turn comes: so a mistake in any of them ends with a verdict too."""


class Running:
    """One run of a job, from its request to its verdict."""

    def __init__(self, request: Request, standing: Standing, parts: Parts, folder: Path) -> None:
        """`folder` is the one with the audit trail."""
        self._request, self._standing, self._parts = request, standing, parts
        self._trail = AuditTrail(folder / FILE_NAME, standing.clock)
        self._intent: int | None = None
        self._held = Held({})
        self._task: asyncio.Task[Outcome] | None = None
        self._cancelled = False

    def cancel(self) -> None:
        """End it, whatever it does."""
        self._cancelled = True
        if self._task is not None:
            self._task.cancel()

    async def run(self) -> None:
        """Do all of it. Raises OSError where the end can't be written down."""
        self._task = asyncio.create_task(self._outcome())
        if self._cancelled:
            self._task.cancel()
        await asyncio.wait([self._task])
        outcome = self._cut_off() if self._task.cancelled() else self._task.result()
        if self._cancelled and outcome.verdict in ("failed", "refused"):
            # Its programs were ended too, and that may have been told first.
            outcome = self._cut_off()
        self._concluded(outcome)

    def _cut_off(self) -> Outcome:
        if self._standing.has_begun:
            look = f"look at {clean(self._request.row)}: a part of it may have been done"
            return Outcome(verdict="cancelled", said="cancelled while it ran", remedy=look)
        return Outcome(verdict="cancelled", said="cancelled before anything was done")

    async def _outcome(self) -> Outcome:
        """However it goes, an Outcome. The only other thing that comes out is that it was cancelled."""
        try:
            return await self._timed(self._do())
        except Refused as error:
            return Outcome(verdict="refused", said=error.message, remedy=error.remedy)
        except (ActionError, CollectError) as error:
            return Outcome(verdict="failed", said=error.message, remedy=error.remedy)
        except OpsError as error:
            # Before the action began, nothing was done: the config can't be read any more.
            return Outcome(verdict="failed" if self._standing.has_begun else "refused", said=error.message)
        except Exception as error:  # noqa: BLE001 - a job always ends with a verdict and a sentence
            return self._broken(error)

    async def _timed(self, work: Coroutine[None, None, Outcome]) -> Outcome:
        limit_s = self._request.wait_s + self._request.timeout_s + self._request.proof.within_s + SPARE_S
        try:
            async with asyncio.timeout(limit_s) as limit:
                return await work
        except TimeoutError as error:
            if not limit.expired():
                raise
            words = f"it was not done after {duration(limit_s)} in all, and was ended"
            raise ActionError(words, f"look at {self._request.row} and at the output", reason="timeout") from error

    async def _do(self) -> Outcome:
        request, step = self._request, self._parts.step
        if not request.config:
            raise Refused("there is no config file, so nothing is changed from here", "write one: watchfloor init")
        step("load")
        config = await asyncio.to_thread(self._parts.load, request.config)
        step("allow")
        if said := self._parts.refusal(config, request):
            raise Refused(said, "ask whoever keeps the config", reason="rights")
        step("lock")
        locks = TargetLocks(self._parts.locks(), self._standing.clock)
        self._held = await locks.take(request.locks, self._about(), wait_s=request.wait_s, waiting=self._standing.waits)
        step("intent")
        self._put_intent()
        step("execute")
        return await self._parts.execute(
            request, config, self._parts.runner(config, self._standing, request), self._standing
        )

    def _about(self) -> Holder:
        by, job = self._request.by, self._standing.job
        now = self._standing.clock()
        return Holder(
            user=by.user,
            tty=by.tty,
            pid=by.pid,
            since=now,
            job=job.id,
            title=self._request.title,
            row=self._request.row,
        )

    def _put_intent(self) -> None:
        """Nothing is done that is not on record first."""
        try:
            self._intent = self._trail.append("intent", record.intent(self._standing.job))
        except ActionError as error:
            raise Refused(f"{error.message}, so nothing was done", error.remedy, reason=error.reason) from error

    def _concluded(self, outcome: Outcome) -> None:
        """Record and verdict. The room that was kept for both is given back first."""
        job = self._standing.concluded(outcome)
        self._parts.step("outcome")
        self._standing.give_back()
        kind = "outcome" if self._intent is not None else "refused"
        entry = record.outcome(job, self._intent, self._standing.calls, self._standing.calls_left_out)
        try:
            self._trail.append(kind, entry)
        except ActionError as error:
            self._standing.add_to_end(f"{error.message}: how it ended is not on record", error.remedy)
        self._held.release()
        self._parts.step("verdict")
        self._standing.end()
        self._parts.step("ended")

    def _broken(self, error: Exception) -> Outcome:
        """A mistake of ours: the sentence names it, the output says where, without any values."""
        for frame in traceback.extract_tb(error.__traceback__)[-_FRAMES:]:
            self._standing.say(f"{Path(frame.filename).name}:{frame.lineno} in {frame.name}")
        words = f"the job broke off with {type(error).__name__}: {clean(error)}"
        return Outcome(verdict="failed", said=words, remedy=f"look at {clean(self._request.row)} before trying again")
