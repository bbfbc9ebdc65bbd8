"""The detail of a row: everything that is known, each thing once, in words."""

from tests.parts.boards import NOW, bad_night, board, check, container, postgres, service
from tui.glyphs import UNICODE
from tui.panes.detail import detail


def _text(row_id: str, shown: object, width: int = 120) -> str:
    row = shown.row(row_id)  # type: ignore[attr-defined]
    return "\n".join("".join(text for text, _ in line) for line in detail(row, shown, width, UNICODE))  # type: ignore[arg-type]


def test_checks_come_with_their_sentence_and_whether_they_count_yet() -> None:
    sick = service(
        "api",
        level="critical",
        checks=(check("service.reach", "critical", "refused", "down"), check("service.total_s", "ok", "41 ms", "")),
    )
    told = _text("service:api", board(sick))
    assert "● service.reach                down, refused" in told
    assert "✓ service.total_s              41 ms" in told


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
    assert "Parts" in told
    assert "/data" in told


def test_hints_remedy_and_runbook_say_how_to_go_on() -> None:
    sick = service("api", level="critical", remedy="start it", hints=("enable x",), runbook="runbooks/api.md")
    told = _text("service:api", board(sick))
    assert all(words in told for words in ("start it", "enable x", "runbooks/api.md"))
