"""What a monitor says: each thing that happened once, with its moment, as text and as JSON."""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from ops.board import Board, Change, Proposal
from ops.jobs.structs import Job
from tests.parts.boards import NOW, board, service
from tests.parts.jobs import a_request
from tui.cli.monitor_lines import Lines


def said(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """What was printed as JSON since the last look."""
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def a_change(row: str, after: Any, text: str, at: float = NOW) -> Change:
    """A row that changed."""
    return Change(at=at, row=row, before="ok", after=after, text=text)


def job(number: int = 1, **more: Any) -> Job:
    """A job of alice's that runs."""
    return replace(Job(id=number, request=a_request(), state="running"), **more)


def shown(**more: Any) -> Board:
    """A floor with one service that is well."""
    return replace(board(service("api")), **{"changes": (), "notes": ()} | more)


def test_changes_are_said_once_and_oldest_first(capsys: pytest.CaptureFixture[str]) -> None:
    lines = Lines("json")
    first, second = a_change("service:api", "critical", "refused"), a_change("service:api", "ok", "up", NOW + 5)
    lines.tell(shown(changes=(second, first)), ())
    assert [(line["level"], line["text"]) for line in said(capsys)] == [("critical", "refused"), ("ok", "up")]
    third = a_change("service:web", "warning", "slow", NOW + 9)
    lines.tell(shown(changes=(third, second, first)), ())
    assert said(capsys) == [
        {"at": "2023-11-14T22:13:29Z", "kind": "level", "row": "service:web", "level": "warning", "text": "slow"}
    ]
    lines.tell(shown(changes=(third, second, first)), ())
    assert said(capsys) == []


def test_what_is_not_well_when_it_is_read_first_is_said_too(capsys: pytest.CaptureFixture[str]) -> None:
    lines = Lines("json")
    bad = replace(board(service("api", level="critical", reason="refused"), service("web")), changes=(), notes=())
    lines.tell(bad, ())
    assert [(line["row"], line["level"]) for line in said(capsys)] == [("service:api", "critical")]


def test_a_proposal_is_said_again_only_when_its_reason_is_another(capsys: pytest.CaptureFixture[str]) -> None:
    lines = Lines("json")

    def proposes(text: str) -> None:
        lines.tell(shown(proposals=(Proposal(row="service:api", fix="restart api", text=text, at=NOW),)), ())

    proposes("restart api: down for 4 s; proposed, since its mode is to propose")
    (line,) = said(capsys)
    assert (line["kind"], line["row"], line["fix"]) == ("proposal", "service:api", "restart api")
    proposes("restart api: down for 9 s; proposed, since its mode is to propose")
    assert said(capsys) == []
    proposes("restart api: down for 12 s; proposed, since 5 targets fail at once, more than 3")
    assert len(said(capsys)) == 1


def test_jobs_that_begin_and_end_are_said(capsys: pytest.CaptureFixture[str]) -> None:
    lines = Lines("json")
    lines.tell(shown(), (job(1, state="ended", verdict="failed"), job(2)))
    assert said(capsys) == [], "those of before are known"
    ended = job(2, state="ended", verdict="verified", said="api is good again", ended_at=NOW)
    lines.tell(shown(), (job(3), ended))
    assert [(line["kind"], line["job"], line["text"]) for line in said(capsys)] == [
        ("fix-ended", 2, "job 2 verified: restart api: api is good again"),
        ("fix-began", 3, "job 3 by alice began: restart api"),
    ]
    both = job(4, state="ended", verdict="refused", said="bob holds it", ended_at=NOW)
    lines.tell(shown(), (both, job(3), ended))
    assert [line["kind"] for line in said(capsys)] == ["fix-began", "fix-ended"], "one that was over at once"


def test_who_acts_who_records_and_notes_are_said_as_they_change(capsys: pytest.CaptureFixture[str]) -> None:
    lines = Lines("json")
    lines.tell(shown(auto="auto", notes=("nothing to watch",)), ())
    lines.tell(shown(auto="auto: by pid 12", recording="recorded by pid 12", notes=("nothing to watch",)), ())
    lines.tell(shown(auto="auto: by pid 12"), ())
    assert [(line["kind"], line["text"]) for line in said(capsys)] == [
        ("policy", "auto"),
        ("note", "nothing to watch"),
        ("recording", "recorded by pid 12"),
        ("policy", "auto: by pid 12"),
        ("recording", "recording"),
    ]


def test_as_text_each_is_one_line_without_anything_that_a_terminal_obeys(capsys: pytest.CaptureFixture[str]) -> None:
    lines = Lines()
    hostile = job(1, state="ended", verdict="failed", said="\x1b[2J\nx", ended_at=NOW)
    lines.tell(shown(auto="auto"), ())
    lines.tell(shown(auto="auto"), (hostile,))
    told = capsys.readouterr().out
    assert "\x1b" not in told
    assert told.splitlines()[0].endswith("Z  policy  auto")
    assert told.splitlines()[-1].endswith("service:api  job 1 failed: restart api: ␛[2J␊x")
