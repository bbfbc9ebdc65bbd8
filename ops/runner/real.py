"""The Runner that makes the calls: each is told, timed and bounded, and what goes wrong is one sentence."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from importlib import import_module
from time import perf_counter
from typing import cast

from collectors.base import CollectError
from ops.actions.errors import ActionError, Refused
from ops.config.structs import Config
from ops.figures import duration
from ops.redact import shown
from ops.runner.base import Answer, Runner
from ops.runner.calls import AnyCall, Docker, Http, Program, Rabbitmq
from ops.runner.reach import Reach
from ops.runner.sink import CleanSink, Sink

LOOK_EVERY_S = 0.5
"""How often `until` looks."""
_WITH_STATUS = (Program, Docker, Http, Rabbitmq)
"""Calls that have an exit code or a status of HTTP; of the others the Answer counts what was touched."""
Make = Callable[[AnyCall, Reach], Awaitable[Answer]]


class RealRunner(Runner):
    """Makes each call by `ops.runner.effects`, where only what is called is ever imported."""

    dry = False

    def __init__(
        self, config: Config, sink: Sink, seen: Mapping[str, str] | None = None, *, by: str = "", job: int = 0
    ) -> None:
        """`seen` is what the plan relied on, by name; None without a plan: whatever is found now is as good.

        `by` is who asked ("ann (screen)") and `job` which job it is, where a call leaves word of that.
        """
        self._sink = CleanSink(sink)
        self._reach = Reach(config, self._sink, by, job)
        self._seen = None if seen is None else dict(seen)

    async def do(self, call: AnyCall) -> Answer:
        """Make it within its time. Raises ActionError with the sentence of whatever went wrong, and Refused."""
        self._sink.line("call", call.told)
        try:
            async with asyncio.timeout(call.timeout_s) as limit:
                answer = await _maker(call)(call, self._reach)
        except CollectError as error:
            raise ActionError(shown(error.message), shown(error.remedy), reason=error.reason) from error
        except TimeoutError as error:
            raise _late(call, limit.expired()) from error
        except OSError as error:
            raise _broken(error) from error
        if isinstance(call, _WITH_STATUS):
            self._sink.call_ended(answer.status)
        return answer

    def say(self, text: str) -> None:
        """A line of our own."""
        self._sink.line("say", text)

    def loses(self, what: str) -> None:
        """A line as well: the plan asked for what it takes."""
        self._sink.line("say", what)

    def progress(self, done_ratio: float, words: str = "") -> None:
        """Handed on."""
        self._sink.progress(done_ratio, words)

    def rely(self, name: str, value: str) -> None:
        """Compare with what the plan was shown with. Raises Refused when it has become another."""
        if self._seen is None or self._seen.get(name) == value:
            return
        planned = self._seen.get(name)
        was = f"{shown(planned)!r} when it was planned" if planned is not None else "not part of the plan"
        raise Refused(
            f"{shown(name)} has changed: it was {was} and is {shown(value)!r} now, so nothing was done",
            "look at the new plan and confirm that",
            reason="changed",
        )

    async def until(self, what: str, within_s: float, look: Callable[[], Awaitable[str]]) -> None:
        """Look every half second. Raises ActionError with the last reason when the time is up."""
        began, why = perf_counter(), "it could not be looked at in that time"
        self._sink.line("say", f"wait up to {duration(within_s)} until {what}")
        try:
            async with asyncio.timeout(within_s) as limit:
                while not_yet := await _looked(look):
                    why = not_yet
                    spent_s = perf_counter() - began
                    self._sink.progress(spent_s / within_s if within_s else 1.0, f"waiting until {what}: {why}")
                    await asyncio.sleep(LOOK_EVERY_S)
        except TimeoutError as error:
            if not limit.expired():
                raise ActionError(f"looking whether {shown(what)} took too long", reason="timeout") from error
            raise ActionError(
                f"after {duration(within_s)} it was not so that {shown(what)}: {shown(why)}",
                "look at its log for what holds it up",
                reason="timeout",
            ) from error
        self._sink.progress(1.0, what)


async def _looked(look: Callable[[], Awaitable[str]]) -> str:
    """A source that can't be read while something restarts is a reason to look again."""
    try:
        return await look()
    except CollectError as error:
        return error.message


def _maker(call: AnyCall) -> Make:
    tag = type(call).__struct_config__.tag
    return cast("Make", import_module(f"ops.runner.effects.{tag}").make)


def _late(call: AnyCall, ours: bool) -> ActionError:
    if not ours:
        return ActionError("the part did not answer in time", "look whether it hangs", reason="timeout")
    return ActionError(
        f"it did not end within {duration(call.timeout_s)}: {shown(call.told)}",
        "look whether what it does goes on, and whether the part hangs",
        reason="timeout",
    )


def _broken(error: OSError) -> ActionError:
    why = error.strerror or str(error) or type(error).__name__
    reason = "permission" if isinstance(error, PermissionError) else "error"
    remedy = "run as a user who may do this" if reason == "permission" else "look whether the part is reachable"
    return ActionError(f"it broke off: {shown(why)}", remedy, reason=reason)
