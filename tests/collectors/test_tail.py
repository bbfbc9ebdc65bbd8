"""Following a real file through everything that happens to logs."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from collectors.base import CollectError
from collectors.linux.tail import BACKLOG_BYTES, follow_file
from collectors.text import LINE_LIMIT
from tests.parts.open_files import held
from tests.parts.wait import until_async


async def _take(lines: AsyncIterator[str], count: int) -> list[str]:
    async with asyncio.timeout(30):
        return [await anext(lines) for _ in range(count)]


def _append(path: Path, text: str) -> None:
    with path.open("a") as log:
        log.write(text)


async def test_the_last_lines_come_first_and_then_each_new_one(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("".join(f"line {n}\n" for n in range(1000)))
    lines = follow_file(str(log))
    assert await _take(lines, 20) == [f"line {n}" for n in range(980, 1000)]
    _append(log, "new\nhal")
    assert await _take(lines, 1) == ["new"]
    _append(log, "f\n")
    assert await _take(lines, 1) == ["half"]


async def test_a_rotated_log_goes_on_without_loss_or_repetition(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("one\n")
    lines = follow_file(str(log))
    assert await _take(lines, 1) == ["one"]
    with log.open("a") as writer:
        log.rename(tmp_path / "a.log.1")
        writer.write("two, after the move\nunfinished")
    log.write_text("three\n")
    assert await _take(lines, 3) == ["two, after the move", "unfinished", "three"]


async def test_a_log_that_is_away_for_a_while_is_waited_for(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("one\n")
    lines = follow_file(str(log))
    assert await _take(lines, 1) == ["one"]
    log.unlink()
    waiting = asyncio.create_task(_take(lines, 1))
    await asyncio.wait([waiting], timeout=0.7)
    assert not waiting.done()
    log.write_text("two\n")
    assert await waiting == ["two"]


async def test_a_truncated_log_is_read_from_its_start(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("a long line before\n")
    lines = follow_file(str(log))
    assert await _take(lines, 1) == ["a long line before"]
    os.truncate(log, 0)
    _append(log, "two\n")
    assert await _take(lines, 1) == ["two"]


async def test_a_flood_is_skipped_and_counted(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("one\n")
    lines = follow_file(str(log))
    await _take(lines, 1)
    _append(log, "x" * 99 + "\n" + ("y" * 99 + "\n") * 30_000)
    skipped, following = await _take(lines, 2)
    assert skipped == f"… {3_000_100 - BACKLOG_BYTES} bytes skipped"
    assert set(following) <= {"y"}


async def test_an_endless_or_hostile_line_is_cut_and_inert(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("\x1b[2J\x9b\u202eboo\n")
    lines = follow_file(str(log))
    assert await _take(lines, 1) == ["␛[2J\ufffd\ufffdboo"]
    _append(log, "z" * 200_000 + "\nnext\n")
    long, following = await _take(lines, 2)
    assert (len(long), following) == (LINE_LIMIT, "next")


@pytest.mark.parametrize("kind", ["missing", "folder", "pipe"])
async def test_what_is_no_log_is_refused_with_a_reason(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "x"
    if kind == "folder":
        path.mkdir()
    if kind == "pipe":
        os.mkfifo(path)
    with pytest.raises(CollectError, match="cannot read the log" if kind == "missing" else "not a plain file"):
        await anext(follow_file(str(path)))


async def test_a_log_that_is_replaced_by_a_pipe_ends_with_a_reason(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("one\n")
    lines = follow_file(str(log))
    await _take(lines, 1)
    log.unlink()
    os.mkfifo(log)
    with pytest.raises(CollectError, match="not a plain file"):
        await _take(lines, 1)


async def test_leaving_closes_the_file(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("one\n")
    lines = follow_file(str(log))
    await _take(lines, 1)
    assert held(log)
    del lines
    await until_async(lambda: not held(log), "the file to be closed")
