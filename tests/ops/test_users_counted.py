"""What users did becomes budgets on the Board: from an access log and from counters, through the whole engine."""

import asyncio
import time
from pathlib import Path

import msgspec
import pytest

from ops.board import Board, Budget
from ops.config.decode import decode
from ops.config.problems import ConfigError
from ops.config.structs import Config
from ops.live import LiveSource
from ops.slo.objectives import slo_row
from tests.parts.servers import Exchange, running

LINE = '10.0.0.1 - - [21/Nov/2026:05:00:00 +0000] "GET {path} HTTP/1.1" {status} 512 "-" "curl" {took}\n'
TEXT = """
[[access_log]]
name = "web"
file = "FILE"
interval = "100ms"
ignore = ["/health"]
format = '$remote_addr - $remote_user [$time_local] "$request" $status $bytes_sent "$http_referer" "$http_user_agent" \
$request_time'

[[prometheus]]
name = "main"
url = "URL"
interval = "100ms"
figures = [{ name = "api", total = "all_total", bad = "bad_total" }, { name = "up", query = "up" }]

[[host]]
name = "here"

[[slo]]
from = "access_log:web"
objective = 90
fast = { under = "300ms", objective = 80 }

[[slo]]
from = "prometheus:main/api"
objective = 99
"""


def config(file: str = "/tmp/web.log", url: str = "http://127.0.0.1:9", text: str = TEXT) -> Config:
    """The config of the text, with a log there and a Prometheus there."""
    return decode(text.replace("FILE", file).replace("URL", url), "w.toml").config


class Counters:
    """A Prometheus that has two counters, and tells them when asked."""

    def __init__(self) -> None:
        self.values = {"all_total": 1_000, "bad_total": 100}

    async def talk(self, exchange: Exchange) -> None:
        """Answer a query by the name of the counter in it."""
        if "buildinfo" in exchange.target:
            await exchange.answer(200, b'{"status":"success","data":{"version":"3.1.0"}}')
            return
        known = [value for name, value in self.values.items() if f"query={name}" in exchange.target]
        labels = {"__name__": "x", "instance": "a"}
        result = [{"metric": labels, "value": [time.time(), str(value)]} for value in known]
        data = {"resultType": "vector", "result": result}
        await exchange.answer(200, msgspec.json.encode({"status": "success", "data": data}))


def budgets(board: Board) -> dict[str, Budget]:
    """By the row that counts and the kind of promise."""
    return {f"{budget.row} {budget.kind}": budget for budget in board.budgets}


async def test_what_users_did_spends_budgets(tmp_path: Path) -> None:
    log, counters = tmp_path / "web.log", Counters()
    log.write_text(LINE.format(path="/old", status=500, took="9"))
    async with running(counters.talk) as server:
        source = LiveSource(config(str(log), server.url))
        boards = source.boards()
        written = False
        async with asyncio.timeout(15):
            async for board in boards:
                found = budgets(board)
                read = board.row("access_log:web"), board.row("prometheus.figure:main/api")
                if not written and all(row is not None and row.at is not None for row in read):
                    written = True
                    with log.open("a") as writer:
                        for number in range(40):
                            status, took = (503 if number < 2 else 200), ("0.500" if number < 6 else "0.100")
                            writer.write(LINE.format(path="/a", status=status, took=took))
                        writer.write(LINE.format(path="/health", status=500, took="9") * 50)
                    counters.values = {"all_total": 1_400, "bad_total": 101}
                web, api = found["access_log:web availability"], found["prometheus.figure:main/api availability"]
                if (web.total, api.total) == (40, 400):
                    break
        await source.close()
    fast = found["access_log:web latency"]
    assert (web.service, web.bad, web.sli_ratio) == ("web", 2, 0.95)
    assert (fast.total, fast.bad, fast.limit_s) == (40, 6, 0.3)
    assert (api.service, api.bad, api.sli_ratio) == ("api", 1, 0.9975)
    assert board.row("prometheus.figure:main/api") is not None


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        pytest.param("host:here", '"host:here" counts nothing that users did; there is access_log:web', id="a host"),
        pytest.param("prometheus:main/up", '"prometheus:main/up" counts nothing that', id="a figure without counters"),
        pytest.param("prometheus:main/apy", 'did you mean "prometheus:main/api"?', id="a figure that is not there"),
        pytest.param("access_log:web/x", 'did you mean "access_log:web"?', id="a part of what has none"),
        pytest.param("prometheus:mian/api", 'there is no target "prometheus:mian"', id="a target that is not there"),
    ],
)
def test_what_counts_nothing_is_refused(source: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config(text=TEXT.replace("prometheus:main/api", source))
    assert [
        problem for problem in caught.value.problems if problem.path == "slo[1].from" and sentence in problem.message
    ]


def test_the_row_that_counts_is_found_by_its_name() -> None:
    assert [slo_row(slo) for slo in config().slos] == ["access_log:web", "prometheus.figure:main/api"]
    probe = config(text=TEXT.replace("prometheus:main/api", "prometheus:main"))
    assert slo_row(probe.slos[1]) == "prometheus:main", "whether it answers can be promised too"
