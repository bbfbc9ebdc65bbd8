"""Prometheus answering badly: pages, cut or endless data, partial and old data, other clocks, silence."""

import json
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from collectors.base import Entity, Secret, Value
from collectors.prometheus import Prometheus, PrometheusConfig
from collectors.prometheus_api.figures import Figure
from collectors.units import Duration
from ops.demo.child import free_port
from tests.parts.collecting import ended_after, fault, first, of_kind, parts
from tests.parts.servers import Exchange, Talk, body, drip, garbage, hang, redirect, running
from tests.parts.wait import until_async

Watch = Callable[..., Prometheus]
KIND = "prometheus.figure"


@pytest.fixture
async def watch() -> AsyncIterator[Watch]:
    """Make collectors of an address, which are closed after the test."""
    made: list[Prometheus] = []

    def make(url: str, *figures: Figure, secrets: dict[str, Secret] | None = None, **settings: Any) -> Prometheus:
        made.append(Prometheus(PrometheusConfig(name="main", url=url, figures=figures, **settings), secrets or {}))
        return made[-1]

    yield make
    for collector in made:
        await collector.close()


def number(value: Value) -> float:
    assert isinstance(value, int | float)
    return value


async def told_by(watch: Watch, talk: Talk, *figures: Figure) -> dict[str, Entity]:
    """The rows from a server that answers queries through `talk`; "" is the target."""
    async with running(of_queries(talk)) as server:
        collector = watch(server.url, *figures)
        reading = await collector.collect()
        await collector.close()
    return {"": reading.entities[0], **of_kind(reading, KIND)}


def of_queries(talk: Talk) -> Talk:
    """A server that says which Prometheus it is, and answers `1` to the collector's own queries."""

    async def answer(exchange: Exchange) -> None:
        if "buildinfo" in exchange.target:
            await exchange.answer(200, b'{"status":"success","data":{"version":"3.1.0"}}')
        elif "sum%28up%29" in exchange.target or "head_series" in exchange.target or "up+%3D%3D+0" in exchange.target:
            await exchange.answer(200, vector(({}, time.time(), "1")))
        else:
            await talk(exchange)

    return answer


def vector(*series: tuple[dict[str, str], float, str], **more: object) -> bytes:
    """The answer to an instant query."""
    result = [{"metric": metric, "value": [at, text]} for metric, at, text in series]
    whole = {"status": "success", "data": {"resultType": "vector", "result": result}, **more}
    return json.dumps(whole, separators=(",", ":")).encode()


ONE = Figure(name="one", query="x")


@pytest.mark.parametrize(
    ("talk", "said"),
    [
        pytest.param(body(b"<html>Login</html>", "text/html"), "answered with a page, not with data", id="a page"),
        pytest.param(body(b'{"status":"suc'), "answered with data that can't be read", id="cut JSON"),
        pytest.param(body(b'{"status":"success","data":[]}'), "answered with data that can't be read", id="other JSON"),
        pytest.param(body(b""), "answered with nothing", id="nothing"),
        pytest.param(body(b"x" * 10_000_000), "the answer is longer than 4 MiB and was not read", id="10 MB"),
        pytest.param(body(b"upstream", "text/plain", 502), "answered with status 502", id="a proxy's 502"),
        pytest.param(
            body(
                b'{"status":"error","errorType":"timeout","error":"query timed out in expression evaluation"}', "", 503
            ),
            "answered with status 503: query timed out in expression evaluation",
            id="too slow for its own limit",
        ),
        pytest.param(body(b"", "", 403), "does not let us read it", id="forbidden for this query"),
        pytest.param(
            body(b'{"status":"error","error":"\x1b[2J bad"}'.replace(b"\x1b", b"\\u001b")), "␛[2J bad", id="hostile"
        ),
    ],
)
async def test_one_bad_answer_is_told_in_its_own_row(watch: Watch, talk: Talk, said: str) -> None:
    rows = await told_by(watch, talk, ONE)
    assert said in str(rows["one"].facts["error"])
    assert rows["one"].facts["value"] is None
    assert rows[""].facts["targets_up"] == 1


async def test_an_error_leaves_the_rows_that_were_there(watch: Watch) -> None:
    now, answers = time.time(), [200, 500, 200]

    async def talk(exchange: Exchange) -> None:
        if answers.pop(0) == 200:
            await exchange.answer(200, vector(({"a": "1"}, now, "1"), ({"a": "2"}, now, "2")))
        else:
            await exchange.answer(500, b"")

    async with running(of_queries(talk)) as server:
        collector = watch(server.url, ONE)
        for expected in ((1.0, None), (None, True), (1.0, None)):
            rows = await parts(collector, KIND)
            assert list(rows) == ["one 1", "one 2"]
            facts = rows["one 1"].facts
            assert (facts["value"], bool(facts.get("error")) or None) == expected


@pytest.mark.parametrize(
    ("more", "hint"),
    [
        pytest.param(
            {"warnings": ["store 10.0.0.1: unavailable"]},
            "the data may not be all: store 10.0.0.1: unavailable",
            id="Thanos without one of its stores",
        ),
        pytest.param(
            {"isPartial": True},
            "the data may not be all: some of its storage did not answer",
            id="VictoriaMetrics without one of its nodes",
        ),
    ],
)
async def test_partial_data_says_so(watch: Watch, more: dict[str, object], hint: str) -> None:
    rows = await told_by(watch, body(vector(({}, time.time(), "1"), **more)), ONE)
    assert (rows["one"].facts["value"], rows["one"].hints) == (1, (hint,))


async def test_an_old_sample_says_nothing_of_now(watch: Watch) -> None:
    rows = await told_by(watch, body(vector(({}, time.time() - 700, "5"))), ONE)
    assert rows["one"].facts["value"] is None
    assert number(rows["one"].facts["sample_age_s"]) == pytest.approx(700, abs=5)
    assert rows["one"].hints == ("its last sample (5) is older than 60 s and says nothing of now",)


async def test_another_clock_is_told_and_counts_for_its_figures(watch: Watch) -> None:
    async def talk(exchange: Exchange) -> None:
        if "buildinfo" in exchange.target:
            version = b'{"status":"success","data":{"version":"3.1.0"}}'
            await exchange.answer(200, version, Date="Sat, 01 Jan 2000 00:00:00 GMT")
        else:
            await exchange.answer(200, vector(({}, 946684800.0, "5")))

    async with running(talk) as server:
        reading = await watch(server.url, ONE).collect()
    assert of_kind(reading, KIND)["one"].facts["value"] == 5
    assert "s behind ours" in reading.entities[0].hints[0]


async def test_a_slow_query_does_not_hold_up_the_others(watch: Watch) -> None:
    async def talk(exchange: Exchange) -> None:
        if "slow" in exchange.target:
            await exchange.gone()
            raise ConnectionError
        await exchange.answer(200, vector(({}, time.time(), "1")))

    async with running(of_queries(talk)) as server:
        collector = watch(server.url, Figure(name="slow", query="slow"), ONE, timeout=Duration(1))
        began = time.monotonic()
        rows = await parts(collector, KIND)
        assert time.monotonic() - began < 1
    assert rows["slow"].facts["error"] == "no answer in time"
    assert rows["one"].facts["value"] == 1


async def test_a_long_answer_is_read_and_the_rest_counted(watch: Watch) -> None:
    labels = [({"instance": f"host-{number}:9100", "job": "node"}, time.time(), "1") for number in range(45_000)]
    long = vector(*labels)
    assert 3_000_000 < len(long) < 4_000_000
    rows = await told_by(watch, body(long), ONE)
    assert rows["one instance=host-0:9100, job=node"].facts["series"] == 45_000
    assert rows[""].hints[0].startswith("one: 44980 more series")


@pytest.mark.parametrize(
    ("talk", "reason", "said"),
    [
        pytest.param(
            body(b"<html>", "text/html"), "protocol", "answered with a page, not with data", id="a login page"
        ),
        pytest.param(body(b"", "", 401), "auth", "does not accept our login", id="a wrong token"),
        pytest.param(body(b"", "", 403), "permission", "does not let us read it", id="forbidden"),
        pytest.param(body(b"404 page not found", "", 404), "missing", "has no such API", id="another server"),
        pytest.param(redirect({"/api/v1/status/buildinfo": "/login"}), "protocol", "sends us elsewhere", id="a login"),
        pytest.param(body(b"", "", 503), "protocol", "answered with status 503", id="starting"),
        pytest.param(garbage, "protocol", "is not HTTP", id="no HTTP"),
    ],
)
async def test_a_source_that_is_none_is_told_as_a_whole(watch: Watch, talk: Talk, reason: str, said: str) -> None:
    async with running(talk) as server:
        collector = watch(server.url, ONE)
        error = await fault(collector)
        await collector.close()
    assert (error.reason, said in error.message) == (reason, True), error.message
    assert error.remedy or reason == "protocol"


@pytest.mark.parametrize("talk", [hang, drip], ids=["mute", "a byte now and then"])
async def test_the_deadline_is_the_callers(watch: Watch, talk: Talk) -> None:
    async with running(talk) as server:
        collector = watch(server.url)
        assert await ended_after(collector, 0.2) < 3
        await collector.close()


async def test_a_token_a_prefix_and_no_buildinfo(watch: Watch) -> None:
    async def talk(exchange: Exchange) -> None:
        if "buildinfo" in exchange.target:
            await exchange.answer(404, b"")
        else:
            await exchange.answer(200, vector(({}, time.time(), "1")))

    async with running(talk) as server:
        url = f"{server.url}/team a/prom/"
        collector = watch(url, ONE, token_env="TOKEN", secrets={"token": Secret("t0ken")}, headers={"X-Scope": "shop"})
        assert (await first(collector)).facts["version"] is None
        assert server.exchanges[0].target == "/team%20a/prom/api/v1/status/buildinfo"
        assert server.exchanges[-1].headers["authorization"] == "Bearer t0ken"
        assert server.exchanges[-1].headers["x-scope"] == "shop"
        await collector.close()


async def test_one_that_greets_and_answers_no_query(watch: Watch) -> None:
    async def talk(exchange: Exchange) -> None:
        if "buildinfo" in exchange.target:
            await exchange.answer(200, b'{"status":"success","data":{"version":"3.1.0"}}')
        else:
            await hang(exchange)

    async with running(talk) as server:
        collector = watch(server.url, ONE, timeout=Duration(0.3))
        error = await fault(collector)
        await collector.close()
    assert (error.reason, error.message.endswith("answers no query: no answer in time")) == ("timeout", True)


async def test_a_secret_that_is_not_there(watch: Watch) -> None:
    error = await fault(watch("http://127.0.0.1:1", token_env="TOKEN"))
    assert (error.reason, error.remedy) == ("auth", "set token_env, token_file or token_command")
    assert (await fault(watch(f"http://127.0.0.1:{free_port()}"))).reason == "refused"


async def test_cancelled_it_leaves_nothing_open(watch: Watch) -> None:
    async with running(of_queries(hang)) as server:
        collector = watch(server.url, *(Figure(name=f"f{number}", query="x") for number in range(10)))
        assert await ended_after(collector, 0.3) < 3
        await collector.close()
        await until_async(lambda: not server.open, "closed connections")
