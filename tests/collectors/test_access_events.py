"""An access log counts each request of a real nginx once, whatever rotates it; which ones count is a setting."""

import asyncio
import gzip
import math
import shutil
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.access_api.choice import failed_statuses, without
from collectors.access_api.guess import guessed
from collectors.access_api.parse import COMBINED, Fields, parser
from collectors.access_api.words import path_of
from collectors.access_log import AccessLog, AccessLogConfig
from collectors.base import CollectError, Events
from collectors.sketch import Sketch
from tests.parts.collecting import fault, first
from tests.parts.nginx import TIMED, Nginx
from tests.parts.wait import until

Watch = Callable[..., AccessLog]
LINE = '10.0.0.1 - - [21/Nov/2026:05:00:00 +0000] "GET {path} HTTP/1.1" {status} 512 "-" "curl" {took}\n'


@pytest.fixture
async def watch() -> AsyncIterator[Watch]:
    """Make collectors, which are closed after the test."""
    made: list[AccessLog] = []

    def make(file: Path, **settings: Any) -> AccessLog:
        made.append(AccessLog(AccessLogConfig(name="web", file=str(file), **settings), {}))
        return made[-1]

    yield make
    for collector in made:
        await collector.close()


class Count:
    """What polls counted, summed up."""

    def __init__(self, web: AccessLog) -> None:
        self._web = web
        self.total = self.failed = 0
        self.latencies = Sketch()

    async def poll(self) -> Events | None:
        """Poll once and add what it counted."""
        events = (await first(self._web)).events
        if events is not None:
            self.total, self.failed = self.total + events.total, self.failed + events.failed
            self.latencies.merge(Sketch.unpack(events.latencies))
        return events


def lines(*requests: tuple[str, int, str]) -> str:
    """Lines of the combined format with a time."""
    return "".join(LINE.format(path=path, status=status, took=took) for path, status, took in requests)


class Users:
    """Some who ask a real nginx all the time, each tenth in vain, and note what they got and how long it took."""

    def __init__(self, nginx: Nginx) -> None:
        self._nginx, self._stop = nginx, threading.Event()
        self.statuses: list[int] = []
        self.took: list[float] = []
        self._threads = [threading.Thread(target=self._ask, args=(number,)) for number in range(3)]
        for thread in self._threads:
            thread.start()

    def _ask(self, number: int) -> None:
        asked = 0
        while not self._stop.is_set():
            asked += 1
            began = time.perf_counter()
            path = "/x?status=503" if asked % 10 == 0 else f"/{number}?sleep={0.05 if asked % 7 == 0 else 0.01}"
            status = self._nginx.get(path)
            self.took.append(time.perf_counter() - began)
            self.statuses.append(status)

    def end(self) -> None:
        """Stop, and wait until all have their answers."""
        self._stop.set()
        for thread in self._threads:
            thread.join()


def ask_before(nginx: Nginx) -> None:
    """One request whose line is there: nginx writes it after it has answered."""
    nginx.get("/before")
    until(lambda: b"/before" in nginx.log("combined").read_bytes(), "its line")
    until(lambda: b"/before" in nginx.log("timed").read_bytes(), "its other line")


def rotate_by_rename(nginx: Nginx) -> None:
    """As logrotate does by default: rename, reopen, pack the old one."""
    log, old = nginx.log("timed"), nginx.folder / "timed.log.1"
    log.rename(old)
    nginx.send("reopen")
    until(log.exists, "the new log")
    time.sleep(0.05)
    with gzip.open(f"{old}.gz", "wb") as packed:
        packed.write(old.read_bytes())
    old.unlink()


async def test_all_that_users_got_is_counted_while_the_log_is_rotated(nginx: Nginx, watch: Watch) -> None:
    count = Count(watch(nginx.log("timed"), format=TIMED))
    await asyncio.to_thread(ask_before, nginx)
    assert await count.poll() is None, "what was there before is not counted"
    users = Users(nginx)
    try:
        for _ in range(3):
            for _ in range(3):
                await asyncio.sleep(0.1)
                await count.poll()
            await asyncio.to_thread(rotate_by_rename, nginx)
    finally:
        await asyncio.to_thread(users.end)
    for _ in range(20):
        await count.poll()
        if count.total == len(users.statuses):
            break
        await asyncio.sleep(0.05)
    assert (count.total, count.failed) == (len(users.statuses), users.statuses.count(503))
    assert count.failed > 3
    assert count.latencies.count == count.total
    (p95,) = count.latencies.ranks(95)
    rank = math.ceil(0.95 * len(users.took))
    assert p95 is not None
    assert sorted(users.took)[rank - 1] >= p95 * 0.99 - 0.001, "nginx logs no more than its client waits"


async def test_the_percentile_is_that_of_the_log_itself(nginx: Nginx, watch: Watch) -> None:
    count = Count(watch(nginx.log("timed"), format=TIMED))
    await count.poll()
    took = []
    for number in range(40):
        began = time.perf_counter()
        await asyncio.to_thread(nginx.get, f"/x?sleep={0.002 * number}")
        took.append(time.perf_counter() - began)
    await asyncio.to_thread(until, lambda: nginx.lines("timed") >= 40, "the log lines")
    await asyncio.sleep(0.02)
    await count.poll()
    logged = sorted(float(line.split()[-2]) for line in nginx.log("timed").read_text().splitlines()[-40:])
    assert count.total == 40
    for percent, told in zip((50, 95, 99), count.latencies.ranks(50, 95, 99), strict=True):
        rank = math.ceil(percent * 40 / 100) - 1
        assert told == pytest.approx(logged[rank], rel=0.0101)
        # The client's own connection, and a busy machine, are on top of what nginx logs in whole milliseconds.
        assert told is not None
        assert -0.002 - 0.01 * told <= sorted(took)[rank] - told <= 0.5


async def test_a_log_that_is_copied_and_emptied_is_counted_to_the_last_line(nginx: Nginx, watch: Watch) -> None:
    log = nginx.log("combined")
    count = Count(watch(log))
    await asyncio.to_thread(ask_before, nginx)
    await count.poll()
    for round_ in range(3):
        for number in range(4):
            await asyncio.to_thread(nginx.get, f"/{number}")
            if number == 1:
                await count.poll()
        await asyncio.to_thread(until, lambda: nginx.lines() >= 4, "the log lines")
        shutil.copy2(log, nginx.folder / "combined.log.1")
        log.write_bytes(b"")
        await asyncio.to_thread(nginx.get, "/after?status=500")
        await asyncio.to_thread(until, lambda: nginx.lines() >= 1, "the first line of the emptied log")
        await count.poll()
        assert (count.total, count.failed) == (5 * (round_ + 1), round_ + 1)


async def test_a_copy_that_the_pattern_means_too_is_not_counted_again(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text(lines(("/old", 200, "0")))
    config = AccessLogConfig(name="web", files=str(tmp_path / "a.log*"))
    count = Count(AccessLog(config, {}))
    await count.poll()
    with log.open("a") as writer:
        writer.write(lines(("/a", 200, "0")))
    await count.poll()
    with log.open("a") as writer:
        writer.write(lines(("/b", 500, "0")))
    shutil.copy2(log, tmp_path / "a.log.1")
    log.write_text(lines(("/c", 200, "0")))
    for _ in range(3):
        await count.poll()
    assert (count.total, count.failed) == (3, 1)


async def test_a_poll_that_is_given_up_takes_nothing_along(tmp_path: Path, watch: Watch) -> None:
    log = tmp_path / "a.log"
    log.write_text("")
    count = Count(watch(log))
    await count.poll()
    for number in range(30):
        with log.open("a") as writer:
            writer.write(lines(("/a", 200, "0")) * 500)
        with suppress(TimeoutError, CollectError):
            async with asyncio.timeout(0.0002 * number):
                await count.poll()
    deadline = time.monotonic() + 10
    while count.total < 15_000 and time.monotonic() < deadline:
        with suppress(CollectError):
            await count.poll()
    assert count.total == 15_000


async def test_what_nobody_knows_is_not_nothing(tmp_path: Path, watch: Watch) -> None:
    log = tmp_path / "a.log"
    log.write_text(lines(("/old", 500, "1")))
    count = Count(watch(log))
    assert await count.poll() is None, "nothing was watched before"
    assert await count.poll() == Events(total=0, failed=0), "watched, and nobody came"
    with log.open("a") as writer:
        writer.write('{"status":200}\n' * 5)
    assert await count.poll() is None, "lines that can't be read"
    with log.open("a") as writer:
        writer.write(lines(("/a", 200, "0"), ("/b", 502, "0")))
    assert await count.poll() == Events(total=2, failed=1), "what was counted goes on"
    log.rename(tmp_path / "away")
    assert await count.poll() is None, "the log is away"
    log.write_text(lines(("/a", 200, "0")))
    assert await count.poll() == Events(total=1, failed=0)


async def test_a_log_that_can_not_be_read_for_a_while_loses_nothing(tmp_path: Path, watch: Watch) -> None:
    log = tmp_path / "a.log"
    count = Count(watch(log))
    assert (await fault(watch(log))).reason == "missing"
    assert (await fault(count._web)).reason == "missing"
    log.write_text(lines(("/a", 200, "0")) * 3)
    await count.poll()
    await count.poll()
    assert count.total == 3, "a log that comes later is read from its start"


async def test_what_fails_and_what_counts_are_settings(tmp_path: Path, watch: Watch) -> None:
    log = tmp_path / "a.log"
    log.write_text("")
    count = Count(watch(log, format=f"{COMBINED} $request_time", failed=("5xx", "429"), ignore=("/health*", "/m")))
    await count.poll()
    told = lines(
        ("/a?x=/health", 200, "0.2"),
        ("/a", 429, "0.1"),
        ("/a", 404, "0.1"),
        ("/health", 500, "9"),
        ("/healthz?q", 500, "9"),
        ("/m", 500, "9"),
        ("/mine", 500, "0.1"),
    )
    log.write_text(told)
    found = await first(count._web)
    assert found.events is not None
    assert (found.events.total, found.events.failed) == (4, 2)
    assert Sketch.unpack(found.events.latencies).ranks(100)[0] == pytest.approx(0.2, rel=0.01)
    assert (found.facts["requests"], found.facts["failed"], found.facts["errors_percent"]) == (4, 2, 50.0)
    assert (found.facts["client_errors_percent"], found.facts["unparsed_lines"]) == (50.0, 0)
    assert found.hints == ()
    assert "429 GET /a" in found.texts["errors"]
    assert "health" not in found.texts["errors"]


@pytest.mark.parametrize(
    ("configured", "line", "guess"),
    [
        pytest.param("combined", '{"status":200,"request_time":0.1}', 'format = "json"', id="JSON"),
        pytest.param("combined", '{"code":200}', 'format = "json", fields = { status = "…" }', id="JSON of its own"),
        pytest.param("json", '{"code":200}', 'fields = { status = "…" }', id="JSON without a status"),
        pytest.param("json", LINE.format(path="/", status=200, took="-")[:-3], 'format = "combined"', id="combined"),
        pytest.param(
            "json",
            LINE.format(path="/", status=200, took="0.25")[:-1],
            f"format = '{COMBINED} $request_time'",
            id="combined with a time",
        ),
        pytest.param(
            "combined", f"shop.test {LINE[:-8]}".format(path="/", status=200), f"format = '$host {COMBINED}'",
            id="a host before it",
        ),
        pytest.param("combined", '::1 - - [now] "GET / HTTP/1.1" 200 12', 'format = "common"', id="common"),
        pytest.param("combined", "starting up", "", id="nothing known"),
    ],
)  # fmt: skip
def test_another_format_is_guessed(configured: str, line: str, guess: str) -> None:
    assert guessed(line.encode(), configured) == guess


@given(st.binary(max_size=300), st.sampled_from(["combined", "json", "$status"]))
def test_any_line_is_guessed_without_an_error(line: bytes, configured: str) -> None:
    assert isinstance(guessed(line.replace(b"\n", b""), configured), str)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        pytest.param({"failed": ("5xx", "abc")}, '"abc" is not', id="a word that is no status"),
        pytest.param({"failed": ("6xx",)}, '"6xx" is not', id="a class that there is not"),
        pytest.param({"format": "$status", "ignore": ("/a",)}, "the format has none", id="paths that are not logged"),
    ],
)
def test_settings_that_can_not_be_meant(settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        AccessLogConfig(name="web", file="a", **settings)


def test_statuses() -> None:
    assert failed_statuses(("5xx",)) == frozenset(range(500, 600))
    assert failed_statuses(("429", "499")) == {429, 499}
    assert failed_statuses(()) == frozenset()


@given(st.lists(st.sampled_from(["/", "/a", "/health", "/health/x?q=1", '/"', "-"]), max_size=20))
def test_what_is_left_out_and_what_is_kept_are_all(paths: list[str]) -> None:
    block = "".join(LINE.format(path=path.replace('"', '\\"'), status=200, took="0") for path in paths).encode()
    rows = parser("combined", Fields()).rows(block)
    kept = without(rows, ("/health*",))
    assert kept.requests == sum(not path.startswith("/health") for path in paths)
    assert all(len(column) == kept.requests for column in kept.columns.values())
    assert not any(path_of(bytes(str(value), "utf-8")).startswith("/health") for value in kept.columns.get("path", ()))
