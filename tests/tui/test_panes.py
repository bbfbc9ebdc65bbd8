"""What each pane says about a row, as pure functions of a Board."""

from typing import Any

import pytest
from msgspec.structs import replace

from collectors.base import Value
from ops.board import Board, Row
from tests.parts.boards import (
    NOW,
    bad_night,
    board,
    check,
    container,
    host,
    postgres,
    queue,
    redis,
    row,
    service,
)
from tui.glyphs import ASCII, UNICODE
from tui.panes import budget as budgets
from tui.panes import containers, databases, generic, logs, queues, services
from tui.panes import host as hosts
from tui.panes.view import View
from tui.widgets.columns import Column, TableRow, content_widths, fit

VIEW = View()


def _cells(rows: list[TableRow], columns: tuple[Column, ...], index: int = 0) -> dict[str, str]:
    return {column.key: cell.text for column, cell in zip(columns, rows[index].cells, strict=True)}


def _styles(rows: list[TableRow], columns: tuple[Column, ...], index: int = 0) -> dict[str, str]:
    return {column.key: cell.style for column, cell in zip(columns, rows[index].cells, strict=True)}


def test_a_service_shows_its_percentiles_errors_and_age() -> None:
    told = _cells(services.draw(board(service("api", 40, 3, since=NOW - 600)), VIEW), services.COLUMNS)
    assert (told["name"], told["state"], told["p50"], told["p95"], told["err"]) == ("api", "✓ up", "40ms", "160ms", "3")
    assert told["changed"] == "10m"
    assert len(told["trend"]) == 30


def test_a_slow_service_has_its_p95_in_the_colour_of_its_verdict() -> None:
    slow = service("api", 900, level="warning", checks=(check("service.total_s", "warning", "over"),))
    assert _styles(services.draw(board(slow), VIEW), services.COLUMNS)["p95"] == "warning"


def test_what_is_wrong_comes_first_and_the_rest_keeps_its_order() -> None:
    rows = services.draw(board(service("b"), service("a"), service("z", level="critical")), VIEW)
    assert [each.id for each in rows] == ["service:z", "service:b", "service:a"]


def test_a_service_without_any_probe_waits() -> None:
    waiting = row("service:new", at=None, level="unknown", word="waiting", reason="", stats=())
    drawn = services.draw(board(waiting), VIEW)[0]
    assert drawn.span is not None
    assert drawn.span.text == "waiting for the first reading"


@pytest.mark.parametrize(
    ("given", "state"),
    [
        pytest.param({"level": "unknown", "word": "stale", "stale": True, "at": NOW - 190}, "? stale 3m", id="stale"),
        pytest.param(
            {"level": "critical", "word": "down", "stale": True, "at": NOW - 45}, "● down, 45s old", id="down and old"
        ),
        pytest.param({"level": "warning", "word": "up", "flapping": True}, "▲ flapping", id="flapping"),
    ],
)
def test_what_is_old_or_restless_says_so(given: dict[str, Any], state: str) -> None:
    drawn = services.draw(board(service("api", **given)), VIEW)
    assert _cells(drawn, services.COLUMNS)["state"] == state
    if given.get("stale"):
        assert _styles(drawn, services.COLUMNS)["p50"] == "stale"


def test_a_container_shows_health_and_figures() -> None:
    told = _cells(containers.draw(board(container("web", 82.1)), VIEW), containers.COLUMNS)
    assert (told["state"], told["cpu"], told["memory"], told["limit"]) == ("✓ healthy", "82.1", "412M", "1G")
    assert (told["restarts"], told["uptime"]) == ("0", "1d")


def test_a_process_is_drawn_like_a_container() -> None:
    worker = row("process:worker", {"cpu_percent": 3.0, "memory_bytes": 2**20, "uptime_s": 12, "command": "work.py"})
    told = _cells(containers.draw(board(worker), VIEW), containers.COLUMNS)
    assert (told["name"], told["memory"], told["uptime"], told["image"]) == ("worker", "1M", "<1m", "work.py")


def test_an_engine_that_refuses_says_why_and_what_to_do_above_its_containers() -> None:
    engine = row(
        "docker:local", at=None, level="unknown", word="unreachable", error="permission denied", remedy="be root"
    )
    drawn = containers.draw(board(container("web"), engine), VIEW)
    assert drawn[0].span is not None
    assert drawn[0].span.text == "? unreachable: permission denied (be root)"


def test_an_engine_that_is_well_takes_no_line() -> None:
    assert [each.id for each in containers.draw(board(row("docker:local"), container("web")), VIEW)] == [
        "container:local/web"
    ]


@pytest.mark.parametrize(
    ("given", "drains"),
    [
        pytest.param(queue("q", 12, -2.0), "6s", id="it shrinks"),
        pytest.param(queue("q", 12, 1.0), "–", id="it was a little deeper than a moment ago"),
        pytest.param(queue("q", 12, 1.0, trend=(None, 3.0, 7.0, 12.0)), "never", id="it has grown for minutes"),
        pytest.param(
            queue("q", 12, 0.0, checks=(check("queue.growth", "warning", "growing"),)), "never", id="it only grows"
        ),
        pytest.param(queue("q", 12, 0.0, facts={"consumers": 0}), "never", id="nobody takes from it"),
        pytest.param(queue("q", 12, 0.0, facts={"consumers": None}), "never", id="nobody is known to take from it"),
        pytest.param(queue("q", 1, 0.0, facts={"consumers": 0}), "–", id="one that comes and goes"),
        pytest.param(queue("q", 12, 0.0), "–", id="it stands still while it is read"),
        pytest.param(queue("q", 0, 0.0), "empty", id="it is empty"),
        pytest.param(queue("q", None, None), "–", id="nobody knows"),
    ],
)
def test_time_to_drain(given: object, drains: str) -> None:
    drawn = queues.draw(board(given), VIEW)  # type: ignore[arg-type]
    assert _cells(drawn, queues.COLUMNS)["drain"] == drains


def test_unknown_depth_is_not_zero() -> None:
    assert _cells(queues.draw(board(queue("q", None, None)), VIEW), queues.COLUMNS)["ready"] == "–"


def test_databases_and_caches_share_a_table() -> None:
    drawn = databases.draw(board(postgres(), redis()), VIEW)
    told = _cells(drawn, databases.COLUMNS)
    assert (told["latency"], told["use"], told["clients"], told["hit"]) == ("2.1ms", "12%", "12/100", "99%")
    cache = _cells(drawn, databases.COLUMNS, 1)
    assert (cache["latency"], cache["use"], cache["blocked"], cache["ops"]) == ("0.4ms", "35%", "1", "1,210")


def test_a_refused_database_says_so_in_place_of_old_figures() -> None:
    drawn = databases.draw(bad_night(), VIEW)
    assert drawn[0].span is not None
    assert "refuses connections" in drawn[0].span.text


def test_a_host_shows_the_worst_of_its_parts() -> None:
    told = _cells(hosts.draw(board(*host()), VIEW), hosts.COLUMNS)
    assert (told["cpu"], told["load"], told["memory"], told["disk"]) == ("23%", "1.25", "61%", "/data 88%")
    assert (told["net"], told["pressure"], told["top"]) == ("117K 8.8K", "1% 0% 4%", "18% postgres")


def test_a_kind_that_nobody_knows_is_drawn_with_its_leading_figures() -> None:
    drawn = generic.draw(board(row("weather:berlin", {"wind_per_s": 3.0, "rain_percent": 12.5, "sky": "grey"})), VIEW)
    assert _cells(drawn, generic.COLUMNS)["figures"] == "wind 3/s · rain 12.5 %"


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        pytest.param({"next_in_s": 60.0, "stored_bytes": None}, "next in 1m · stored not yet", id="none is taken yet"),
        pytest.param({"age_s": 60.0, "stored_bytes": 1024}, "age 1m · stored 1 KiB", id="one is"),
        pytest.param({}, "", id="nothing was read yet"),
    ],
)
def test_backups_that_are_not_there_yet_are_no_figure(facts: dict[str, float | None], told: str) -> None:
    assert _cells(generic.draw(board(row("backup:shop", facts)), VIEW), generic.COLUMNS)["figures"] == told


def test_every_row_of_a_board_is_somewhere_or_a_part_of_what_is() -> None:
    night: Board = bad_night()
    panes = (services, containers, queues, databases, logs, hosts, generic)
    drawn = {each.id for pane in panes for each in pane.draw(night, VIEW)}
    missing = [each for each in night.rows if each.id not in drawn and "." not in each.kind]
    assert missing == []


def test_a_lonely_host_shows_its_disks_and_processes() -> None:
    assert len(generic.machine(board(*host()), VIEW)) == 4
    assert generic.machine(board(*host(), service("api")), VIEW) == []


@pytest.mark.parametrize("pane", [services, containers, queues, databases, logs, hosts, generic, budgets])
def test_rows_have_a_cell_for_each_column_with_and_without_facts(pane: object) -> None:
    night = bad_night()
    for shown in (night, replace(night, rows=tuple(replace(each, facts={}, stats=(), at=None) for each in night.rows))):
        for view in (VIEW, View(2, ASCII)):
            for each in pane.draw(shown, view):  # type: ignore[attr-defined]
                assert len(each.cells) == len(pane.COLUMNS)  # type: ignore[attr-defined]


def test_the_levels_have_four_different_signs_in_both_sets() -> None:
    assert len(set(UNICODE.levels.values())) == len(set(ASCII.levels.values())) == 4


def test_the_host_is_named_once_there_is_more_than_one() -> None:
    alone = containers.draw(board(container("web")), VIEW)
    assert _cells(alone, containers.COLUMNS)["host"] == ""
    both = board(container("web"), container("db", host="db1"), service("far"))
    assert [each.cells[2].text for each in containers.draw(both, VIEW)] == ["here", "db1"]
    assert _cells(services.draw(both, VIEW), services.COLUMNS)["host"] == "", "a service can be anywhere"


def test_a_narrow_pane_still_says_which_host() -> None:
    rows = containers.draw(board(container("a-container-with-a-long-name", host="db1"), container("web")), VIEW)
    fitted = fit(containers.COLUMNS, content_widths(containers.COLUMNS, rows), 38)
    assert "host" in [containers.COLUMNS[index].key for index, _ in fitted.columns]


def test_a_swarm_service_says_how_many_run_and_a_node_what_it_is() -> None:
    facts: dict[str, Value] = {"running": 2, "wanted": 2, "image": "shop/mailer:1"}
    mailer = row("swarm.service:local/mailer", facts, target="swarm:local", word="running")
    node = row("swarm.node:local/db1", {"state": "ready", "version": "20.10"}, target="swarm:local", word="ready")
    shown = board(mailer, node)
    drawn = containers.draw(shown, VIEW)
    assert _cells(drawn, containers.COLUMNS)["state"] == "✓ 2/2"
    assert _cells(drawn, containers.COLUMNS)["image"] == "shop/mailer:1"
    assert _cells(drawn, containers.COLUMNS, 1)["image"] == "20.10"
    assert containers.title(shown) == "Swarm"
    assert containers.title(board(mailer, container("web"))) == "Swarm & containers"


def test_a_broker_that_is_ill_stands_above_its_queues_and_else_below_them() -> None:
    facts: dict[str, Value] = {"ready": 7, "consumers": 1}
    well, ill = row("rabbitmq:a", facts), row("rabbitmq:b", facts, level="critical", word="blocked")
    assert [each.id for each in queues.draw(board(well, ill, queue("q")), VIEW)] == [
        "rabbitmq:b", "queue:cache/q", "rabbitmq:a",
    ]  # fmt: skip
    workers = row("celery:tasks", {"ready": 7, "workers": 3})
    assert _cells(queues.draw(board(workers), VIEW), queues.COLUMNS)["consumers"] == "3"


def test_a_log_shows_its_errors_and_an_access_log_its_users_waiting() -> None:
    app = row("log:app", {"lines_per_s": 12.0, "errors_per_min": 3.0, "newest_error": "db is gone", "silent_s": 4.0})
    told = _cells(logs.draw(board(app), VIEW), logs.COLUMNS)
    assert (told["rate"], told["errors"], told["newest"], told["silent"]) == ("12", "3/min", "db is gone", "now")
    web = row("access_log:web", {"requests_per_s": 80.0, "errors_percent": 2.5, "p95_s": 0.31})
    told = _cells(logs.draw(board(web), VIEW), logs.COLUMNS)
    assert (told["rate"], told["errors"], told["p95"]) == ("80", "2.5%", "310ms")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        pytest.param(row("exec:disk", {"exit_code": 0, "output": "DISK OK"}), "DISK OK", id="a plugin's own line"),
        pytest.param(row("alert:am/Down", {"age_s": 3.0, "summary": "api is down"}), "api is down", id="a summary"),
    ],
)
def test_what_tells_itself_in_words_is_shown_in_them(given: Row, told: str) -> None:
    assert _cells(generic.draw(board(given), VIEW), generic.COLUMNS)["figures"] == told


def test_a_set_of_backups_says_first_how_old_its_newest_proven_one_is() -> None:
    facts = {"count": 30, "verified": 20, "broken": 0, "restore_now_s": 840.0, "age_s": 72_000.0, "next_in_s": 14_400.0}
    drawn = generic.draw(board(row("backup:shop", facts)), VIEW)
    assert _cells(drawn, generic.COLUMNS)["figures"] == "age 20h · next in 4h · restore now 14m"
