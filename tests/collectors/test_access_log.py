"""Access logs of a real nginx, compared with the requests that were made; and lines of every other kind."""

import asyncio
import json
import math
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.access_api.parse import COMBINED, Fields, JsonParser, Rows, TextParser, parser
from collectors.access_api.tally import EXACT_TIMES, Tally, tally
from collectors.access_api.window import Window, percentiles
from collectors.access_log import AccessLog, AccessLogConfig
from collectors.base import Entity
from tests.parts.collecting import fault, first
from tests.parts.nginx import TIMED, Nginx
from tests.parts.open_files import held
from tests.parts.readings import figure
from tests.parts.wait import until, until_async

TIMED_LINE = '::1 - - [now] "GET / HTTP/1.1" 200 512 "-" "curl" 0.250'
Watch = Callable[..., AccessLog]
LINE = '10.0.0.1 - - [21/Nov/2026:05:00:00 +0000] "GET /a?key=secret HTTP/1.1" {status} 512 "-" "curl"{more}\n'


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


async def ask(nginx: Nginx, *paths: str) -> None:
    """Make requests and wait until each is in the logs."""
    before = {name: nginx.lines(name) for name in ("combined", "timed", "json")}
    for path in paths:
        await asyncio.to_thread(nginx.get, path)
    await asyncio.to_thread(
        until, lambda: all(nginx.lines(name) == before[name] + len(paths) for name in before), "the log lines"
    )


def of_a_window(entity: Entity) -> tuple[object, ...]:
    """Requests, failed ones, both shares."""
    return tuple(entity.facts[name] for name in ("requests", "failed", "client_errors_percent", "errors_percent"))


def took(log: str, line: str) -> float:
    """The $request_time of a line."""
    return float(json.loads(line)["request_time"] if log == "json" else line.split()[-2])


@pytest.mark.parametrize(("log", "log_format"), [("combined", "combined"), ("timed", TIMED), ("json", "json")])
async def test_what_users_got_is_what_was_asked(nginx: Nginx, watch: Watch, log: str, log_format: str) -> None:
    web = watch(nginx.log(log), format=log_format)
    before = time.monotonic()
    begin = (await first(web)).facts
    assert (begin["requests"], begin["requests_per_s"], begin["errors_percent"]) == (None, None, None)
    wanted = [f"/ok?bytes={n}" for n in range(30)] + ["/gone"] * 4 + ["/moved"] * 2
    wanted += ["/pay/17?status=500&card=4111", "/pay/18?status=500", "/x?status=503", "/slow?sleep=0.3"]
    began = time.monotonic()
    await ask(nginx, *wanted)
    asked = time.monotonic()
    found = await first(web)
    after = time.monotonic()
    assert of_a_window(found) == (40, 3, 10.0, 7.5)
    assert found.facts["unparsed_lines"] == 0
    assert 0.98 * (asked - began) <= 40 / figure(found, "requests_per_s") <= 1.02 * (after - before)
    rates = [figure(found, f"status_{each}xx_per_s") / figure(found, "requests_per_s") for each in (2, 3, 4, 5)]
    assert rates == pytest.approx([31 / 40, 2 / 40, 4 / 40, 3 / 40], rel=0.02)
    assert found.facts["newest_error"] == "503 GET /x"
    assert "2× 500 GET /pay/18" in found.texts["errors"]
    assert "4111" not in str(found)
    times = [found.facts[name] for name in ("p50_s", "p95_s", "p99_s")]
    if log == "combined":
        assert times == [None, None, None]
        assert "slowest" not in found.texts
    else:
        column = {
            "timed": lambda line: line.split()[-2],
            "json": lambda line: line.split('"request_time":')[1].split(",")[0],
        }
        ordered = sorted(float(column[log](line)) for line in nginx.log(log).read_text().splitlines()[-40:])
        assert times == [ordered[math.ceil(share * 40) - 1] for share in (0.5, 0.95, 0.99)]
        assert found.texts["slowest"].splitlines()[0].endswith("s  GET /slow 200")
        assert 0.3 <= float(found.texts["slowest"].split()[0]) < 2
    assert of_a_window(await first(web)) == (40, 3, 10.0, 7.5)


async def test_a_log_that_nginx_reopens_is_read_on_without_loss(nginx: Nginx, watch: Watch) -> None:
    web = watch(nginx.log("combined"))
    await first(web)
    await ask(nginx, *["/ok"] * 5)
    nginx.log("combined").rename(nginx.folder / "combined.log.1")
    await asyncio.to_thread(nginx.get, "/before?status=502")
    nginx.send("reopen")
    await asyncio.to_thread(until, nginx.log("combined").exists, "the new log")
    await ask(nginx, *["/ok"] * 6)
    assert of_a_window(await first(web))[:2] == (12, 1)
    await ask(nginx, "/ok")
    assert of_a_window(await first(web))[:2] == (13, 1)


async def test_an_upstream_that_is_gone_shows_as_502(nginx: Nginx, watch: Watch) -> None:
    web = watch(nginx.log("timed"), format=TIMED)
    await first(web)
    nginx.stop_upstream()
    await ask(nginx, *["/pay"] * 20)
    broken = await first(web)
    assert of_a_window(broken) == (20, 20, 0.0, 100.0)
    assert broken.facts["newest_error"] == "20× 502 GET /pay"


async def test_a_flood_is_read_fast_and_what_is_left_out_is_counted(tmp_path: Path, watch: Watch) -> None:
    log = tmp_path / "a.log"
    log.write_text("")
    web = watch(log, format=f"{COMBINED} $request_time")
    await first(web)
    block = "".join(LINE.format(status=500 if n % 100 == 0 else 200, more=f" 0.{n % 1000:03}") for n in range(50_000))
    with log.open("a") as writer:
        writer.write(block)
    began = time.thread_time()
    found = (await first(web)).facts
    assert (found["requests"], found["failed"], found["unparsed_lines"]) == (50_000, 500, 0)
    assert (found["p50_s"], found["p95_s"], found["skipped_lines"]) == (0.499, 0.949, 0)
    assert time.thread_time() - began < 0.2, "the loop's own thread has next to nothing to do"
    with log.open("a") as writer:
        for _ in range(6):
            writer.write(block)
    after = (await first(web)).facts
    read = int(figure_of(after, "requests")) - 50_000
    assert read + figure_of(after, "skipped_lines") == 300_000
    assert 100_000 < read <= 200_000


def figure_of(facts: Any, name: str) -> float:
    return float(facts[name])


async def test_a_log_in_another_format_says_so(tmp_path: Path, watch: Watch) -> None:
    log = tmp_path / "a.log"
    log.write_text("")
    web = watch(log)
    await first(web)
    log.write_text("starting up\x1b[2J\n" * 30)
    found = await first(web)
    assert (found.facts["requests"], found.facts["unparsed_lines"]) == (0, 30)
    assert found.facts["errors_percent"] is None
    assert found.hints == (
        'a line without the configured format, "combined": starting up␛[2J; known are "combined", "common", "json", '
        "and a log_format of nginx with its $variables",
    )
    assert found.facts["format_guess"] is None


async def test_a_log_that_is_not_there_and_then_is(tmp_path: Path, watch: Watch) -> None:
    log = tmp_path / "a.log"
    web = watch(log)
    assert (await fault(web)).reason == "missing"
    log.write_text(LINE.format(status=200, more=""))
    assert (await first(web)).facts["requests"] is None
    assert (await first(web)).facts["requests"] == 1


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        pytest.param({}, "exactly one of", id="no place"),
        pytest.param({"file": "a", "container": "b"}, "exactly one of", id="two places"),
        pytest.param({"file": "a", "url": "/s"}, "needs container", id="an engine for a file"),
        pytest.param({"container": "../x"}, "no name of a container", id="a path in place of a name"),
        pytest.param({"file": "a", "format": "nginx"}, "a format is", id="a name that is no format"),
        pytest.param({"file": "a", "format": "$a$status"}, "nothing stands between", id="two variables as one"),
        pytest.param({"file": "a", "format": "$request"}, "no .status", id="no status"),
        pytest.param(
            {"file": "a", "fields": Fields(request_time="$took")}, "names .took", id="a variable that is not there"
        ),
    ],
)
def test_settings_that_can_not_work_are_refused(settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        AccessLogConfig(name="web", **settings)


def test_the_log_of_a_service_depends_on_it() -> None:
    config = AccessLogConfig(name="web", file="a", service="api", depends_on=("tcp:db",))
    assert config.depends_on == ("tcp:db", "service:api")


def summed(log_format: str, text: str, unit: str = "s", **fields: str) -> Tally:
    """What is summed up of some lines."""
    block = text.encode()
    found, _ = tally(parser(log_format, Fields(**fields)).rows(block), block.count(b"\n"), unit)
    return found


@pytest.mark.parametrize(
    ("log_format", "unit", "fields", "line", "times"),
    [
        pytest.param("common", "s", {}, '1.2.3.4 - bob [now] "GET / HTTP/1.1" 200 -', [], id="common"),
        pytest.param("common", "s", {}, '::1 - - [now] "GET /\\"q HTTP/1.1" 200 7 "-" "x"', [], id="more than common"),
        pytest.param(f"{COMBINED} $request_time", "s", {}, TIMED_LINE, [0.25], id="s"),
        pytest.param(
            "$status $upstream_response_time $host", "s", {}, "200 0.100, 0.150 : 0.250 x", [0.5], id="many upstreams"
        ),
        pytest.param("$status $upstream_response_time|", "s", {}, "200 -|", [], id="no upstream"),
        pytest.param("$status took=${took}us", "us", {"request_time": "took"}, "200 took=2500us", [0.0025], id="us"),
        pytest.param("json", "ms", {"request_time": "t"}, '{"status":200,"t":12}', [0.012], id="JSON in ms"),
        pytest.param("json", "s", {}, '{"status":"200","request_time":"0.004"}', [0.004], id="JSON of texts"),
        pytest.param(
            "json", "s", {}, '{"status":200,"duration":0.5,"request":{"method":"GET","uri":"/"}}', [0.5], id="Caddy"
        ),
        pytest.param(
            "json", "ns", {}, '{"DownstreamStatus":200,"Duration":1500000,"RequestPath":"/"}', [0.0015], id="Traefik"
        ),
        pytest.param(
            "json", "s", {"status": "http.code", "request_time": "http.took"}, '{"http":{"code":200,"took":1}}', [1.0],
            id="objects in objects",
        ),
    ],
)  # fmt: skip
def test_forms(log_format: str, unit: str, fields: dict[str, str], line: str, times: list[float]) -> None:
    found = summed(log_format, f"{line}\r\n{line}\n", unit, **fields)
    assert (found.requests, found.unparsed, found.statuses[2]) == (2, 0, 2)
    assert sorted(found.times.elements()) == [time for time in times for _ in range(2)]


def test_odd_lines_are_counted_and_no_more() -> None:
    odd = (
        "[]",
        '{"status":[]}',
        '{"status":{}}',
        "null",
        '{"status":1e400}',
        '{"request_time":1}',
        "",
        '{"status":200}',
    )
    found = summed("json", "".join(f"{line}\n" for line in odd))
    assert (found.requests + found.unparsed, found.statuses[2]) == (8, 1)


def test_many_different_times_are_rounded_and_stay_few() -> None:
    many = summed("$status $request_time", "".join(f"200 {n / 7e4:.6f}\n" for n in range(50_000)))
    assert len(many.times) <= 2 * EXACT_TIMES
    assert many.times.total() == 50_000
    assert percentiles(many.times, 50) == [pytest.approx(25_000 / 7e4, rel=0.01)]


@given(st.lists(st.integers(0, 50), min_size=1), st.integers(1, 100))
def test_percentiles_are_the_nearest_rank(times: list[int], percent: int) -> None:
    found = Tally()
    found.times.update(map(float, times))
    assert percentiles(found.times, percent) == [float(sorted(times)[math.ceil(percent * len(times) / 100) - 1])]


def test_a_window_reaches_back_until_it_has_enough() -> None:
    def of(requests: int) -> Tally:
        made = Tally()
        made.requests = requests
        return made

    window = Window()
    window.add(0, of(5))
    window.add(10, of(10))
    assert window.sums(100).requests == 15
    window.add(100, of(19))
    assert window.sums(101).requests == 29, "the minute has 19, so one more is taken"
    window.add(120, of(1))
    assert window.sums(121).requests == 20
    assert window.sums(419).requests == 1
    assert window.sums(420).requests == 0


@given(
    st.binary(max_size=400), st.sampled_from(["combined", "common", "json", TIMED, "$status $upstream_response_time"])
)
def test_any_bytes_are_read_or_counted(data: bytes, log_format: str) -> None:
    block = data + b"\n"
    rows = parser(log_format, Fields()).rows(block)
    found, failed = tally(rows, block.count(b"\n"), "ms")
    assert found.requests + found.unparsed >= block.count(b"\n")
    assert all(math.isfinite(time) and time >= 0 for time in found.times)
    assert len(failed) <= found.requests


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(
    st.lists(st.dictionaries(st.sampled_from(["status", "request_time", "bytes", "uri", "method"]), JSON), max_size=4)
)
def test_any_json_is_read_or_counted(objects: list[dict[str, Any]]) -> None:
    block = "".join(json.dumps(each) + "\n" for each in objects).encode()
    found, _ = tally(JsonParser({}).rows(block), len(objects), "s")
    assert found.requests + found.unparsed == len(objects)


def test_no_line_makes_the_expression_slow() -> None:
    find = TextParser(TIMED, {})
    hostile = (b'1 - - [x] "' + b'\\"' * 50_000 + b"\n") + (b" " * 100_000 + b"\n") + (b'1 - - [x] "' * 9_000 + b"\n")
    began = time.process_time()
    assert find.rows(hostile) == Rows(0, dict.fromkeys(("path", "status", "bytes", "request_time"), ()))
    assert time.process_time() - began < 0.5


async def test_nothing_stays_open(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("")
    for _ in range(3):
        collector = AccessLog(AccessLogConfig(name="web", file=str(log)), {})
        await first(collector)
        await collector.close()
        del collector
    await until_async(lambda: not held(log), "the file to be closed")
