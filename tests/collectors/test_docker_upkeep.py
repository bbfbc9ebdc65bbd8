"""Which containers are inspected again, and which stats streams are open."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from collectors.base import CollectError
from collectors.docker_api.details import ROTATION, Details, Known, due, signature
from collectors.docker_api.disk import DiskUse, DiskWatch
from collectors.docker_api.parse import Inspected, Listed
from collectors.docker_api.stats import SILENCE_S, STREAMS_LIMIT, StatsStreams


def listed(status: str, state: str = "running", container_id: str = "a") -> Listed:
    """A container as a list tells it."""
    return Listed(id=container_id, state=state, status=status)


@pytest.mark.parametrize(
    ("then", "now", "after_s", "again"),
    [
        pytest.param(listed("Up 5 minutes"), listed("Up 5 minutes"), 10, False, id="nothing changed"),
        pytest.param(listed("Up 5 seconds"), listed("Up 15 seconds"), 10, False, id="it only grew older"),
        pytest.param(listed("Up 5 minutes"), listed("Exited (1) 1 second ago", "exited"), 10, True, id="it ended"),
        pytest.param(listed("Up 5 minutes"), listed("Up 3 seconds"), 10, True, id="it was started again"),
        pytest.param(listed("Up 5 minutes (healthy)"), listed("Up 5 minutes (unhealthy)"), 10, True, id="it fell ill"),
        pytest.param(listed("Up 5 minutes (unhealthy)"), listed("Up 5 minutes (unhealthy)"), 1, True, id="it is ill"),
        pytest.param(
            listed("Exited (1) 9 seconds ago", "exited"), listed("Exited (1) 2 seconds ago", "exited"), 5, True,
            id="it ended again with the same code",
        ),
        pytest.param(listed("Up 2 hours"), listed("Up 2 hours"), 61, True, id="the last look is long ago"),
    ],
)  # fmt: skip
def test_only_what_changed_is_inspected(then: Listed, now: Listed, after_s: float, again: bool) -> None:
    known = {"a": Known(signature(then), Inspected(), 100.0)}
    assert due([now], known, 100.0 + after_s) == (["a"] if again else [])


def test_new_ones_go_first_and_few_old_ones_are_repeated() -> None:
    quiet = [listed("Up 3 hours", container_id=f"q{number}") for number in range(9)]
    known = {one.id: Known(signature(one), Inspected(), float(number)) for number, one in enumerate(quiet)}
    known["ill"] = Known(("running", "unhealthy", None), Inspected(), 0.0)
    ill, new = listed("Up 3 hours (unhealthy)", container_id="ill"), listed("Created", "created", "new")
    assert due([*quiet, ill, new], known, 1_000.0) == ["new", "ill", *(f"q{number}" for number in range(ROTATION))]


async def test_one_inspection_that_hangs_holds_up_no_other_and_is_left_alone() -> None:
    asked: list[str] = []

    async def inspect(key: str) -> Inspected:
        asked.append(key)
        if key == "stuck":
            await asyncio.Event().wait()
        if key == "gone":
            raise CollectError("no such container", reason="missing")
        return Inspected(restart_count=3)

    all_of_them = [listed("Up 3 hours", container_id=key) for key in ("stuck", "gone", *map(str, range(20)))]
    details = Details(inspect, lambda: 0.0, budget_s=0.2)
    await details.refresh(all_of_them)
    known = [details.of(one) for one in all_of_them]
    assert known[:2] == [None, None]
    assert all(one and one.restart_count == 3 for one in known[2:])
    asked.clear()
    await details.refresh(all_of_them)
    assert asked == ["gone"]


class Engine:
    """Streams that are open, by container."""

    def __init__(self) -> None:
        self.open: set[str] = set()
        self.opened: list[str] = []
        self.broken = False
        self.sample = b'{"pids_stats":{"current":7}}'
        self.now = 0.0

    async def lines(self, key: str) -> AsyncGenerator[bytes, None]:
        """One sample, then silence until it is closed; none at all when broken."""
        self.opened.append(key)
        if self.broken:
            raise CollectError("closed", reason="reset")
        self.open.add(key)
        try:
            yield self.sample
            await asyncio.Event().wait()
        finally:
            self.open.discard(key)


async def turn() -> None:
    """Let the streams' tasks run."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_streams_follow_what_is_wanted_and_samples_grow_old() -> None:
    engine = Engine()
    streams = StatsStreams(engine.lines, lambda: engine.now)
    streams.want(["a", "b"])
    assert streams.newest("a") is None
    await turn()
    sample = streams.newest("a")
    assert sample
    assert sample.pids_stats.current == 7
    streams.want(["b"])
    await turn()
    assert engine.open == {"b"}
    assert streams.newest("a") is None
    engine.now = 11.0
    assert streams.newest("b") is None
    streams.stop()
    await turn()
    assert engine.open == set()


@pytest.mark.parametrize("sample", [b"<html>", b'{"memory_stats": 5}', b"\xff"])
async def test_a_sample_that_makes_no_sense_is_none(sample: bytes) -> None:
    engine = Engine()
    engine.sample = sample
    streams = StatsStreams(engine.lines, lambda: engine.now)
    streams.want(["a"])
    await turn()
    assert streams.newest("a") is None
    streams.stop()


async def test_a_silent_stream_is_opened_anew() -> None:
    engine = Engine()
    streams = StatsStreams(engine.lines, lambda: engine.now)
    for engine.now in (0.0, SILENCE_S + 1, SILENCE_S + 4):
        streams.want(["a"])
        await turn()
    assert engine.opened == ["a", "a"]
    streams.stop()


async def test_a_stream_that_breaks_is_retried_ever_more_rarely() -> None:
    engine = Engine()
    engine.broken = True
    streams = StatsStreams(engine.lines, lambda: engine.now)
    for second in range(100):
        engine.now = float(second)
        streams.want(["a"])
        await turn()
    assert 4 <= len(engine.opened) <= 7
    engine.broken = False
    engine.now = 500.0
    streams.want(["a"])
    await turn()
    assert streams.newest("a")
    streams.stop()


async def test_more_containers_than_streams_take_turns() -> None:
    engine = Engine()
    streams = StatsStreams(engine.lines, lambda: engine.now)
    ids = [f"{number:04}" for number in range(STREAMS_LIMIT * 2 + 50)]
    for engine.now in (0.0, 1.0, 6.0, 12.0):
        streams.want(ids)
        await turn()
        assert len(engine.open) == STREAMS_LIMIT
    assert set(engine.opened) == set(ids)
    assert all(streams.newest(key) for key in ids)
    streams.stop()
    await turn()


async def test_disk_use_that_fails_is_a_hint_and_asked_again_later() -> None:
    asked = 0

    async def ask() -> DiskUse:
        nonlocal asked
        asked += 1
        if asked == 1:
            raise CollectError("the engine is busy")
        return DiskUse(layers_size=5)

    watch = DiskWatch(ask, 300)
    for now in (0.0, 1.0, 299.0):
        watch.poke(now)
        await turn()
    assert asked == 1
    assert (watch.hint, watch.facts["df_at"]) == ("disk use is not known: the engine is busy", None)
    watch.poke(300.0)
    await turn()
    assert not watch.hint
    assert watch.facts["images_bytes"] == 5
