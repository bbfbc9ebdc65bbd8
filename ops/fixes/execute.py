"""What a job does: reads the row again, runs the action, and waits for the proof."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from time import monotonic

from collectors.base import CollectError
from collectors.text import clean
from ops.actions.base import Action, Case, Offer
from ops.actions.errors import ActionError, Refused
from ops.config.structs import Config
from ops.figures import duration
from ops.fixes.case import make_case, read_anew, same
from ops.fixes.gate import still_agreed
from ops.fixes.own import rely_on
from ops.fixes.verify import Verified, Watch, proven, watching
from ops.jobs.outcome import Outcome, Progress
from ops.jobs.structs import Request
from ops.redact import shown
from ops.runner.base import Answer, Runner
from ops.runner.calls import AnyCall


class _Counted(Runner):
    """Another runner, and whether anything was really called yet: only before that is a refusal one."""

    def __init__(self, runner: Runner) -> None:
        self._runner, self.dry, self.calls = runner, runner.dry, 0

    async def do(self, call: AnyCall) -> Answer:
        """A call that was refused changed nothing."""
        self.calls += 1
        try:
            return await self._runner.do(call)
        except Refused:
            self.calls -= 1
            raise

    def say(self, text: str) -> None:
        """Handed on."""
        self._runner.say(text)

    def loses(self, what: str) -> None:
        """Handed on."""
        self._runner.loses(what)

    def progress(self, done_ratio: float, words: str = "") -> None:
        """Handed on."""
        self._runner.progress(done_ratio, words)

    def rely(self, name: str, value: str) -> None:
        """Handed on."""
        self._runner.rely(name, value)

    async def until(self, what: str, within_s: float, look: Callable[[], Awaitable[str]]) -> None:
        """Handed on."""
        await self._runner.until(what, within_s, look)


async def execute(
    request: Request,
    config: Config,
    runner: Runner,
    on: Progress,
    *,
    actions: Mapping[str, Action] | None = None,
) -> Outcome:
    """Do it, and give how it ended: verified, unverified, failed, refused.

    Refused is what was found wrong before the first call; after it the same is a failure. May be cancelled at any
    await; an error that is none of the parts' own is a bug and is raised.
    """
    counted = _Counted(runner)
    try:
        action = _action(request, actions)
        row, rows = await read_anew(config, request.row)
        same(row, request.key)
        still_agreed(request, row, config)
        case = make_case(config, action, row, rows, request.params, request.fix)
        rely_on(next((fix for fix in config.fixes if fix.name == request.fix), None), counted)
        async with watching(config, request.proof) as watch:
            return await _run(action, case, request, counted, watch, on)
    except Refused as refusal:
        if counted.calls:
            return _failed(refusal)
        return Outcome(verdict="refused", said=shown(refusal.message), remedy=shown(refusal.remedy))
    except (ActionError, CollectError) as error:
        return _failed(error)


def _action(request: Request, actions: Mapping[str, Action] | None) -> Action:
    from ops.actions.registry import discover

    action = (discover() if actions is None else actions).get(request.action)
    if action is None:
        raise Refused(
            f"there is no action {clean(request.action)!r} in this version", "plan it again", reason="missing"
        )
    return action


async def _run(action: Action, case: Case, request: Request, runner: _Counted, watch: Watch, on: Progress) -> Outcome:
    began = monotonic()
    on.began()
    try:
        async with asyncio.timeout(request.timeout_s) as limit:
            await action.run(case, runner)
    except TimeoutError as error:
        if not limit.expired():
            raise ActionError("the part did not answer in time", "look whether it hangs", reason="timeout") from error
        raise ActionError(
            f"it did not end within {duration(request.timeout_s)} and was broken off",
            "look what it has done so far before trying again",
            reason="timeout",
        ) from error
    except OSError as error:
        why = clean(error.strerror or str(error) or type(error).__name__)
        raise ActionError(f"it broke off: {why}", "look whether the part is reachable") from error
    on.verifying(time.time() + request.proof.within_s)
    seen = await proven(watch, runner)
    return _judged(request, seen, monotonic() - began, action.undo(case))


def _judged(request: Request, seen: Verified, took_s: float, undo: Offer | None) -> Outcome:
    name = clean(request.proof.row)
    good = f"{name} is good again, {duration(took_s)} after it began{f'; {seen.left}' if seen.left else ''}"
    bad = f"it ran, but {name} is not good after {duration(request.proof.within_s)}: {seen.why}"
    return Outcome(
        verdict="verified" if seen.good else "unverified",
        said=shown(good if seen.good else bad),
        remedy="" if seen.good else "look at its log and at what it depends on; the same again is hardly enough",
        interrupted_s=seen.interrupted_s,
        undo=undo,
    )


def _failed(error: ActionError | CollectError) -> Outcome:
    return Outcome(verdict="failed", said=shown(error.message), remedy=shown(error.remedy))
