"""Watches the row that will prove a fix, from the moment the action begins until its checks are good again."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from time import monotonic
from typing import NamedTuple

from msgspec.structs import replace

from collectors.base import Poll
from collectors.text import clean
from ops.board import Row
from ops.config.structs import Config
from ops.engine import Engine, once_config
from ops.fixes.case import about, readers, spec_of
from ops.fixes.proof import not_yet, still_left
from ops.jobs.structs import Proof
from ops.redact import shown
from ops.runner.base import Runner

SHORTEST_S, LONGEST_S = 0.25, 2.0
"""Between two readings: as often as the config polls it, but no oftener and no more seldom than this."""


class Look(NamedTuple):
    """One reading of the proof row."""

    begun: float
    """Monotonic: what was asked before says nothing of what came after."""
    why: str
    """Why it proves nothing; "" when all is well."""


class Verified(NamedTuple):
    """What the watch saw in the end."""

    good: bool
    why: str
    """What the row still says where it is not good."""
    interrupted_s: float
    """How long it was not well since the watch began, to the nearest reading."""
    left: str = ""
    """What else is not well there although the proof holds: "it is still slow: p95 640 ms, over 500 ms"."""


class Watch:
    """Reads one row's target again and again, with the same collector and thresholds as the floor.

    Nothing is held and one reading is enough to judge; how many good ones in a row are wanted is counted by `proven`.
    """

    def __init__(self, config: Config, proof: Proof) -> None:
        self.proof = proof
        self.targets: Sequence[str] = readers(config, proof.row)
        specs = [spec_of(config, target) for target in self.targets]
        self.successes = max((spec.config.successes for spec in specs), default=1)
        often = min((float(spec.config.interval) for spec in specs), default=LONGEST_S)
        self.every_s = min(max(often, SHORTEST_S), LONGEST_S)
        self.bad_s = 0.0
        self.row: Row | None = None
        """As it was read last."""
        self._last = Look(monotonic(), "not read yet")
        self._newer = asyncio.Event()
        self._anew = asyncio.Event()
        self._engine = Engine(_alone(about(config, proof.row), self.targets), at_once=True) if self.targets else None

    async def run(self) -> None:
        """Look until cancelled."""
        before, was_bad = monotonic(), bool(self.proof.checks)
        while self._engine is not None:
            if self._anew.is_set():
                self._anew.clear()
                self._engine.forget()
            begun = monotonic()
            polls = await self._engine.poller.once(self.targets)
            self._last = Look(begun, self._judged(self._engine, polls))
            # It counts as bad until it is seen to be good, and as good until it is seen to be bad.
            now = monotonic()
            self.bad_s += now - before if was_bad else 0.0
            before, was_bad = now, bool(self._last.why)
            self._newer.set()
            await self._pause(self.every_s - (monotonic() - begun))

    async def _pause(self, for_s: float) -> None:
        """Wait for the next look; the one that is to be judged anew is taken at once."""
        with suppress(TimeoutError):
            async with asyncio.timeout(max(for_s, 0.0)):
                await self._anew.wait()

    async def close(self) -> None:
        """Let go of connections."""
        if self._engine is not None:
            await self._engine.poller.close()

    def judge_anew(self) -> None:
        """Look now, and from that look on: percentiles and ratios of before the fix's end don't count."""
        self._anew.set()

    async def next(self) -> Look:
        """The next reading."""
        self._newer.clear()
        await self._newer.wait()
        return self._last

    @property
    def why(self) -> str:
        """What the last reading said against it."""
        return self._last.why

    def _judged(self, engine: Engine, polls: Sequence[Poll]) -> str:
        row = self.row = engine.picture().row(self.proof.row)
        if row is not None and len(self.targets) > 1:
            self.targets = (row.target,)
        unread = next((poll for poll in polls if poll.outcome != "fresh" and poll.target in self.targets), None)
        if unread is not None:
            return unread.error or "it could not be read"
        return not_yet(self.proof, row)


def _alone(config: Config, targets: Sequence[str]) -> Config:
    """The config of these targets alone: no budgets, no flapping, and one answer is enough."""
    settings = replace(config.settings, flapping=False)
    return once_config(replace(config, slos=(), settings=settings), targets)


@asynccontextmanager
async def watching(config: Config, proof: Proof) -> AsyncIterator[Watch]:
    """Watch while the block runs, and leave nothing behind."""
    watch = Watch(config, proof)
    task = asyncio.create_task(watch.run(), name="proof")
    try:
        yield watch
        if task.done() and not task.cancelled():
            task.result()
    finally:
        task.cancel()
        await asyncio.wait([task])
        await watch.close()


async def proven(watch: Watch, runner: Runner) -> Verified:
    """Wait until the row is good in as many fresh readings in a row as its target asks for, or the time is up.

    Only readings that were asked after this call count.
    """
    after, within_s = monotonic(), watch.proof.within_s
    watch.judge_anew()
    good, told, name = 0, "", clean(watch.proof.row)
    with suppress(TimeoutError):
        async with asyncio.timeout(within_s if watch.targets else 0):
            while good < watch.successes:
                look = await watch.next()
                if look.begun < after:
                    continue
                good = 0 if look.why else good + 1
                said = f"{name}: {shown(look.why) or 'good'} ({good} of {watch.successes} good)"
                if said != told:
                    runner.say(said)
                    told = said
                runner.progress((monotonic() - after) / within_s if within_s else 1.0, said)
    enough = good >= watch.successes
    why = "" if enough else _left(watch, good)
    return Verified(enough, why, watch.bad_s, still_left(watch.proof, watch.row) if enough else "")


def _left(watch: Watch, good: int) -> str:
    if not watch.targets:
        return "the config has no target that reads it"
    return shown(watch.why) or f"good only {good} times of {watch.successes}"
