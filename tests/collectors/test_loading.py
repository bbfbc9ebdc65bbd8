"""What is large is imported beside the event loop."""

import asyncio
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from collectors.loading import loaded
from tests.parts.command import ROOT

NAME = "watchfloor_test_slow_import"
SLOW = """
import threading, time
time.sleep(0.3)
thread = threading.current_thread().name
"""


@pytest.fixture
def slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module that takes its time."""
    (tmp_path / f"{NAME}.py").write_text(SLOW)
    monkeypatch.syspath_prepend(str(tmp_path))


@pytest.mark.usefixtures("slow")
async def test_the_loop_goes_on_and_all_who_need_it_wait_for_its_end() -> None:
    turns, over = 0, asyncio.Event()

    async def count() -> None:
        nonlocal turns
        while not over.is_set():
            await asyncio.sleep(0.01)
            turns += 1

    counting = asyncio.create_task(count())
    for ended in asyncio.as_completed([loaded(NAME), loaded(NAME)]):
        await ended
        assert sys.modules[NAME].thread != threading.main_thread().name, "it is there whole"
    over.set()
    await counting
    assert turns >= 3


async def test_one_that_is_not_there_says_so_each_time() -> None:
    for _ in range(2):
        with pytest.raises(ModuleNotFoundError, match="watchfloor_test_no_such"):
            await loaded("watchfloor_test_no_such")


TWO = """
import sys, threading, importlib
whole = threading.Thread(target=importlib.import_module, args=("psycopg",))
whole.start()
while "psycopg.errors" not in sys.modules:
    pass
from collectors.base import Secret
from collectors.postgres_api.dsn import read_dsn
print(read_dsn("host=db user=shop", Secret("-"), {}).parameters["host"])
whole.join()
"""


def test_a_driver_that_is_being_imported_is_waited_for_by_who_needs_a_part_of_it() -> None:
    done = subprocess.run([sys.executable, "-c", TWO], check=False, capture_output=True, text=True, cwd=ROOT)
    assert (done.stdout, done.stderr) == ("db\n", "")
