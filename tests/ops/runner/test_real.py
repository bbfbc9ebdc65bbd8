"""The runner that makes calls: told, bounded in time, compared with the plan, masked."""

import asyncio
import sys
from pathlib import Path

import pytest

from collectors.base import CollectError, Secret
from ops.actions.errors import ActionError, Refused
from ops.redact import remember
from ops.runner.calls import File, Program, Redis
from ops.runner.reach import Reach
from ops.runner.real import RealRunner
from tests.parts.acting import MemorySink, config_of

CONFIG = config_of("")


def runner(sink: MemorySink | None = None, **seen: str) -> RealRunner:
    """One over an empty config."""
    return RealRunner(CONFIG, sink or MemorySink(), seen)


async def test_a_call_is_told_as_it_is_made_then_its_output_and_its_exit() -> None:
    sink = MemorySink()
    answer = await runner(sink).do(Program(argv=(sys.executable, "-c", "print('hello')")))
    assert sink.lines[0].kind == "call"
    assert "print" in sink.lines[0].text
    assert sink.of("out") == ["hello"]
    assert sink.exits == [0]
    assert (answer.status, answer.text) == (0, "hello\n")


async def test_only_what_has_an_exit_or_a_status_gives_one(tmp_path: Path) -> None:
    sink, log = MemorySink(), tmp_path / "app.log"
    log.write_text("a line")
    await runner(sink).do(File(path=str(log), how="truncate"))
    assert (log.read_text(), sink.exits) == ("", [])


async def test_what_takes_too_long_is_ended_and_said() -> None:
    sink = MemorySink()
    with pytest.raises(ActionError, match="did not end within 200 ms") as caught:
        await runner(sink).do(Program(argv=("sleep", "60"), timeout_s=0.2))
    assert caught.value.reason == "timeout"
    assert not isinstance(caught.value, Refused)
    assert caught.value.remedy


async def test_a_target_that_the_config_has_not_is_refused() -> None:
    with pytest.raises(Refused, match="no target redis:cache"):
        Reach(CONFIG, MemorySink()).spec("redis:cache")
    with pytest.raises(Refused):
        await runner().do(Redis(target="redis:cache", commands=(("PING",),)))


async def test_no_line_has_a_secret_or_a_control_sequence() -> None:
    remember(Secret("correct-horse-battery"))
    sink = MemorySink()
    script = (
        "import sys; print('a correct-horse-battery \\x1b[31mred\\x1b]0;t\\x07'); sys.stderr.write('password=x1y2z3')"
    )
    await runner(sink).do(Program(argv=(sys.executable, "-c", script)))
    assert "correct-horse" not in sink.text
    assert "x1y2z3" not in sink.text
    assert "\x1b" not in sink.text
    assert sink.inert


def test_what_the_plan_saw_is_compared() -> None:
    runner(MemorySink(), head="4711@1").rely("head", "4711@1")
    with pytest.raises(Refused, match=r"'4711@1' when it was planned and is '4711@2' now") as caught:
        runner(MemorySink(), head="4711@1").rely("head", "4711@2")
    assert caught.value.reason == "changed"


def test_what_the_plan_never_saw_is_refused_but_where_nothing_was_planned() -> None:
    with pytest.raises(Refused, match="not part of the plan"):
        runner(MemorySink(), head="4711@1").rely("image", "web:2")
    with pytest.raises(Refused, match="not part of the plan"):
        RealRunner(CONFIG, MemorySink(), {}).rely("connection a", "1")
    RealRunner(CONFIG, MemorySink()).rely("image", "web:2")


async def test_waiting_looks_again_until_it_is_so() -> None:
    sink, looks = MemorySink(), iter(["starting", "starting", ""])

    async def look() -> str:
        return next(looks)

    await runner(sink).until("web-1 is healthy", 10, look)
    assert [words for _, words in sink.moves] == [
        "waiting until web-1 is healthy: starting",
        "waiting until web-1 is healthy: starting",
        "web-1 is healthy",
    ]
    assert sink.of("say") == ["wait up to 10 s until web-1 is healthy"]


async def test_waiting_ends_with_why_not_also_when_the_source_can_not_be_read() -> None:
    async def look() -> str:
        raise CollectError("connection refused")

    with pytest.raises(ActionError, match="after 100 ms it was not so that it answers: connection refused"):
        await runner().until("it answers", 0.1, look)


async def test_waiting_can_be_cancelled_and_a_look_that_hangs_ends_with_its_time() -> None:
    async def look() -> str:
        await asyncio.Event().wait()
        return ""

    with pytest.raises(ActionError, match="could not be looked at"):
        await runner().until("it answers", 0.1, look)
    task = asyncio.create_task(runner().until("it answers", 60, look))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_progress_stays_a_ratio() -> None:
    sink = MemorySink()
    runner(sink).progress(1.7, "far\x1b[2J")
    assert sink.moves == [(1.0, "far␛[2J")]


def test_every_call_has_someone_who_makes_it() -> None:
    from importlib.util import find_spec
    from typing import get_args

    from ops.runner.calls import AnyCall

    kinds = get_args(AnyCall)
    assert kinds
    tags = [kind.__struct_config__.tag for kind in kinds]
    assert [tag for tag in tags if find_spec(f"ops.runner.effects.{tag}") is None] == []
