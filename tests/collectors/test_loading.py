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


ASKED = """
import asyncio, sys, threading

seen = set()
def note(event, args):
    if event == "import" and args[0].partition(".")[0] in ("httpcore", "h11", "anyio"):
        seen.add((args[0], threading.current_thread().name))
sys.addaudithook(note)

from collectors.net.wire import Wire

async def answer(reader, writer):
    await reader.readuntil(b"\\r\\n\\r\\n")
    writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\nConnection: close\\r\\n\\r\\nok")
    writer.close()

async def main():
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    wire = Wire(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    print((await asyncio.gather(wire.get("/"), wire.get("/")))[1].body)
    server.close()

asyncio.run(main())
print({"httpcore", "h11", "anyio._backends._asyncio"} - sys.modules.keys())
print({module for module, thread in seen if thread == threading.main_thread().name})
print(len(seen) > 20)
"""


def test_nothing_of_what_talks_http_is_imported_on_the_loop() -> None:
    done = subprocess.run([sys.executable, "-c", ASKED], check=False, capture_output=True, text=True, cwd=ROOT)
    assert (done.stdout, done.stderr) == ("b'ok'\nset()\nset()\nTrue\n", "")
