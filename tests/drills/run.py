"""Does drills on one floor: starts all parts, waits until all is well, then breaks and heals them wave by wave."""

import asyncio
import sys
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from fnmatch import fnmatchcase
from pathlib import Path

from tests.drills.catalog import waves
from tests.drills.drill import LONG, REFRESH_S, Drill, Fault, SeenBoard, delays, told, well
from tests.drills.keys import p99
from tests.drills.outcome import Outcome, Run
from tests.drills.product import Product
from tests.drills.site import TIMES, Missing, Site, site_folder
from tests.drills.web import service, web

CALM_S = 40.0
CALM_POLLS = 2
INJECT_S = 30.0
WITNESSES = 3


async def _open(drill: Drill, site: Site, stack: AsyncExitStack) -> Fault | Outcome:
    try:
        return await stack.enter_async_context(drill.part(site))
    except Missing as error:
        return Outcome(drill.name, skipped=str(error))


async def run_drills(drills: Sequence[Drill], *, floor: bool) -> Run:
    """Do them all; gives what was seen and measured."""
    outcome = Run()
    # What drills share is left after the parts of each.
    async with AsyncExitStack() as shared, AsyncExitStack() as stack:
        site = Site(Path(shared.enter_context(site_folder())), shared)
        faults = await start_parts(drills, site, stack, outcome)
        config = await write_config(site, stack, faults)
        product = Product()
        await product.start(config, site, floor=floor)
        try:
            ready = [drill for drill in drills if drill.name in faults]
            await _calm(product, ready)
            long = asyncio.create_task(do_all(product, [drill for drill in ready if drill.wave == LONG], faults))
            for wave in waves(ready):
                outcome.drills += await _wave(product, wave, faults)
            outcome.drills += await long
        finally:
            outcome.quit_s = await product.quit()
        outcome.stall_s, outcome.late_s = product.stall_s, product.late_s
        outcome.unprintable, outcome.broken = sorted(set(product.unprintable)), sorted(set(product.broken))
    return outcome


async def start_parts(drills: Sequence[Drill], site: Site, stack: AsyncExitStack, run: Run) -> dict[str, Fault]:
    """Start the part of each drill, all at the same time; those that can't run here are noted in `run`."""
    # Each has a stack of its own: they are entered in tasks, and all left in this one.
    stacks = [await stack.enter_async_context(AsyncExitStack()) for _ in drills]
    begun = time.monotonic()
    opening = [_open(drill, site, own) for drill, own in zip(drills, stacks, strict=True)]
    ended = await asyncio.gather(*opening, return_exceptions=True)
    opened = [
        found if isinstance(found, Fault) else _outcome(drill, found)
        for drill, found in zip(drills, ended, strict=True)
    ]
    run.drills += [found for found in opened if isinstance(found, Outcome)]
    print(f"{len(drills)} parts started in {time.monotonic() - begun:.1f} s", file=sys.stderr)
    pairs = zip(drills, opened, strict=True)
    return {drill.name: found for drill, found in pairs if isinstance(found, Fault)}


async def write_config(
    site: Site, stack: AsyncExitStack, faults: dict[str, Fault], *, refresh_s: float = REFRESH_S, more: str = ""
) -> Path:
    """One config over all parts, and witnesses that nothing ever happens to."""
    told_by = [await stack.enter_async_context(web()) for _ in range(WITNESSES)]
    sections = [service(f"witness-{number}", server.url) for number, server in enumerate(told_by)]
    sections.append(f'[[host]]\nname = "witness"\n{TIMES}\n')
    config = site.folder / "watchfloor.toml"
    config.touch(mode=0o600)
    head = f'[watchfloor]\nname = "drills"\nrefresh = "{refresh_s:g}s"\n{more}\n[store]\npath = "history"\n'
    config.write_text(head + "\n".join([*sections, *[fault.config for fault in faults.values()]]))
    return config


async def _calm(product: Product, drills: Sequence[Drill]) -> None:
    """Wait until everything that will be broken is well and in its interval: the polls of the start part by and by."""

    def calm(board: SeenBoard) -> bool:
        return all(len(product.polled[row.target]) >= CALM_POLLS for row in board.rows) and all(
            well(drill, board, 1.0) for drill in drills
        )

    spent = await product.until(calm, CALM_S)
    ill = [drill.name for drill in drills if product.board is None or not well(drill, product.board, 1.0)]
    told_by = f"not all is well: {', '.join(ill) or 'something was not polled'}"
    print(f"all well after {spent:.1f} s" if spent is not None else told_by, file=sys.stderr)


async def do_all(product: Product, drills: Sequence[Drill], faults: dict[str, Fault]) -> list[Outcome]:
    """Do these at the same time; what a drill itself runs into is its outcome."""
    doing = [one(product, drill, faults[drill.name]) for drill in drills]
    ended = await asyncio.gather(*doing, return_exceptions=True)
    return [_outcome(drill, found) for drill, found in zip(drills, ended, strict=True)]


async def _wave(product: Product, wave: Sequence[Drill], faults: dict[str, Fault]) -> list[Outcome]:
    """Do these at the same time; what others notice of it is measured over all of them."""
    print(f"wave {wave[0].wave}: {len(wave)} drills", file=sys.stderr)
    product.late_s = wave_stall = 0.0
    product.stall_s, before = 0.0, product.stall_s
    if product.keys:
        product.keys.take()
        product.keys.on.set()
    begun = time.time()
    done = await do_all(product, wave, faults)
    if product.keys:
        product.keys.on.clear()
    wave_stall, product.stall_s = product.stall_s, max(before, product.stall_s)
    own = [glob for drill in wave for glob in own_targets(product, drill)]
    late = delays(product.polled, begun, time.time(), own)
    worst = max(late.items(), key=lambda pair: pair[1], default=("", 0.0))
    keys = product.keys.take() if product.keys else []
    for outcome in done:
        outcome.others_late_s, outcome.latest_other, outcome.stall_s = worst[1], worst[0], wave_stall
        outcome.key_p99_s, outcome.key_worst_s = p99(keys), keys[-1] if keys else None
        outcome.keys = len(keys)
    return done


def _outcome(drill: Drill, found: Outcome | BaseException) -> Outcome:
    if isinstance(found, Outcome):
        return found
    if not isinstance(found, Exception):
        raise found
    return Outcome(drill.name, error=f"{type(found).__name__}: {found}")


def own_targets(product: Product, drill: Drill) -> list[str]:
    """The targets that read the drill's rows, and others that its fault holds up."""
    read = {target for row, target in product.targets.items() if fnmatchcase(row, drill.row)}
    return [*read, *drill.own_targets]


async def one(product: Product, drill: Drill, fault: Fault) -> Outcome:
    """Break, wait until it is seen, heal, wait until it is well."""
    outcome = Outcome(drill.name, limits=(drill.seen_s, drill.healed_s), note=drill.note)
    if product.board is None or told(drill, product.board) or not well(drill, product.board, 1.0):
        # A machine that others keep busy is no fault of ours; anything else is.
        before = f"it was not well before: {rows_of(product, drill)}"
        outcome.skipped, outcome.error = (before, "") if drill.shared else ("", before)
        return outcome
    begun = time.monotonic()
    try:
        async with asyncio.timeout(INJECT_S):
            await fault.inject()
        spent = await product.until(lambda board: told(drill, board) is not None, 2 * drill.seen_s)
        outcome.seen_s = spent
        outcome.inject_s = time.monotonic() - begun - (spent or 0.0)
        seen = told(drill, product.board)
        outcome.words = seen[1] if seen else rows_of(product, drill)
    finally:
        at = time.time()
        with suppress(TimeoutError):
            async with asyncio.timeout(INJECT_S):
                await fault.heal()
    outcome.healed_s = await product.until(lambda board: well(drill, board, at), 2 * drill.healed_s)
    if outcome.healed_s is None:
        outcome.left = rows_of(product, drill)
    return outcome


def rows_of(product: Product, drill: Drill) -> str:
    """What the drill's rows say now."""
    rows = () if product.board is None else product.board.rows
    said = [
        f"{row.level} {row.word} {row.reason} {row.figures}".strip() for row in rows if fnmatchcase(row.id, drill.row)
    ]
    return "; ".join(said) or "no such row"
