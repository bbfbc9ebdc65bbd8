"""How a poll without a reading is told: what the collector raised becomes a Poll with sentences for the operator."""

import asyncio
from pathlib import PurePath

from collectors.base import CollectError, NoData, Outcome, Poll
from collectors.polling.inert import FACT_LIMIT
from collectors.text import clean

BUG_REMEDY = "this is a fault of watchfloor itself: please report it"


def unread(target: str, error: BaseException, *, at: float, took_s: float) -> Poll:
    """A poll that brought none, from what the collector raised."""
    told = error if isinstance(error, CollectError) else worded(error)
    return Poll(
        target=target,
        outcome=_outcome(error),
        at=at,
        took_s=took_s,
        error=clean(told.message, FACT_LIMIT),
        reason=clean(told.reason),
        remedy=clean(told.remedy, FACT_LIMIT),
        retry=told.retry,
    )


def timed_out(timeout_s: float, phase: str) -> CollectError:
    """What a poll that was ended at its deadline stands for."""
    return CollectError(f"no answer within {timeout_s:g} s while {phase}", reason="timeout")


def _outcome(error: BaseException) -> Outcome:
    if isinstance(error, NoData):
        return "no_data"
    return "failed" if isinstance(error, CollectError | TimeoutError) else "broken"


def worded(error: BaseException) -> CollectError:
    """Word any other exception: a time-out that nobody worded himself, or a bug with its place."""
    if isinstance(error, TimeoutError):
        return CollectError(f"timed out: {error}" if str(error) else "timed out", reason="timeout")
    if isinstance(error, asyncio.CancelledError):
        return CollectError("the poll was cancelled from inside", reason="bug", remedy=BUG_REMEDY)
    place, trace = "", error.__traceback__
    while trace is not None:
        place = f" in {PurePath(trace.tb_frame.f_code.co_filename).name} line {trace.tb_lineno}"
        trace = trace.tb_next
    return CollectError(f"{type(error).__name__}{place}: {error}", reason="bug", remedy=BUG_REMEDY)
