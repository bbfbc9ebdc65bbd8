"""Room for what a large picture makes and drops: in a process of its own, whose memory nothing else touches."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.source import ROOT
from tests.parts import boards
from tests.parts.floor import floor, until
from tui.screens.help import HelpScreen
from tui.terminal import app as terminal_app
from tui.terminal import memory

_MEASURE = """
import gc, sys
from tui.terminal import room

gc.disable()
used = room._used_bytes
taken = []
start = used()
while used() < start + 2**20:  # until nothing is free any more
    taken.append([bytes(400) for _ in range(64)])
if sys.argv[1] == "with":
    room.reserve()
    room.reserve()
before = used()
moments, stays = [], []
for number in range(3):
    moments.append([bytes(100 * number + 50) for _ in range(1_200_000 // (100 * number + 83))])
    stays.append(bytes(60))
    moments.clear()
print(before - start, used() - before)
"""


def _measured(how: str) -> tuple[int, int]:
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, how], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    taken, more = done.stdout.split()
    return int(taken), int(more)


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the system does not tell what is in use")
def test_what_comes_and_goes_has_room_that_was_taken_once() -> None:
    without_taken, without_more = _measured("without")
    with_taken, with_more = _measured("with")
    assert without_more > 500_000, "the moment leaves a trace where there is no room for it"
    assert with_more < 200_000
    assert 1.5 * 2**20 < with_taken - without_taken < 3 * 2**20


async def test_it_is_taken_when_no_page_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "SETTLED_S", 0.05)
    taken: list[int] = []
    async with floor(boards.bad_night()) as (app, _, pilot):
        monkeypatch.setattr(terminal_app, "reserve", lambda: taken.append(len(app.screen_stack)))
        await app.push_screen(HelpScreen(app.glyphs, {}))
        app._make_room()
        assert not taken
        await pilot.press("escape")
        await until(pilot, lambda: bool(taken))
    assert taken == [1]
