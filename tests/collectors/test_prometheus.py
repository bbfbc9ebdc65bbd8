"""Prometheus is read as its own API tells it: instant and range figures, wrong queries, and faults."""

import shutil
import time
import traceback
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from collectors.base import Secret, Value
from collectors.prometheus import Prometheus, PrometheusConfig
from collectors.prometheus_api.figures import Figure
from collectors.units import Duration
from tests.parts.certificates import authority, certify
from tests.parts.collecting import ended_after, fault, first, of_kind, parts
from tests.parts.need import need
from tests.parts.prometheus import PrometheusServer

Watch = Callable[..., Prometheus]
GUARD = """\
basic_auth_users: {{ watcher: $2b$12$hNf2lSsxfm0.i4a.1kVpSOVyBCfIB51VRjgBUyv6kdnyTlgWj81Ay }}
tls_server_config: {{ cert_file: {pair}, key_file: {pair} }}
"""
"""The password is "test"."""
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


async def test_the_target_itself(prometheus: PrometheusServer, watch: Watch) -> None:
    own = await first(watch(prometheus.url))
    assert own.facts["version"] == prometheus.get("status/buildinfo")["version"]
    assert (own.facts["targets_up"], own.facts["targets_down"]) == (1, 1)
    assert own.facts["targets_down_names"] == f"gone 127.0.0.1:{prometheus.nobody}"
    assert own.texts["targets down"] == f"gone 127.0.0.1:{prometheus.nobody}"
    assert own.facts["head_series"] == int(prometheus.ask("prometheus_tsdb_head_series")[0]["value"][1])
    assert 0 < number(own.facts["latency_s"]) < 2
    assert own.hints == ()


async def test_instant_figures_are_those_of_its_own_api(prometheus: PrometheusServer, watch: Watch) -> None:
    figures = (
        Figure(name="memory", query="process_virtual_memory_max_bytes", unit="bytes"),
        Figure(name="share up", query="sum(up) / count(up)", unit="ratio"),
        Figure(name="answer", query="vector(42)"),
        Figure(name="scalar", query="6 * 7", unit="percent"),
    )
    rows = await parts(watch(prometheus.url, *figures), KIND)
    told = float(prometheus.ask("process_virtual_memory_max_bytes")[0]["value"][1])
    assert rows["memory"].facts["value_bytes"] == told
    assert rows["memory"].facts["labels"] == (
        f"__name__=process_virtual_memory_max_bytes, instance=127.0.0.1:{prometheus.port}, job=prometheus"
    )
    assert rows["share up"].facts["value_ratio"] == 0.5
    assert rows["answer"].facts["value"] == 42
    assert rows["scalar"].facts["value_percent"] == 42
    assert {row.facts["series"] for row in rows.values()} == {1}
    assert rows["answer"].texts == {"query": "vector(42)"}


async def test_several_series_are_a_row_each(prometheus: PrometheusServer, watch: Watch) -> None:
    collector = watch(
        prometheus.url,
        Figure(name="up", query="up"),
        Figure(name="by job", query="sum by (job) (up)"),
        Figure(name="many", query='prometheus_http_requests_total or {__name__=~"go_.+"}'),
    )
    reading = await collector.collect()
    rows = of_kind(reading, KIND)
    assert rows["by job gone"].facts["value"] == 0
    assert rows["by job prometheus"].facts["value"] == 1
    assert rows[f"up instance=127.0.0.1:{prometheus.nobody}, job=gone"].facts["series"] == 2
    many = [name for name in rows if name.startswith("many ")]
    total = number(rows[many[0]].facts["series"])
    assert (len(many), total > 20) == (20, True)
    (hint,) = reading.entities[0].hints
    assert hint.startswith(f"many: {total - 20:g} more series are not shown")
    assert [name for name in of_kind(await collector.collect(), KIND) if name.startswith("many ")] == many


async def test_a_range_has_its_ends_and_its_mean(prometheus: PrometheusServer, watch: Watch) -> None:
    span, step = Duration(2), Duration(0.5)
    figures = (
        Figure(name="clock", query="time()", unit="s", span=span, step=step),
        Figure(name="up", query='up{job="prometheus"}', span=span, step=step),
        Figure(name="short", query="time()", span=Duration(30)),
    )
    rows = await parts(watch(prometheus.url, *figures), KIND)
    clock = {name: number(rows["clock"].facts[name]) for name in ("value_s", "value_min_s", "value_max_s")}
    assert clock["value_max_s"] == clock["value_s"]
    assert clock["value_s"] - clock["value_min_s"] == pytest.approx(2)
    assert number(rows["clock"].facts["value_mean_s"]) == pytest.approx(clock["value_s"] - 1)
    assert time.time() - clock["value_s"] < 5
    assert rows["up"].facts["value"] == rows["up"].facts["value_max"] == 1
    short = rows["short"].facts
    assert number(short["value"]) - number(short["value_min"]) == pytest.approx(30)


async def test_a_range_is_that_of_its_own_client(prometheus: PrometheusServer, watch: Watch) -> None:
    query, now = "count(up)", time.time()
    figure = Figure(name="up", query=query, span=Duration(3), step=Duration(1))
    facts = (await parts(watch(prometheus.url, figure), KIND))["up"].facts
    (told,) = prometheus.tool("range", f"--start={now - 3:.3f}", f"--end={now:.3f}", "--step=1s", query)
    assert facts["value"] == float(told["values"][-1][1]) == 2
    assert facts["value_max"] == max(float(value) for _, value in told["values"])
    (instant,) = prometheus.tool("instant", "sum(up) / count(up)")
    ratio = Figure(name="up", query="sum(up) / count(up)", unit="ratio")
    assert (await parts(watch(prometheus.url, ratio), KIND))["up"].facts["value_ratio"] == float(instant["value"][1])


async def test_what_is_not_known_is_neither_zero_nor_an_error_of_others(
    prometheus: PrometheusServer, watch: Watch
) -> None:
    figures = (
        Figure(name="wrong", query="up{"),
        Figure(name="type", query='rate("x")'),
        Figure(name="nothing", query="no_such_metric"),
        Figure(name="nan", query="vector(0) / 0", unit="ratio"),
        Figure(name="inf", query="vector(1) / 0"),
        Figure(name="text", query='"hello"'),
        Figure(name="right", query="vector(1)"),
    )
    rows = await parts(watch(prometheus.url, *figures), KIND)
    assert "parse error" in str(rows["wrong"].facts["error"])
    assert "expected type" in str(rows["type"].facts["error"])
    assert (rows["nothing"].facts["value"], rows["nothing"].facts["series"]) == (None, 0)
    assert rows["nothing"].hints == ("the query gives no data",)
    assert rows["nan"].facts["value_ratio"] is None
    assert "the query gives NaN" in rows["nan"].hints[0]
    assert "the query gives +Inf" in rows["inf"].hints[0]
    assert rows["text"].hints == ("the query gives a text, not a figure",)
    assert rows["right"].facts["value"] == 1


async def test_down_and_hung_and_back(own_prometheus: PrometheusServer, watch: Watch) -> None:
    collector = watch(own_prometheus.url, Figure(name="one", query="vector(1)"))
    own = await first(collector)
    assert (own.facts["targets_up"], own.facts["targets_down"], own.facts["head_series"]) == (None, None, None)
    own_prometheus.hang()
    assert await ended_after(collector, 0.3) < 3
    assert await ended_after(collector, 0.3) < 3
    own_prometheus.unhang()
    assert (await parts(collector, KIND))["one"].facts["value"] == 1
    own_prometheus.stop()
    error = await fault(collector)
    assert (error.reason, error.message) == (
        "refused",
        f"localhost:{own_prometheus.port} (127.0.0.1) refused the connection",
    )
    own_prometheus.launch()
    assert (await parts(collector, KIND))["one"].facts["value"] == 1


async def test_one_behind_a_password_and_a_certificate(folder: Path, watch: Watch) -> None:
    need(shutil.which("prometheus"), "a prometheus on PATH")
    issuer = authority()
    certify(["localhost"], by=issuer).server(folder)
    pair = pair_in(folder)
    server = PrometheusServer(folder, guard=GUARD.format(pair=pair), scheme="https", scrapes=False)
    server.launch()
    who = {"user": "watcher", "password_env": "WATCHER", "ca_file": str(issuer.write(folder, "ca"))}
    try:
        right = watch(server.url, Figure(name="one", query="1"), secrets={"password": Secret("test")}, **who)
        assert (await parts(right, KIND))["one"].facts["value"] == 1
        wrong = watch(server.url, secrets={"password": Secret("wr0ng")}, **who)
        error = await fault(wrong)
        assert (error.reason, error.retry) == ("auth", False)
        told = [repr(vars(wrong)), repr(error), *traceback.format_exception(error)]
        assert not [text for text in told if "wr0ng" in text]
        assert (await fault(watch(server.url, ca_file=who["ca_file"]))).reason == "auth"
        assert (await fault(watch(server.url, **{**who, "ca_file": ""}, secrets=right.secrets))).reason == "tls"
        unchecked = watch(server.url, verify_tls=False, user="watcher", password_env="W", secrets=right.secrets)
        assert (await first(unchecked)).facts["version"]
    finally:
        server.stop()


def pair_in(folder: Path) -> Path:
    (pair,) = folder.glob("server-*.pem")
    return pair


ONE = Figure(name="one", query="x")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        pytest.param({"url": "http://u:p@localhost"}, "would be shown", id="a password in the url"),
        pytest.param({"url": "http://localhost/?a=1"}, "without", id="a query in the url"),
        pytest.param({"user": "me"}, "belong together", id="a user without a password"),
        pytest.param(
            {"token_env": "A", "user": "me", "password_env": "B"}, "exclude each other", id="a token and a password"
        ),
        pytest.param({"figures": (ONE, ONE)}, 'two figures are called "one"', id="a name twice"),
        pytest.param({"figures": (ONE,) * 101}, "at most 100", id="too many"),
    ],
)
def test_settings_that_can_not_be_meant(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        PrometheusConfig(name="main", **wrong)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        pytest.param({"name": " "}, "name of a figure", id="no name"),
        pytest.param({"query": " "}, "must have", id="no query"),
        pytest.param({"query": "x" * 5000}, "must have", id="an endless query"),
        pytest.param({"step": Duration(1)}, "needs a range", id="a step alone"),
        pytest.param({"span": Duration(86400), "step": Duration(1)}, "steps long", id="too fine"),
        pytest.param({"span": Duration(1), "step": Duration(10)}, "steps long", id="too coarse"),
    ],
)
def test_figures_that_can_not_be_meant(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Figure(**{"name": "a", "query": "up", **wrong})
