"""Programs that bytes stream through: exit codes, their own last words, endings, and what is never left behind."""

import asyncio
import gc
import hashlib
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from collectors.base import Secret
from ops.backup.errors import BackupError
from ops.backup.programs import Started, beside, fed, find, last_words, need, piped, ran
from ops.redact import remember
from tests.parts.open_files import opened
from tests.parts.wait import until, until_async

MB = 2**20


async def collected(pieces: AsyncIterator[bytes]) -> bytes:
    return b"".join([piece async for piece in pieces])


async def given(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


async def test_what_goes_through_a_program_comes_out_in_pieces_of_a_mebibyte() -> None:
    data = os.urandom(MB) * 5 + b"end"
    pieces = [piece async for piece in piped(["cat"], pieces=given(data[: 2 * MB], data[2 * MB :]))]
    assert hashlib.sha256(b"".join(pieces)).digest() == hashlib.sha256(data).digest()
    assert [len(piece) for piece in pieces] == [MB] * 5 + [3]


async def test_a_bad_exit_code_is_raised_after_the_last_piece_with_the_programs_own_words() -> None:
    remember(Secret("hunter22222"))
    code = "import sys; print('data'); sys.stderr.write('dump: error: password hunter22222 refused\\n'); sys.exit(3)"
    pieces = piped(python(code), name="dump")
    assert await anext(pieces) == b"data\n"
    with pytest.raises(BackupError) as caught:
        await anext(pieces)
    assert caught.value.message == "dump ended with status 3: dump: error: password *** refused"


async def test_a_program_that_was_killed_is_told_by_the_signal() -> None:
    with pytest.raises(BackupError, match="ended by SIGKILL"):
        await ran(python("import os; os.kill(os.getpid(), 9)"))


async def test_any_exit_code_is_an_answer_where_that_is_asked() -> None:
    ended = await ran(python("import sys; print('out'); sys.exit(1)"), good=None)
    assert (ended.code, ended.out) == (1, b"out\n")


async def test_what_feeds_it_and_fails_ends_the_program_and_is_raised(tmp_path: Path) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"one"
        raise BackupError("cut", reason="damaged")

    file = tmp_path / "whole"
    code = f"import sys; sys.stdin.buffer.read(); open({str(file)!r}, 'w').close()"
    with pytest.raises(BackupError, match="cut"):
        await fed(python(code), broken())
    assert not file.exists()


async def test_what_a_program_leaves_unread_is_read_to_its_end_all_the_same() -> None:
    async def damaged_at_the_end() -> AsyncIterator[bytes]:
        for _ in range(8):
            yield bytes(MB)
        raise BackupError("cut", reason="damaged")

    with pytest.raises(BackupError, match="cut"):
        await fed(["true"], damaged_at_the_end())
    ended = await fed(["head", "-c", "3"], given(*[bytes(MB)] * 8))
    assert ended.out == bytes(3)
    assert not ended.whole


async def test_closing_the_iterator_kills_the_whole_group(tmp_path: Path) -> None:
    file = tmp_path / "pids"
    code = (
        "import os, subprocess, sys; child = subprocess.Popen(['sleep', '1000']);"
        f"open({str(file)!r}, 'w').write(f'{{os.getpid()}} {{child.pid}}'); os.write(1, bytes(2**20)); child.wait()"
    )
    pieces = piped(python(code))
    await anext(pieces)
    await pieces.aclose()
    pids = [int(word) for word in file.read_text().split()]
    await until_async(lambda: not any(lives(pid) for pid in pids), "both to be gone")


async def test_cancelling_kills_it_while_it_writes_nothing() -> None:
    task = asyncio.create_task(collected(piped(["sleep", "1000"])))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_something_that_is_left_behind_and_holds_the_output_keeps_nobody_waiting() -> None:
    code = "import subprocess; subprocess.Popen(['sleep', '30'], start_new_session=True); print('done')"
    assert await collected(piped(python(code))) == b"done\n"


async def test_a_flood_of_complaints_is_bounded_and_its_last_words_are_kept() -> None:
    code = "import sys; sys.stderr.write('x' * 4_000_000 + '\\nerror: the end\\n'); sys.exit(1)"
    ended = await ran(python(code), good=None)
    assert len(ended.err) < 200_000
    assert last_words(ended.err) == "error: the end"


def test_what_is_cut_off_while_it_ends_a_program_lets_go_of_it_before_its_loop_ends() -> None:
    async def cut_off() -> int:
        started = Started(["sleep", "1000"], "")
        await started.start({}, "", 0, feeds=False)
        closing = asyncio.create_task(started.close())
        await asyncio.sleep(0)
        closing.cancel()
        await asyncio.wait([closing])
        assert closing.cancelled()
        return started.pid

    pids = [asyncio.run(cut_off()) for _ in range(5)]
    gc.collect()  # Something that was not let go of would warn now.
    until(lambda: not any(lives(pid) for pid in pids), "all to be gone")


async def test_descriptors_are_given_back() -> None:
    await ran(["true"])
    before = opened()
    for _ in range(20):
        await ran(["true"])
    assert opened() <= before


async def test_a_program_that_is_not_there_is_told_with_what_to_do() -> None:
    with pytest.raises(BackupError, match="there is no program no-such-thing") as caught:
        await ran(["no-such-thing"])
    assert caught.value.reason == "missing"
    assert find("no-such-thing") == ""
    assert find("no-such-thing", "true").endswith("/true")
    with pytest.raises(BackupError, match="no program no-such-thing or neither-this"):
        need("no-such-thing", "neither-this")


async def test_a_server_beside_us_is_ended_with_its_context() -> None:
    async with beside(
        python("import sys, time; sys.stderr.write('ready'); sys.stderr.flush(); time.sleep(1000)")
    ) as it:
        await until_async(lambda: it.err.whole == b"ready", "it to be ready")
        assert it.runs
    assert it.code == -15


async def test_it_is_nice() -> None:
    code = "import os, sys; sys.stdin.read(); print(os.getpriority(os.PRIO_PROCESS, 0))"

    async def later() -> AsyncIterator[bytes]:
        await asyncio.sleep(0.1)
        yield b""

    ended = await fed(python(code), later(), nice=7)
    assert int(ended.out) >= 7


def lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


async def test_a_cancellation_is_never_lost_whenever_it_comes() -> None:
    for moment in range(100):
        task = asyncio.create_task(endless())
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(task), moment / 10_000)
        task.cancel()
        await asyncio.wait([task], timeout=30.0)
        assert task.cancelled()


async def endless() -> None:
    while True:
        await ran(["true"])
