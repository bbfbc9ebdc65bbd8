"""What the first fix needs is loaded before it is asked for, and after the floor has started."""

import subprocess
import sys

import pytest

from tests.parts.command import ROOT
from tests.parts.fixing import fixable
from tests.parts.floor import until
from tui import fixing, warming
from tui.hands import HELD

PROGRAM = """
import asyncio, sys
import tui.app, tui.screens.floor, ops.live
heavy = ("ops.remediations.", "ops.fixes.offers", "tui.screens.fix_menu", "tui.screens.fix_plan", "tui.screens.jobs")
assert not [name for name in sys.modules if name.startswith(heavy)]
from tui.warming import warm
asyncio.run(warm())
before = set(sys.modules)
from ops.actions.registry import discover
import ops.fixes.offers, ops.fixes.planning, ops.fixes.starting, ops.fixes.record, ops.fixes.who, ops.jobs.book
import tui.screens.fix_menu, tui.screens.fix_plan, tui.screens.jobs
assert len(discover()) > 30
print(sorted(set(sys.modules) - before))
"""


def test_it_loads_all_that_a_fix_needs_and_the_start_none_of_it() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("[]\n", "")


BESIDE = """
import asyncio, sys, threading
import tui.app, tui.screens.floor, ops.live

here = set()
def note(event, args):
    if event == "import" and threading.current_thread() is threading.main_thread():
        here.add(args[0])
sys.addaudithook(note)

from tui.warming import warm
before = set(sys.modules)
asyncio.run(warm())
ours = [name for name in sys.modules if name.startswith(("ops.remediations.", "tui.")) and name not in before]
print(len(ours) > 70, [name for name in ours if name in here])
"""


def test_it_loads_beside_the_event_loop() -> None:
    done = subprocess.run([sys.executable, "-c", BESIDE], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("True []\n", "")


PALETTE = """
import sys
import tui.app, tui.screens.floor
before = set(sys.modules)
import tui.palette
print(set(sys.modules) - before)
"""


def test_the_palette_loads_no_page_that_it_could_open() -> None:
    done = subprocess.run([sys.executable, "-c", PALETTE], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("{'tui.palette'}\n", "")


async def test_it_begins_a_while_after_the_floor_and_only_where_something_may_be_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun: list[bool] = []

    async def warm() -> None:
        begun.append(True)

    monkeypatch.setattr(fixing, "AFTER_S", 0.05)
    monkeypatch.setattr(fixing, "warm", warm)
    async with fixable() as (_, _, _, pilot):
        await until(pilot, lambda: bool(begun))
    async with fixable() as (app, _, fixes, pilot):
        fixes.read_only = HELD
        begun.clear()
        app._warm_up()
        await pilot.pause()
        assert not begun
    assert warming.AFTER_S >= 1
