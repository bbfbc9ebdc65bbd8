"""A target is held by one: others wait or are told who has it, and it is free however that one ends."""

import asyncio
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ops.actions.errors import Refused
from ops.jobs.held import is_held
from ops.jobs.locks import Holder, TargetLocks, locks_folder
from tests.parts.command import ROOT
from tests.parts.wait import until, until_async

ABOUT = Holder(user="alice", tty="/dev/pts/3", pid=4711, since=1000.0, job=17, title="restart api", row="service:api")
TAKE = """
import asyncio, pathlib, sys, time
from ops.actions.errors import Refused
from ops.jobs.locks import Holder, TargetLocks

async def main():
    locks = TargetLocks(pathlib.Path(sys.argv[1]))
    for _ in range(int(sys.argv[2])):
        held = await locks.take(sys.argv[4:], Holder(user="bob", job=1, title="t", row="service:x"), wait_s=30)
        inside = pathlib.Path(sys.argv[3])
        inside.touch(exist_ok=False)
        print("held", flush=True)
        await asyncio.sleep(0.002 if int(sys.argv[2]) > 1 else 60)
        inside.unlink()
        held.release()

asyncio.run(main())
"""


def locks(folder: Path) -> TargetLocks:
    return TargetLocks(folder / "locks", lambda: 1012.0)


async def test_who_comes_second_is_told_who_has_it(tmp_path: Path) -> None:
    mine, others = locks(tmp_path), locks(tmp_path)
    assert others.holder("api") is None
    held = await mine.take(["api", "db"], ABOUT)
    assert others.holder("api") == ABOUT
    assert others.holders(["db", "api", "free"]) == (ABOUT,)
    with pytest.raises(Refused) as caught:
        await others.take(["api"], ABOUT)
    assert caught.value.message == "api is being fixed by alice (pts/3, for 12 s): job 17 restart api"
    assert caught.value.reason == "held"
    held.release()
    with await others.take(["api"], ABOUT):
        assert mine.holder("api") == ABOUT
    assert list((tmp_path / "locks").iterdir()) == []


async def test_who_has_just_taken_it_is_told_by_name_though_it_is_not_written_yet(tmp_path: Path) -> None:
    mine, others = locks(tmp_path), locks(tmp_path)
    with await mine.take(["api"], ABOUT):
        (file,) = (tmp_path / "locks").iterdir()
        content = file.read_bytes()
        file.write_bytes(b"")
        asyncio.get_running_loop().call_later(0.05, file.write_bytes, content)
        with pytest.raises(Refused, match="api is being fixed by alice"):
            await others.take(["api"], ABOUT)


async def test_all_are_taken_or_none(tmp_path: Path) -> None:
    held = await locks(tmp_path).take(["m"], ABOUT)
    with pytest.raises(Refused):
        await locks(tmp_path).take(["a", "m", "z"], ABOUT)
    assert [locks(tmp_path).holder(name) for name in "amz"] == [None, ABOUT, None]
    held.release()


async def test_it_waits_and_says_for_whom(tmp_path: Path) -> None:
    held = await locks(tmp_path).take(["api"], ABOUT)
    said: list[str] = []
    waiting = asyncio.create_task(locks(tmp_path).take(["api"], ABOUT, wait_s=30, waiting=said.append))
    await until_async(lambda: said, "it to say so")
    await asyncio.sleep(0.25)
    assert said == ["waits: api is being fixed by alice (pts/3, for 12 s): job 17 restart api"]
    held.release()
    (await asyncio.wait_for(waiting, 30)).release()


async def test_waiting_ends_when_its_time_is_up_and_when_it_is_cancelled(tmp_path: Path) -> None:
    with await locks(tmp_path).take(["api"], ABOUT):
        with pytest.raises(Refused, match="is being fixed by alice"):
            await locks(tmp_path).take(["api", "b"], ABOUT, wait_s=0.15)
        waiting = asyncio.create_task(locks(tmp_path).take(["api", "b"], ABOUT, wait_s=30))
        await asyncio.sleep(0.05)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert locks(tmp_path).holder("b") is None


def test_a_killed_process_holds_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-c", TAKE, str(tmp_path / "locks"), "1", str(tmp_path / "inside"), "api"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        assert [holder.user for holder in locks(tmp_path).holders(["api"])] == ["bob"]
        process.send_signal(signal.SIGKILL)
    until(lambda: locks(tmp_path).holder("api") is None, "the lock is free")
    asyncio.run(locks(tmp_path).take(["api"], ABOUT)).release()


def test_processes_that_want_the_same_are_never_inside_together(tmp_path: Path) -> None:
    """Also when each asks for them in another order, and somebody looks all the time."""
    command = [sys.executable, "-c", TAKE, str(tmp_path / "locks"), "25", str(tmp_path / "inside")]
    orders = (["a", "b"], ["b", "a"], ["b"])
    running = [subprocess.Popen([*command, *order], cwd=ROOT, stdout=subprocess.DEVNULL) for order in orders]
    limit = time.monotonic() + 40
    while any(process.poll() is None for process in running) and time.monotonic() < limit:
        locks(tmp_path).holders(["a", "b"])
    assert [process.wait(1) for process in running] == [0, 0, 0]


async def test_names_are_no_paths_and_nobody_else_can_look(tmp_path: Path) -> None:
    with await locks(tmp_path).take(["../../etc/passwd", "a\nb\0\x1b[2J\udc80", "-rf", ""], ABOUT):
        files = list((tmp_path / "locks").iterdir())
        assert len(files) == 4
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
        assert stat.S_IMODE((tmp_path / "locks").stat().st_mode) == 0o700
        files[0].write_bytes(b"\xff no json")
        others = locks(tmp_path).holders(["../../etc/passwd", "a\nb\0\x1b[2J\udc80", "-rf", ""])
        assert "another process holds what this would act on" in {holder.words(1.0) for holder in others}


def test_what_a_lock_says_of_others_is_inert() -> None:
    words = Holder(user="al\x1b[2Jice", title="re\nstart", row="service:a\u202e", job=1).words(60.0)
    assert words == "a\ufffd is being fixed by al␛[2Jice (for 1m): job 1 re␊start"


async def test_a_folder_that_can_t_be_written_refuses(tmp_path: Path) -> None:
    (tmp_path / "locks").write_text("a file")
    with pytest.raises(Refused, match="no lock can be made"):
        await locks(tmp_path).take(["api"], ABOUT)


def test_they_are_in_one_place_for_each_user(tmp_path: Path) -> None:
    assert locks_folder({"XDG_STATE_HOME": str(tmp_path)}) == tmp_path / "watchfloor" / "locks"
    assert locks_folder({}) == Path(os.path.expanduser("~/.local/state/watchfloor/locks"))
    assert not is_held(tmp_path / "none")
