"""The writer on a real pseudo-terminal: order, merging on a line that takes nothing, and an event loop that goes on."""

import asyncio
import os
import pty
import time
from collections.abc import Iterator

import pytest
from rich.segment import Segment
from textual._compositor import LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from tests.parts.model_terminal import ModelTerminal
from tests.parts.wait import until_async
from tui.terminal.meter import LineMeter
from tui.terminal.pace import QUESTION
from tui.terminal.pen import Pens
from tui.terminal.writer import CellWriter

WIDTH, HEIGHT = 80, 24


@pytest.fixture
def line() -> Iterator[tuple[int, int]]:
    """The terminal's end, which nobody reads yet, and ours."""
    terminal, ours = pty.openpty()
    yield terminal, ours
    os.close(terminal)
    os.close(ours)


def picture(text: str, width: int = WIDTH) -> LayoutUpdate:
    """A screen full of a text."""
    lines = [[Strip([Segment(f"{text}{y}".ljust(width, text[0]))], width)] for y in range(HEIGHT)]
    return LayoutUpdate(list(lines), Region(0, 0, width, HEIGHT))


def opened(ours: int) -> CellWriter:
    writer = CellWriter(asyncio.get_running_loop(), LineMeter(), Pens(colours=None), modern=True)
    writer.open(ours)
    return writer


async def read_until(terminal: int, end: str) -> str:
    """Read until this is there."""
    text = ""
    async with asyncio.timeout(30):
        while end not in text:
            text += (await asyncio.to_thread(os.read, terminal, 65536)).decode()
    return text


async def test_what_else_is_written_comes_after_the_frames_before_it(line: tuple[int, int]) -> None:
    writer = opened(line[1])
    writer.show(picture("a"), None)
    writer.put("\x1b]2;title\x07")
    text = await read_until(line[0], "\x07")
    assert text.rindex("a23") < text.index("title")
    writer.close()


async def test_a_line_that_takes_nothing_holds_up_nothing_and_gets_the_newest_picture_later(
    line: tuple[int, int],
) -> None:
    writer = opened(line[1])
    meter = writer._meter
    begun = time.perf_counter()
    for turn in range(300):
        writer.show(picture(chr(ord("a") + turn % 26)), None)
        await asyncio.sleep(0)
    writer.show(picture("Z"), None)
    assert time.perf_counter() - begun < 2
    assert meter.merged_frames > 200
    assert meter.backlog_bytes > 0
    terminal = ModelTerminal(WIDTH, HEIGHT)
    async with asyncio.timeout(30):
        while not all(row.startswith("Z") for row in terminal.display):
            text = (await asyncio.to_thread(os.read, line[0], 65536)).decode()
            terminal.feed(text)
            for _ in range(text.count(QUESTION)):
                writer.answered(time.monotonic())
    assert meter.sent_bytes < 6 * WIDTH * HEIGHT, "no more than the few frames that were under way"
    writer.close()


async def test_after_another_program_wrote_on_it_the_screen_is_sent_anew(line: tuple[int, int]) -> None:
    writer = opened(line[1])
    writer.show(picture("a"), None)
    writer.put("\x07")
    await read_until(line[0], "\x07")
    writer.show(picture("a"), None)
    writer.put("1\x07")
    assert await read_until(line[0], "1\x07") == "1\x07", "nothing changed, nothing is sent"
    writer.answered(time.monotonic())
    await asyncio.sleep(0)
    sent = writer._line
    assert sent is not None
    await until_async(lambda: not sent.busy(), "the line to be idle: a frame waits for that")
    writer.redraw()
    writer.put("2\x07")
    assert "a23" in await read_until(line[0], "2\x07")
    writer.close()


async def test_no_frame_is_sent_while_the_terminal_is_given_back(line: tuple[int, int]) -> None:
    writer = opened(line[1])
    writer.hold()
    writer.show(picture("a"), None)
    writer.put("\x07")
    assert await read_until(line[0], "\x07") == "\x07"
    writer.close()


async def test_a_terminal_that_takes_nothing_does_not_keep_the_end(line: tuple[int, int]) -> None:
    writer = opened(line[1])
    writer.put("x" * 200_000)
    begun = time.perf_counter()
    writer.hold()
    writer.close()
    assert time.perf_counter() - begun < 1
    os.set_blocking(line[0], False)
    # The thread that was left behind ends when its terminal takes what is left.
    end = time.monotonic() + 5
    read = 0
    while read < 200_000 and time.monotonic() < end:
        try:
            read += len(os.read(line[0], 65536))
        except BlockingIOError:
            await asyncio.sleep(0.005)
    assert read == 200_000


async def test_what_is_written_on_a_terminal_taken_again_comes_after_all_that_was_left(line: tuple[int, int]) -> None:
    writer = opened(line[1])
    writer.put("x" * 200_000 + "<left>")
    writer.close()
    writer.open(line[1])
    writer.put("<again>\x07")
    text = await read_until(line[0], "\x07")
    assert text == "x" * 200_000 + "<left><again>\x07"
    writer.close()


async def test_a_frame_of_some_size_is_one_synchronized_update_where_the_terminal_can(line: tuple[int, int]) -> None:
    writer = opened(line[1])
    writer.synchronized = True
    writer.show(picture("a"), None)
    writer.put("\x07")
    text = await read_until(line[0], "\x07")
    assert text.startswith("\x1b[?2026h")
    assert f"\x1b[?2026l{QUESTION}" in text
    writer.close()


async def test_what_came_meanwhile_goes_before_a_screen_of_another_size(line: tuple[int, int]) -> None:
    writer, loop = opened(line[1]), asyncio.get_running_loop()
    writer.show(picture("a"), None)
    await read_until(line[0], "a23")
    ready, keys = os.pipe()
    before, sent, done = writer._meter.sent_bytes, dict[str, int](), asyncio.Event()

    def meanwhile(what: str) -> None:
        loop.remove_reader(ready)
        sent[what] = writer._meter.sent_bytes - before
        if len(sent) == 2:
            done.set()

    loop.add_reader(ready, meanwhile, "a key")
    loop.call_later(0.01, meanwhile, "a timer")
    os.write(keys, b"x")
    time.sleep(0.02)  # noqa: ASYNC251 - as long as a large screen is painted, both come due
    writer.show(picture("b", 2 * WIDTH), None)
    await done.wait()
    assert sent == {"a key": 0, "a timer": 0}
    assert "b23" in await read_until(line[0], "b23")
    writer.close()
    os.close(ready)
    os.close(keys)
