"""The detail of a row: everything that is known, each thing once, in words."""

from msgspec.structs import replace

from collectors.base import Value
from ops.board import Board, Row
from tests.parts.boards import NOW, bad_night, board, check, container, postgres, row, service
from tui.glyphs import UNICODE
from tui.panes.detail import detail


def _text(row_id: str, shown: Board, width: int = 120) -> str:
    found = shown.row(row_id)
    assert found is not None
    return "\n".join("".join(text for text, _ in line) for line in detail(found, shown, width, UNICODE))


def test_checks_come_with_their_sentence_and_whether_they_count_yet() -> None:
    sick = service(
        "api",
        level="critical",
        checks=(check("service.reach", "critical", "refused", "down"), check("service.total_s", "ok", "41 ms", "")),
    )
    told = _text("service:api", board(sick))
    assert "● service.reach    down, refused" in told
    assert "✓ service.total_s  41 ms" in told


def test_a_check_says_its_word_only_when_it_tells_something() -> None:
    checks = (check("service.reach", "ok", "answered in 2.2 ms", "up"), check("service.status", "critical", "HTTP 500"))
    told = _text("service:api", board(service("api", level="critical", reason="HTTP 500 for 4 polls", checks=checks)))
    assert "✓ service.reach   answered in 2.2 ms" in told
    assert "● service.status  bad\n" in told


def test_what_is_not_known_is_left_out_of_the_figures() -> None:
    told = _text("tcp:smtp", board(row("tcp:smtp", {"connect_s": 0.004, "port": 25025, "address": None})))
    assert "address" not in told
    assert "port       25025" in told


def _session(pid: int, state: str, blocked_by: str | None = None, query: str = "SELECT 1") -> Row:
    facts: dict[str, Value] = {
        "pid": pid, "user": "shop", "application": "nightly", "state": state, "query_age_s": 9.0,
        "blocked_by": blocked_by, "query": query, "wait": None,
    }  # fmt: skip
    return row(f"postgres.session:shop/{pid}", facts, target="postgres:shop")


def test_sessions_stand_under_their_database_those_in_a_lock_chain_first() -> None:
    sessions = (_session(1354, "idle"), _session(12594, "active", "12593"), _session(12593, "idle in transaction"))
    lines = _text("postgres:shop", board(postgres(depends_on=()), *sessions)).splitlines()
    start = lines.index("Sessions  3")
    assert [line.split()[0] for line in lines[start + 1 : start + 5]] == ["pid", "12594", "12593", "1354"]
    assert "blocked by" in lines[start + 1]
    assert "waits for" not in lines[start + 1]


def test_a_long_list_of_parts_is_cut_and_counted() -> None:
    sessions = [_session(pid, "idle", query="x" * 500) for pid in range(80)]
    lines = _text("postgres:shop", board(postgres(), *sessions), 80).splitlines()
    assert "Sessions  50 of 80" in lines
    assert all(len(line) <= 80 for line in lines)


def test_a_kind_that_nobody_knows_is_listed_with_its_figures() -> None:
    part = row("weather.gust:berlin/north", {"wind_per_s": 3.0}, target="weather:berlin")
    assert "north  weather.gust  ✓ up   wind 3/s" in _text("weather:berlin", board(row("weather:berlin"), part))


def test_parts_of_its_own_do_not_count_as_wanting_it() -> None:
    session = _session(7, "idle")
    told = _text("postgres:shop", board(postgres(), replace(session, depends_on=("postgres:shop",))))
    assert "Wanted by" not in told


def test_what_it_stands_on_and_what_wants_it_are_named() -> None:
    api = service("api", depends_on=("postgres:shop", "redis:gone"))
    told = _text("service:api", board(api, postgres()))
    assert "Stands on" in told
    assert "redis:gone" in told
    assert "Wanted by" in _text("postgres:shop", board(api, postgres()))


def test_the_health_probes_output_is_there_as_it_is() -> None:
    web = container("web", texts={"health probe": "line one\nline [two]"})
    assert "Health probe\n  line one\n  line [two]" in _text("container:local/web", board(web))


def test_a_moment_is_told_as_date_and_age() -> None:
    web = container("web", facts={"started_at": NOW - 7200})
    assert "2023-11-14 20:13:20 UTC, 2h ago" in _text("container:local/web", board(web))


def test_a_host_lists_its_parts() -> None:
    told = _text("host:db1", bad_night())
    assert "Disks" in told
    assert "/data" in told
    assert "Busiest processes" in told


def test_hints_remedy_and_runbook_say_how_to_go_on() -> None:
    sick = service("api", level="critical", remedy="start it", hints=("enable x",), runbook="runbooks/api.md")
    told = _text("service:api", board(sick))
    assert all(words in told for words in ("start it", "enable x", "runbooks/api.md"))


def test_timings_that_began_within_their_longest_window_say_when() -> None:
    whole = service("api")
    young = replace(whole, stats=tuple(replace(one, since=NOW - 360) for one in whole.stats))
    assert "counted only since 22:07 UTC, 6m ago" in _text("service:api", board(young))
    assert "counted only" not in _text("service:api", board(whole))
