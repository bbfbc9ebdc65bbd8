"""Programs that are started: bounded in time and output, alone in their environment, and gone afterwards."""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

import psutil
import pytest

from collectors.base import CollectError
from collectors.programs import run as programs
from collectors.programs.run import FLOOD_LIMIT, OUTPUT_LIMIT, Ended, run, start
from collectors.waits import within
from tests.parts.open_files import opened
from tests.parts.scripted_programs import alive, program
from tests.parts.wait import until, until_async


def script(folder: Path, text: str) -> str:
    """An executable file with that shell script."""
    return program(folder, "plugin", text)


def children() -> set[int]:
    """Ids of what this process started and did not collect, zombies too."""
    return {child.pid for child in psutil.Process().children()}


async def test_an_end_is_told_with_both_outputs(tmp_path: Path) -> None:
    ended = await run([script(tmp_path, "echo found; echo 'not so good' >&2; exit 3")])
    assert (ended.code, ended.out, ended.err) == (3, b"found\n", b"not so good\n")
    assert not ended.cut
    assert not ended.held
    assert 0 < ended.took_s < 5


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM])
async def test_a_signal_is_told_as_a_negative_code(tmp_path: Path, number: signal.Signals) -> None:
    ended = await run([script(tmp_path, f"kill -{number.value} $$")])
    assert ended.code == -number


async def test_arguments_arrive_as_they_are(tmp_path: Path) -> None:
    hostile = ["", "a b", "$(id)", "`id`", "; rm x", "*", "-e", "'", '"', "\x1b[2J", "é"]
    ended = await run(["printf", r"%s\0", *hostile])
    assert ended.out.decode().split("\0")[:-1] == hostile


async def test_it_sees_a_small_environment_and_what_is_added(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_TOKEN", "abc-secret")
    monkeypatch.setenv("LD_PRELOAD", "")
    ended = await run(["env"], extra={"PGUSER": "watch"})
    seen = dict(line.split("=", 1) for line in ended.out.decode().splitlines())
    assert seen["PGUSER"] == "watch"
    assert seen["LC_ALL"] == "C.UTF-8"
    assert set(seen) <= {"PGUSER", "LC_ALL", *programs._PASSED_ON}


async def test_it_runs_in_its_folder_and_reads_nothing(tmp_path: Path) -> None:
    ended = await run(["sh", "-c", "pwd; cat; echo end"], folder=str(tmp_path))
    assert ended.out.decode().splitlines() == [str(tmp_path), "end"]


async def test_bytes_are_kept_as_they_are() -> None:
    ended = await run([sys.executable, "-c", "import sys; sys.stdout.buffer.write(bytes(range(256)))"])
    assert ended.out == bytes(range(256))


async def test_ten_megabytes_are_read_but_not_kept() -> None:
    memory = psutil.Process().memory_info().rss
    ended = await run(["sh", "-c", "head -c 10000000 /dev/zero; head -c 100000 /dev/zero >&2; exit 2"])
    assert (len(ended.out), len(ended.err)) == (OUTPUT_LIMIT, OUTPUT_LIMIT)
    assert ended.cut
    assert ended.code == 2, "it is not held up, so its own verdict arrives"
    assert psutil.Process().memory_info().rss - memory < 5_000_000


async def test_what_writes_without_end_is_ended_soon() -> None:
    began, before = time.monotonic(), children()
    with pytest.raises(CollectError, match=f"^yes wrote more than {FLOOD_LIMIT // 2**20} MiB") as caught:
        await run(["yes"])
    assert caught.value.reason == "limit"
    assert time.monotonic() - began < 5
    await until_async(lambda: children() <= before, "the program to be gone")


@pytest.mark.parametrize(
    ("program", "folder", "reason", "words"),
    [
        pytest.param("no-such-program", "", "missing", "there is no program no-such-program", id="not in the path"),
        pytest.param("/no/such", "", "missing", "there is no program /no/such", id="no such file"),
        pytest.param("true", "/no/folder", "missing", "there is no folder /no/folder", id="no such folder"),
        pytest.param("/etc/passwd", "", "permission", "may not be run by this user", id="not executable"),
        pytest.param("/", "", "permission", "may not be run by this user", id="a folder"),
        pytest.param("a\0b", "", "error", "can't be started: embedded null byte", id="a null byte"),
        pytest.param("x\x1b[2J", "", "missing", "there is no program x␛[2J", id="a hostile name is told inert"),
    ],
)
async def test_what_cannot_be_started_is_told(program: str, folder: str, reason: str, words: str) -> None:
    with pytest.raises(CollectError) as caught:
        await run([program], folder=folder)
    assert caught.value.reason == reason
    assert words in caught.value.message


async def test_a_file_without_its_interpreter(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.write_text("just words\n")
    broken.chmod(0o755)
    with pytest.raises(CollectError, match="can't be started: Exec format error"):
        await run([str(broken)])
    broken.write_text("#!/no/interpreter\n")
    with pytest.raises(CollectError, match="there is no program"):
        await run([str(broken)])


async def _pid_in(file: Path) -> int:
    await until_async(lambda: _text(file), "the process to tell its id")
    return int(_text(file))


def _text(file: Path) -> str:
    return file.read_text().strip() if file.exists() else ""


async def test_a_deadline_ends_the_whole_group(tmp_path: Path) -> None:
    child = tmp_path / "child"
    path = script(tmp_path, f"sh -c 'trap \"\" TERM; echo $$ > {child}.new; mv {child}.new {child}; sleep 600' & wait")
    before = children()
    task = asyncio.create_task(run([path]))
    pid = await _pid_in(child)
    assert alive(pid)
    began = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.monotonic() - began < 0.1, "cancelling waits for its end alone"
    await until_async(lambda: not alive(pid), "the child of the program to end")
    assert children() <= before, "the program is collected by then"


async def test_what_is_left_behind_and_holds_the_output_is_not_waited_for(tmp_path: Path) -> None:
    child = tmp_path / "child"
    path = script(tmp_path, f"sleep 600 & echo $! > {child}; echo done; exit 1")
    ended = await run([path])
    assert (ended.code, ended.out, ended.held) == (1, b"done\n", True)
    assert ended.took_s < 0.2 + programs.HELD_S
    pid = await _pid_in(child)
    await until_async(lambda: not alive(pid), "what was left behind to end")


async def test_what_left_the_group_is_not_waited_for_either(tmp_path: Path) -> None:
    child = tmp_path / "child"
    path = script(tmp_path, f"setsid sh -c 'echo $$ > {child}; exec sleep 600' & exit 0")
    before = opened()
    ended = await run([path])
    pid = await _pid_in(child)
    try:
        assert ended.held
        await until_async(lambda: opened() <= before, "our ends of its pipes to be closed")
    finally:
        os.kill(pid, signal.SIGKILL)


async def test_what_is_left_behind_in_silence_ends_too(tmp_path: Path) -> None:
    child = tmp_path / "child"
    ended = await run([script(tmp_path, f"sleep 600 >/dev/null 2>&1 & echo $! > {child}; exit 0")])
    assert not ended.held
    pid = await _pid_in(child)
    await until_async(lambda: not alive(pid), "what was left behind to end")


async def test_many_leave_nothing_open_and_no_zombie() -> None:
    await run(["true"])
    before, started = opened(), children()

    async def one() -> Ended:
        return await run(["sh", "-c", "echo x; exit 1"])

    assert {ended.code for ended in await asyncio.gather(*(one() for _ in range(40)))} == {1}
    await until_async(lambda: opened() <= before and children() <= started, "pipes and processes to be gone")


async def test_the_loop_is_hardly_held_up_by_a_start() -> None:
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0)
            longest = max(longest, time.perf_counter() - began)

    watcher = asyncio.create_task(watch())
    for _ in range(5):
        longest = 0.0
        await run(["true"])
        if longest < 0.01:
            break
    watcher.cancel()
    assert longest < 0.01, "one start of five within 10 ms, on a machine that is shared"


async def test_a_mount_that_hangs_holds_up_one_thread_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(program: str, *_: str) -> None:
        if program == "/mnt/dead/check":
            time.sleep(1.0)

    monkeypatch.setattr(programs, "_touch", hang)
    tasks = [asyncio.create_task(run(["/mnt/dead/check"])) for _ in range(8)]
    await asyncio.sleep(0)
    assert (await asyncio.wait_for(run(["echo", "on"]), 0.9)).out == b"on\n"
    assert len(programs._looks) == 1
    for task in tasks:
        task.cancel()
    assert all(isinstance(end, asyncio.CancelledError) for end in await asyncio.gather(*tasks, return_exceptions=True))
    await until_async(lambda: not programs._looks, "the look to end")


async def test_a_long_running_one_is_heard_while_it_runs_and_stopped() -> None:
    program = await start(["sh", "-c", "echo ready; cat; echo bye"], keep_input=True)
    try:
        await until_async(lambda: program.out == b"ready\n", "its first words")
        assert program.code is None
    finally:
        program.stop()
        await program.end()
    assert program.exited.is_set()
    assert program.code == -signal.SIGKILL


def test_a_program_with_our_pipe_as_its_input_ends_when_we_are_killed(tmp_path: Path) -> None:
    import subprocess

    mark = tmp_path / "pid"
    text = (
        "import asyncio, sys\n"
        "from collectors.programs.run import start\n"
        "async def main():\n"
        f"    await start(['sh', '-c', 'echo $$ > {mark}; exec cat'], keep_input=True)\n"
        "    await asyncio.sleep(600)\n"
        "asyncio.run(main())\n"
    )
    ours = subprocess.Popen([sys.executable, "-c", text])
    try:
        until(lambda: mark.exists() and mark.read_text().strip(), "the program to run")
    finally:
        ours.kill()
        ours.wait()
    until(lambda: not alive(int(mark.read_text())), "the program to end with us")


@pytest.mark.parametrize("turns", [0, 1, 2])
async def test_a_cancellation_that_comes_together_with_what_is_awaited_is_never_lost(turns: int) -> None:
    event, went_on = asyncio.Event(), False

    async def waits() -> None:
        nonlocal went_on
        await within(event, 5.0)
        went_on = True
        await asyncio.sleep(5.0)

    task = asyncio.create_task(waits())
    await asyncio.sleep(0.01)
    event.set()
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task], timeout=30.0)
    assert task.cancelled(), f"it went on: {went_on}"
