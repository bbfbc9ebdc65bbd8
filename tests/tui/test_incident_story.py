"""Tests of one incident as lines: its timeline by time and with names, how it was noticed, and what ended it."""

import pytest
from msgspec.structs import replace

from ops.board import Budget
from ops.incidents.structs import Incident, Moment
from tests.parts.boards import NOW, board, service
from tests.parts.moments import moment
from tui.cli.incident_told import show_lines
from tui.glyphs import UNICODE
from tui.incident_reading import Seen
from tui.panes.incident_story import as_text, clocks, timeline
from tui.panes.room_parts import burning, clock_lines

OVER = Incident(
    number=1, title="postgres is down", priority="P1", state="resolved", opened_at=NOW, began_at=NOW,
    resolved_at=NOW + 85, rows=("process:postgres",),
)  # fmt: skip


def told(moments: list[Moment]) -> list[str]:
    return ["".join(text for text, _ in line) for line in timeline(moments, NOW, 80, head=False)]


def check(after: float, text: str, written: int) -> Moment:
    return replace(moment("check", after, row="process:postgres"), text=text, id=written)


def job(after: float, verdict: str = "verified", title: str = "") -> Moment:
    said = replace(moment("job", after, job="1", row="process:postgres", verdict=verdict, title=title), id=9)
    return replace(said, text=f"job 1 {verdict}: start postgres: it is good again")


def test_a_timeline_is_by_time_and_names_the_rows() -> None:
    moments = [check(2, "exited", 1), check(1, "postgres was started anew", 2), check(3, "up", 3), check(2, "down", 4)]
    assert [line.split("  ")[-1].strip() for line in told(moments)] == [
        "postgres was started anew", "postgres: exited", "postgres: down", "postgres: up"]  # fmt: skip
    shown = [line for line in show_lines(OVER, moments, 4, (), NOW) if " check " in line]
    assert [line.split("  ")[-1].strip() for line in shown] == [
        "postgres was started anew", "postgres: exited", "postgres: down", "postgres: up"]  # fmt: skip


@pytest.mark.parametrize(
    ("incident", "moments", "words"),
    [
        pytest.param(OVER, [job(60)], "resolved: job 1, start postgres, verified", id="a job mended it"),
        pytest.param(OVER, [job(60, title="start: postgres")], "resolved: job 1, start: postgres, verified",
                     id="its title is known"),
        pytest.param(OVER, [job(60, "failed")], "resolved by itself", id="a job that failed mended nothing"),
        pytest.param(OVER, [job(90)], "resolved by itself", id="a job after the end mended nothing"),
        pytest.param(OVER, [job(30), moment("reopened", 40)], "resolved by itself", id="it came back after the job"),
        pytest.param(replace(OVER, resolved_by="ana"), [job(60)], "resolved by ana", id="a person ended it"),
    ],
)  # fmt: skip
def test_what_ended_it_is_said(incident: Incident, moments: list[Moment], words: str) -> None:
    lines = as_text(Seen(incident=incident, timeline=moments), NOW + 99, UNICODE).splitlines()
    assert words in lines
    room = clock_lines(incident, None, NOW + 99, (60, 20), UNICODE, moments)
    assert "".join(text for text, _ in room[-1]) == words


def test_a_silence_that_stands_is_said_everywhere_until_its_end() -> None:
    open_one = replace(OVER, state="triggered", resolved_at=None)
    quiet = replace(moment("silence", 5, silence="3", until=repr(NOW + 90)), text="not told of down/x: silenced by ana")
    line = "not told of down/x: silenced by ana (30 s more)"
    for now, there in ((NOW + 60, True), (NOW + 91, False)):
        room = clock_lines(open_one, None, now, (60, 20), UNICODE, [quiet])
        assert (line in ["".join(text for text, _ in part) for part in room]) is there
        assert (line in as_text(Seen(incident=open_one, timeline=[quiet]), now, UNICODE).splitlines()) is there
        assert any(line in part for part in show_lines(open_one, [quiet], 1, (), now)) is there
    ended = replace(quiet, at=NOW + 30, data={"silence": "3", "until": repr(NOW + 30)}, text="the silence was ended")
    assert not any("more)" in part for part in show_lines(open_one, [quiet, ended], 2, (), NOW + 60))


def test_what_was_noticed_within_a_reading_says_so() -> None:
    assert "detected at its first bad reading" in clocks(OVER)
    assert "detected after 12 s" in clocks(replace(OVER, began_at=NOW - 12))
    assert any("detected at its first bad reading" in line for line in show_lines(OVER, (), 0, (), NOW))


def test_only_budgets_that_burned_or_alerted_are_told() -> None:
    def budget(name: str, burn_5m: float, burn_1h: float, **more: object) -> Budget:
        whole = Budget(id=name, service="api", row="service:api", objective_percent=99.9, window_s=1.0, known_s=1.0,
                       remaining_ratio=1.0, burn_5m=burn_5m, burn_1h=burn_1h, exhausted_in_s=None)  # fmt: skip
        return replace(whole, **more)

    budgets = (budget("whole", 0, 0), budget("burned", 0, 2), budget("burns", 9, 1), budget("of it", 0, 0),
               budget("pages", 0, 0, alert="page"))  # fmt: skip
    floor = replace(board(service("api")), budgets=budgets)
    incident = replace(OVER, rows=("service:api", "slo:of it"))
    assert [each.id for each in burning(floor, incident)] == ["pages", "burns", "burned", "of it"]
