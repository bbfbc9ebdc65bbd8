"""The recorder with its thread and the real store: nothing waits for it, and nothing kills what it has written."""

import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest

from ops.store.contract import Record, Retention
from ops.store.lock import recorded_by
from ops.store.opening import open_store
from ops.store.recorder import CLOSE_S, Recorder
from tests.parts.recording import PROCESS, ROOT, Shelf, ShelvedStore, kept_config, record
from tests.parts.small_disk import small_disk
from tests.parts.wait import until, until_async

KILLS = int(os.environ.get("WATCHFLOOR_KILLS", "3"))
"""How often the recording process is killed; by hand: WATCHFLOOR_KILLS=100."""


def numbers(folder: Path) -> list[int]:
    """How many readings each minute has that the folder's store knows, oldest first."""
    store = open_store(folder, retention=Retention(), read_only=True)
    try:
        return [slot.total for slot in store.slots("service:api", 0, time.time() + 7200, 60)]
    finally:
        store.close()


async def test_what_is_taken_is_there_after_closing(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, kept_config(tmp_path))
    now = time.time()
    for number in range(100):
        recorder.take(record(now, number))
    await until_async(lambda: recorder.store, "the store is open")
    recorder.take(record(now, 100))
    begun = time.monotonic()
    await recorder.close()
    assert time.monotonic() - begun < CLOSE_S
    assert sum(numbers(tmp_path)) == 101
    assert recorded_by(tmp_path) is None
    await recorder.close()


def _has(recorder: Recorder, number: int) -> bool:
    """Whether so many readings are written."""
    store = recorder.store
    return store is not None and number == sum(
        slot.total for slot in store.slots("service:api", 0, time.time() + 7200, 60)
    )


class Blocked(ShelvedStore):
    """A store on a disk that hangs."""

    def __init__(self) -> None:
        super().__init__()
        self.goes_on = threading.Event()
        self.asked = threading.Event()

    def append(self, records: Sequence[Record]) -> None:
        """Wait for the disk."""
        self.asked.set()
        self.goes_on.wait(60)
        super().append(records)


async def test_a_disk_that_hangs_delays_neither_what_comes_nor_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ops.store.recorder.SILENT_S", 0.1)
    store = Blocked()
    recorder = Recorder(tmp_path, kept_config(tmp_path), open_store=Shelf(store))
    recorder.take(record(time.time()))
    await until_async(store.asked.is_set, "the disk is asked")
    took = []
    for number in range(20_000):
        begun = time.perf_counter()
        recorder.take(record(time.time(), number))
        took.append(time.perf_counter() - begun)
    assert sorted(took)[-len(took) // 100] < 0.01
    await until_async(lambda: recorder.words == "disk does not answer, not recording", "it is told")
    assert "readings are not in the history" in recorder.notes[0]
    begun = time.monotonic()
    await recorder.close()
    assert time.monotonic() - begun < CLOSE_S + 2
    store.goes_on.set()


async def test_a_fault_of_our_own_ends_the_recording_and_is_told(tmp_path: Path) -> None:
    shelf = Shelf()
    shelf.store.trouble = ZeroDivisionError("division by zero")
    recorder = Recorder(tmp_path, kept_config(tmp_path), open_store=shelf)
    recorder.take(record(time.time()))
    await until_async(lambda: recorder.words == "not recording", "it is told")
    assert recorder.notes[-1].endswith("(ZeroDivisionError: division by zero)")
    await recorder.close()


@pytest.mark.parametrize("step_s", [-3600.0, 3600.0], ids=["set back an hour", "set forward an hour"])
async def test_a_clock_that_is_set_while_recording_loses_nothing(tmp_path: Path, step_s: float) -> None:
    shift = [0.0]
    begun = time.time()
    recorder = Recorder(tmp_path, kept_config(tmp_path), clock=lambda: time.time() + shift[0])
    taken = 0
    for shift[0] in (0.0, step_s, 0.0):
        for _ in range(5):
            taken += 1
            recorder.take(record(time.time() + shift[0], taken))
        await until_async(partial(_has, recorder, taken), "it is written")
    assert recorder.words == ""
    await recorder.close()
    store = open_store(tmp_path, retention=Retention(), read_only=True)
    slots = store.slots("service:api", begun - 7200, begun + 7200, 60)
    store.close()
    assert sum(slot.total for slot in slots) == taken
    assert sum(slot.total for slot in slots if abs(slot.at - begun - step_s) < 120) == 5


def test_a_process_that_is_killed_loses_a_second_at_most(tmp_path: Path) -> None:
    handed, last = 0, 0.0
    for _ in range(KILLS):
        with subprocess.Popen([*PROCESS, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            first = process.stdout.readline()
            assert first
            time.sleep(random.uniform(0.0, 2.5))
            process.send_signal(signal.SIGKILL)
            lines = [first, *process.stdout]
        killed = time.time()
        safe = [line for line in lines if line.endswith("\n") and float(line.split()[1]) < killed - 1.3]
        handed += len(safe)
        store = open_store(tmp_path, retention=Retention())
        kept = sum(slot.total for slot in store.slots("service:api", 0, killed + 60, 60))
        store.close()
        assert kept >= handed, f"{handed - kept} readings older than a second are lost"
        assert kept >= last
        handed = last = kept


def test_the_second_process_takes_over_when_the_first_is_killed(tmp_path: Path) -> None:
    start = [*PROCESS, str(tmp_path)]
    with subprocess.Popen(start, cwd=ROOT, stdout=subprocess.PIPE, text=True) as first:
        until(lambda: recorded_by(tmp_path) == first.pid, "the first records")
        with subprocess.Popen(start, cwd=ROOT, stdout=subprocess.PIPE, text=True) as second:
            assert second.stdout is not None
            words = ""
            for line in second.stdout:
                words = line.partition(" ")[2].partition(" ")[2].strip()
                if words:
                    break
            assert words == f"recorded by pid {first.pid}"
            first.send_signal(signal.SIGKILL)
            first.communicate()
            until(lambda: recorded_by(tmp_path) == second.pid, "the second takes over")
            before = sum(numbers(tmp_path))
            until(lambda: sum(numbers(tmp_path)) > before, "the second records")
            second.kill()
            second.communicate()


async def test_a_read_only_file_system_is_told_and_tried_again(tmp_path: Path) -> None:
    with small_disk(tmp_path) as disk:
        disk.read_only()
        folder = disk.folder / "history"
        recorder = Recorder(folder, kept_config(folder))
        recorder.take(record(time.time()))
        await until_async(lambda: recorder.words == "read-only, not recording", "it is told")
        assert "`record = false`" in recorder.notes[0]
        disk.read_only(False)
        await until_async(lambda: recorder.words == "", "it goes on")
        await recorder.close()


async def test_a_damaged_file_is_set_aside_and_told(tmp_path: Path) -> None:
    (tmp_path / "history.sqlite").write_bytes(b"no database at all" * 1000)
    recorder = Recorder(tmp_path, kept_config(tmp_path))
    recorder.take(record(time.time()))
    await until_async(lambda: recorder.notes, "it is told")
    (aside,) = [path for path in tmp_path.iterdir() if "corrupt" in path.name]  # noqa: ASYNC240
    assert str(aside) in recorder.notes[0]
    assert aside.read_bytes().startswith(b"no database")
    await recorder.close()
    assert sum(numbers(tmp_path)) == 1
