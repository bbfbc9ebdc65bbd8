"""`make soak`: random faults, keys and resizes for a long time, while memory, descriptors and stalls are recorded.

`--hangs` takes the engine alone, with everything that can hang hanging at once the whole time.
"""

import argparse
import asyncio
import random
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

from msgspec.structs import replace

from tests.drills.catalog import LAST, chosen, waves
from tests.drills.drill import LONG, REFRESH_S, Drill, Fault, SeenBoard, shown, told, well
from tests.drills.heap import NOT_KNOWN
from tests.drills.keys import p99
from tests.drills.outcome import KEY_P99_S, QUIT_S, Run
from tests.drills.product import Product
from tests.drills.run import do_all, start_parts, write_config
from tests.drills.site import Site, site_folder
from tests.drills.vitals import Vitals, complaints, growth, look, settled

LOOK_S = 10.0
PAUSE_S = (10.0, 30.0)
CALM_S = 330.0
"""Restarts are told for five minutes."""
CALM_LOOKS, CALM_LOOK_S = 5, 0.7
"""One look may meet a program that a poll runs just then, with its pipes and its thread."""
SEEN_LIMIT_S = 60.0
SOAK_REFRESH_S = 1.0
"""As people have it; a Board is at most that much later than a drill's limits allow, twice over while one is drawn."""
FORGET_S = 400.0
"""How long a drill is not done again: restarts are counted over five minutes."""
WANDER_S = (20.0, 40.0)
HURRIED_S = (3.0, 8.0)
"""Pauses until every page was seen in every size: that must be over when memory is said to have settled."""
PERSON_S = 0.4
SIZES = ((120, 40), (80, 24), (200, 60), (60, 20), (20, 5), (300, 80))
ESCAPE = b"\x1b"
NEAR_TOP = b"g" + 4 * b"j"
"""Rows sorted by a figure change places: the selected one may come to stand at the top, where k paints nothing."""
PASTE = b"\x1b[200~" + b"quit\n" * 2000 + b"\x1b[201~"
MOUSE = b"\x1b[<35;10;10M" * 50
ASIDE = (
    (b"?", ESCAPE), (b"\r", ESCAPE), (b"\t", b"\x1b[Z"), (b"z", b"z"), (b"s", b""), (b"v", b""), (b"t", b""),
    (b"p", b"p"), (b"r", b""), (b"G", b"g"), (b"\x10", ESCAPE), (b"/http\r", ESCAPE), (b"j" * 40, b"g"),
    (b"l", ESCAPE), (b"i", ESCAPE), (b"w", ESCAPE), (b"D", ESCAPE), (PASTE, b""), (MOUSE, b""),
)  # fmt: skip
"""Keys that lead elsewhere (help, detail, panes, zoom, filter, palette, log, a paste, mouse noise), and back."""
HANGING = ("hang", "drip", "drop", "paused")


class Soak:
    """One long run."""

    def __init__(self, product: Product, minutes: float, seed: int) -> None:
        self.product = product
        self.taken: list[Vitals] = []
        self.failed: list[str] = []
        self.keys: list[float] = []
        self.begun = time.monotonic()
        self.ends = self.begun + 60 * minutes
        self.settled_s = settled(minutes)
        self._rng = random.Random(seed)
        self._sent = 0
        self._done: dict[str, float] = {}
        self._leaving = False
        self._way: list[str] = []
        self._first = [(*aside, size) for aside in ASIDE for size in SIZES]
        self._rng.shuffle(self._first)

    def over(self) -> bool:
        """Whether the time is up."""
        return time.monotonic() >= self.ends

    def take(self, *, calm: bool = False) -> None:
        """Look at the process now, and write it down."""
        sent, stalls = self.product.written_bytes, self.product.stalls
        worst, self.product.stalls = max(stalls, default=0.0), []
        spent = time.monotonic() - self.begun
        board = self.product.board
        blocks, heap = (board.blocks, board.heap) if board else (0, NOT_KNOWN)
        self.taken.append(look(self.product.pid, spent, worst, sent - self._sent, blocks=blocks, heap=heap, calm=calm))
        self._sent = sent
        print(self.taken[-1].line(), flush=True)
        self._tell("held", self.product.held_in)
        slow = self.product.keys.slow if self.product.keys else []
        if slow:
            print(f"         a key was slow; before it: {', '.join(self._way)}", flush=True)
        self._tell("key", slow)

    @staticmethod
    def _tell(what: str, seen: list[str]) -> None:
        for words in seen:
            print(f"         {what} {words}", flush=True)
        seen.clear()

    async def watch(self) -> None:
        """Look again and again."""
        while True:
            await asyncio.sleep(LOOK_S)
            self.take()

    async def calm(self, drills: Sequence[Drill]) -> None:
        """Wait until all is well, and a while more for what is closed late; then look."""
        ill = await _not_well(self.product, drills)
        if ill:
            self.failed.append(f"not well again: {ill}")
        await asyncio.sleep(LOOK_S)
        for _ in range(CALM_LOOKS):
            self.take(calm=True)
            await asyncio.sleep(CALM_LOOK_S)

    async def drill(self, drills: Sequence[Drill], faults: dict[str, Fault]) -> None:
        """Every fault once, then one after another at random, with a calm look when memory should have settled."""
        looked = False
        for wave in waves(list(drills)):  # what a fault costs when it comes for the first time is no growth
            await do_all(self.product, wave, faults)
        await asyncio.sleep(min(FORGET_S, max(0.0, self.settled_s - (time.monotonic() - self.begun))))
        while not self.over():
            since = time.monotonic() - FORGET_S
            rested = [drill for drill in drills if self._done.get(drill.name, since) <= since]
            drill = self._rng.choice(rested or list(drills))
            await self._one(drill, faults[drill.name])
            self._done[drill.name] = time.monotonic()
            await asyncio.sleep(self._rng.uniform(*PAUSE_S))
            if not looked and time.monotonic() - self.begun > self.settled_s:
                looked = True
                await self.calm(drills)

    async def _one(self, drill: Drill, fault: Fault) -> None:
        ready = await self.product.until(
            lambda board: told(drill, board) is None and well(drill, board, 1.0), 2 * drill.healed_s
        )
        if ready is None and self.product.board is not None:
            self.failed.append(f"not well from the last time: {shown(drill, self.product.board)}")
            return
        (outcome,) = await do_all(self.product, [drill], {drill.name: fault})
        broken = outcome.broken()
        self.failed += [f"{drill.name}: {words}" for words in broken]
        seen = "never" if outcome.seen_s is None else f"{outcome.seen_s:.1f} s"
        print(f"         {drill.name}: seen {seen}  {outcome.words[:80]}  {'; '.join(broken)}", flush=True)

    async def wander(self) -> None:
        """Press keys that lead elsewhere and come back, and change the size of the window."""
        keys = self.product.keys
        assert keys
        while True:
            await asyncio.sleep(self._rng.uniform(*(HURRIED_S if self._first else WANDER_S)))
            if self._leaving:
                return
            await asyncio.to_thread(keys.rest)
            self.keys += keys.take()
            self._way.clear()
            for _ in range(self._rng.randrange(3, 8)):
                await self._next_aside()
            await self._aside(NEAR_TOP, b"", ())
            keys.on.set()

    def come_home(self) -> None:
        """Have `wander` end once it is back on the floor: the key that leaves would mean something else on a page."""
        self._leaving = True

    async def _next_aside(self) -> None:
        """Each of them once in the largest size and then in each, later any of them over a few sizes.

        What a page costs when it is first seen in a size is no growth, as little as a fault's first time.
        """
        if self._first:
            there, back, size = self._first.pop()
            await self._aside(there, back, [SIZES[-1], size])
        else:
            sizes = [self._rng.choice(SIZES) for _ in range(self._rng.randrange(3))]
            await self._aside(*self._rng.choice(ASIDE), sizes)

    async def _aside(self, there: bytes, back: bytes, sizes: Sequence[tuple[int, int]]) -> None:
        """Go and come back, over these sizes of the window."""
        self._way.append(f"{there[:20]!r} {sizes}")
        self.product.press(there)
        for size in sizes:
            await asyncio.sleep(self._rng.uniform(0.02, 0.5))
            self.product.resize(*size)
        await asyncio.sleep(PERSON_S)
        self.product.resize(*SIZES[0])
        self.product.press(back)
        await asyncio.sleep(PERSON_S)  # a key right after escape would be one with alt


async def _not_well(product: Product, drills: Sequence[Drill]) -> str:
    """What is not well although it had the time for it; empty if all is."""
    spent = await product.until(lambda board: all(well(drill, board, 1.0) for drill in drills), CALM_S)
    board = product.board
    if spent is not None or board is None:
        return ""
    return ", ".join(shown(drill, board) for drill in drills if not well(drill, board, 1.0))


def _told(drill: Drill, board: SeenBoard) -> bool:
    return told(drill, board) is not None


async def _hold_all(soak: Soak, drills: Sequence[Drill], faults: dict[str, Fault]) -> None:
    """Let everything hang until the time is up, and heal it."""
    for drill in drills:
        await faults[drill.name].inject()
    for drill in drills:
        if await soak.product.until(partial(_told, drill), SEEN_LIMIT_S) is None:
            soak.failed.append(f"{drill.name}: not seen")
    await asyncio.sleep(max(0.0, soak.ends - time.monotonic()))
    for drill in drills:
        await faults[drill.name].heal()


def _patient(drill: Drill) -> Drill:
    later_s = 2 * (SOAK_REFRESH_S - REFRESH_S)
    return replace(drill, seen_s=drill.seen_s + later_s, healed_s=drill.healed_s + later_s)


async def _soak(drills: Sequence[Drill], minutes: float, seed: int, *, floor: bool, hangs: bool) -> list[str]:
    async with AsyncExitStack() as shared, AsyncExitStack() as stack:
        site = Site(Path(shared.enter_context(site_folder())), shared)
        run = Run()
        faults = await start_parts(drills, site, stack, run)
        for outcome in run.drills:
            print(f"left out: {outcome.name}: {outcome.skipped}")
        config = await write_config(site, stack, faults, refresh_s=SOAK_REFRESH_S, more="flapping = false\n")
        ready = [_patient(drill) for drill in drills if drill.name in faults]
        product = Product()
        await product.start(config, site, floor=floor)
        soak = Soak(product, minutes, seed)
        ill = await _not_well(product, ready)
        if ill:
            print(f"not well before the first fault: {ill}", flush=True)
        watching = asyncio.create_task(soak.watch())
        wandering = asyncio.create_task(soak.wander() if product.keys else asyncio.sleep(0))
        if product.keys:
            product.keys.on.set()
        try:
            await (_hold_all if hangs else Soak.drill)(soak, ready, faults)
            await soak.calm(ready)
        finally:
            soak.come_home()
            await asyncio.wait([wandering])
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            quit_s = await product.quit()
        wandering.result()
        return soak.failed + _sum_up(soak, product, quit_s)


def _sum_up(soak: Soak, product: Product, quit_s: float | None) -> list[str]:
    """Print what it came to; gives what is not as it should be."""
    grown = {of: growth(soak.taken, soak.settled_s, of=f"{of}_bytes") for of in ("anon", "rss")}
    keys = sorted([*soak.keys, *(product.keys.take() if product.keys else [])])
    slowest, worst = p99(keys), keys[-1] if keys else 0.0
    grew = ", ".join(f"{of} {'not known' if more is None else f'{more / 1e6:+.2f} MB'}" for of, more in grown.items())
    print(f"memory since {soak.settled_s:.0f} s: {grew}")
    if slowest is not None:
        print(f"{len(keys)} keys: p99 {1000 * slowest:.0f} ms, worst {1000 * worst:.0f} ms")
    print("left after " + ("a kill" if quit_s is None else f"{1000 * quit_s:.0f} ms"))
    told_by = complaints(soak.taken, soak.settled_s)
    if quit_s is None or quit_s > QUIT_S:
        told_by.append("it did not leave within a second")
    if slowest is not None and slowest > KEY_P99_S:
        told_by.append(f"key p99 {1000 * slowest:.0f} ms")
    told_by += [f"control characters reached a Board: {word!r}" for word in sorted(set(product.unprintable))]
    return told_by + [f"a collector broke: {words}" for words in sorted(set(product.broken))]


def main() -> int:
    """Soak, and say how it went."""
    parser = argparse.ArgumentParser(prog="make soak MINUTES=… ARGS=…", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--alone", action="store_true", help="the engine without the floor")
    parser.add_argument("--hangs", action="store_true", help="the engine alone, with everything hanging at once")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="these drills or waves; repeatable")
    options = parser.parse_args()
    print(f"seed {options.seed}, {options.minutes:g} minutes", flush=True)
    drills = [drill for drill in chosen(options.only) if drill.wave not in (LONG, LAST)]
    if options.hangs:
        drills = [drill for drill in drills if any(word in drill.name for word in HANGING)]
    floor = not (options.alone or options.hangs)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that all parts are ended
    failed = asyncio.run(_soak(drills, options.minutes, options.seed, floor=floor, hangs=options.hangs))
    for words in failed:
        print(f"NOT KEPT  {words}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
