"""What is said of incidents in few words: the floor's strip, the header, big digits, answers, runbooks."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from rich.cells import cell_len

from collectors.text import clean
from ops.alerts.structs import Silenced
from ops.board import Board, Budget, Row
from ops.incidents.runbook import read_runbook, steps
from ops.incidents.structs import Incident, Presence
from tests.parts import boards
from tests.parts.alerts import alert
from tests.parts.boards import NOW, row
from tests.parts.floor import floor, text_of, until
from tests.parts.messages import message
from tests.parts.sources import MemorySource
from tui.glyphs import ASCII, UNICODE
from tui.incident_reading import Seen
from tui.panes import incident_answers as answers
from tui.panes.header import header
from tui.panes.incident_words import watchers
from tui.panes.room_parts import clock_lines, facts_lines, fix_row, head, next_lines
from tui.panes.strip import strip, waiting
from tui.widgets.big import big, elapsed
from tui.widgets.lines import wrap

INCIDENT = Incident(
    number=42, title="api is down", priority="P1", state="triggered", opened_at=NOW - 192, began_at=NOW - 200,
    respond_by=NOW + 708, rows=("service:api",), alerts={"down/service:api": "critical"},
)  # fmt: skip


def text(line: "list[tuple[str, str]] | object") -> str:
    """A line as text."""
    assert isinstance(line, list | tuple)
    return "".join(part for part, _ in line)


@pytest.mark.parametrize(
    ("changes", "others", "width", "told"),
    [
        pytest.param({}, 0, 110, "INC-42 P1 api is down · 3m12s · respond within 11m48s · unacknowledged", id="roomy"),
        pytest.param({}, 2, 110, "INC-42 P1 api is down · 3m12s · respond within 11m48s · unacknowledged · and 2 more",
                     id="there are others"),
        pytest.param({}, 2, 78, "INC-42 P1 api is down · 3m12s · respond within 11m48s · and 2 more", id="80 cells"),
        pytest.param({"respond_by": NOW - 60}, 0, 110,
                     "INC-42 P1 api is down · 3m12s · response overdue by 1m · unacknowledged", id="overdue"),
        pytest.param({"state": "acknowledged", "respond_by": None, "acked_by": "alice"}, 0, 110,
                     "INC-42 P1 api is down · 3m12s · acknowledged, alice has it", id="somebody has it"),
        pytest.param({}, 3, 30, "INC-42 P1 api is down · 3m12s", id="hardly any room"),
    ],
)  # fmt: skip
def test_the_strip(changes: dict[str, object], others: int, width: int, told: str) -> None:
    given = [replace(INCIDENT, **changes), *[replace(INCIDENT, number=50 + i) for i in range(others)]]
    assert text(strip(given, NOW, width, UNICODE)) == told


@given(st.text(max_size=80), st.integers(8, 200), st.integers(0, 3))
def test_the_strip_fits_whatever_the_title(title: str, width: int, others: int) -> None:
    given_ = [replace(INCIDENT, title=title)] * (others + 1)
    assert cell_len(text(strip(given_, NOW, max(width, 24), UNICODE))) <= max(width, 24)


def test_who_waits_is_the_first_that_nobody_has() -> None:
    has = replace(INCIDENT, number=1, state="acknowledged")
    assert waiting([has, INCIDENT]) is INCIDENT
    assert waiting([has]) is None


def _board(**changes: object) -> Board:
    return replace(boards.board(boards.service("api")), **changes)


@pytest.mark.parametrize(
    ("changes", "width", "words"),
    [
        pytest.param({"silenced": Silenced(count=3, next_end=NOW + 3600)}, 120, "3 silenced, next ends 23:13",
                     id="silences with the next end"),
        pytest.param({"silenced": Silenced(count=3, next_end=NOW + 3600)}, 66, "3 silenced", id="in few words"),
        pytest.param({"undelivered": 2}, 60, "2 undelivered", id="undelivered stays where it is narrow"),
        pytest.param({"watching": "monitor on db1, pid 4711", "mode": "attached"}, 120,
                     "attached · monitor on db1, pid 4711", id="whose data it is"),
    ],
)  # fmt: skip
def test_the_header_says_what_somebody_may_not_hear_of(changes: dict[str, object], width: int, words: str) -> None:
    line = text(header(_board(**changes), NOW, None, width, UNICODE))
    assert words in line
    assert cell_len(line) <= width


EVERYTHING: dict[str, object] = {
    "environment": "production", "mode": "attached", "watching": "monitor on db1, pid 4711", "undelivered": 2,
    "silenced": Silenced(count=3, next_end=NOW + 3600), "auto": "auto: gave up on api", "jobs": 2,
}  # fmt: skip


@pytest.mark.parametrize("read_only", [False, True])
def test_120_columns_have_room_for_all_that_matters_in_production(*, read_only: bool) -> None:
    shown = replace(boards.bad_night(), **EVERYTHING)
    line = text(header(shown, NOW, None, 120, UNICODE, read_only=read_only))
    words = ["PROD", "monitor on db1", "2 undelivered", "3 silenced to 23:13", "22:13:20"]
    words.append("read-only" if read_only else "auto: gave up")
    assert [word for word in words if word not in line] == []
    assert cell_len(line) == 120


@pytest.mark.parametrize("width", [80, 100, 120, 140])
def test_a_disk_that_takes_nothing_is_told_whatever_else_is(width: int) -> None:
    shown = replace(boards.bad_night(), **{**EVERYTHING, "auto": ""}, recording="disk full, not recording")
    line = text(header(shown, NOW, None, width, UNICODE))
    assert ("disk full, not recording" in line) == (width >= 100)
    assert "2 undelivered" in line


SIGNS = st.text("ab 日本語\u0301", max_size=90)


@given(SIGNS, st.integers(20, 60), st.sampled_from(["", "  "]))
def test_nothing_of_a_wide_text_is_lost_when_it_is_broken(said: str, width: int, rest: str) -> None:
    lines = wrap(clean(said), width, rest=rest)
    assert "".join("".join(lines).split()) == "".join(clean(said).split())
    assert all(cell_len(line) <= width for line in lines)


def test_a_text_that_is_cut_short_says_so() -> None:
    (first, second) = wrap("日本語 " * 30, 20, most=2)
    assert second.endswith(" ...")
    assert max(cell_len(first), cell_len(second)) <= 20


def test_what_others_suffer_from_is_not_put_down_to_this_one() -> None:
    board = boards.bad_night()
    about = replace(INCIDENT, title="the certificate expires", rows=("tls:shop.example",))
    lines = facts_lines(Seen(incident=about), board, (), NOW, 100, UNICODE)
    said = "\n".join(text(list(line)) for line in lines)
    assert "no likely cause is known yet" in said
    assert "budget" not in said
    lines = facts_lines(Seen(incident=INCIDENT), board, (), NOW, 100, UNICODE)
    assert text(list(lines[0])).startswith("likely cause: postgres shop")
    assert any("budget api" in text(list(line)) for line in lines)


def test_that_somebody_may_not_know_stands_right_behind_the_cause() -> None:
    dead = message(state="dead")
    lines = facts_lines(Seen(incident=INCIDENT, messages=(dead,)), boards.bad_night(), (), NOW, 100, UNICODE)
    assert text(list(lines[1])) == "1 message given up: somebody may not know"


@pytest.mark.parametrize(("state", "said"), [("triggered", True), ("acknowledged", False), ("mitigated", False)])
def test_that_nobody_is_left_to_be_told_is_said_only_while_somebody_is_waited_for(state: str, *, said: bool) -> None:
    stood = replace(INCIDENT, state=state, escalation=3, acked_by="" if state == "triggered" else "alice")
    told = "\n".join(text(list(line)) for line in clock_lines(stood, None, NOW, (60, 8), UNICODE))
    assert ("escalated 3x, nobody is left to be told" in told) == said


def test_a_step_of_the_runbook_is_told_whole() -> None:
    step = "is the process there, is its disk full, are its slots taken? Read its log, then start it; tell support"
    lines = next_lines((step, "then wait"), INCIDENT, 40)
    assert " ".join(text(list(line))[3:] for line in lines) == f"{step} then wait"
    assert [text(list(line))[:3] for line in lines] == [" 1 ", "   ", "   ", " 2 "]


def test_long_names_are_cut_with_a_sign() -> None:
    owned = replace(INCIDENT, assignee="a-person-with-a-very-long-name@company.example")
    lines = clock_lines(owned, None, NOW, (40, 8), UNICODE)
    assert text(list(lines[-1])).endswith("…")
    assert max(cell_len(text(list(line))) for line in lines) <= 40


@pytest.mark.parametrize(
    ("seconds", "told"), [(0, "00:00"), (872, "14:32"), (3872, "1:04:32"), (184_200, "2d 03:10"), (-5, "00:00")]
)
def test_how_long_in_big_digits(seconds: float, told: str) -> None:
    assert elapsed(seconds) == told
    drawn = big(told, 1, UNICODE)
    assert len(drawn) == 3
    assert len({len(row) for row in drawn}) == 1
    assert len(big(told, 2, UNICODE)) == 5
    assert all(row.isascii() for row in big(told, 1, ASCII))


@pytest.mark.parametrize(
    ("given_", "read"),
    [
        pytest.param("2 only checkout", ("P2", "only checkout"), id="a digit and why"),
        pytest.param("p1", ("P1", ""), id="its name"),
        pytest.param("7", None, id="none of them"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_a_priority(given_: str, read: tuple[str, str] | None) -> None:
    if read is None:
        with pytest.raises(answers.Wrong, match="is no priority"):
            answers.priority(given_)
    else:
        assert answers.priority(given_) == read


def test_a_person_or_a_role() -> None:
    assert answers.person("") == answers.Person("")
    assert answers.person("Lead: Alice B") == answers.Person("Alice B", "lead")
    with pytest.raises(answers.Wrong, match="a role has a name"):
        answers.person(": alice")


def test_alerts_by_number_are_never_all_of_them() -> None:
    assert answers.chosen("2, 3 2", ["a", "b", "c"]) == ["b", "c"]
    for wrong in ("", "0", "4", "x", "1 2 3"):
        with pytest.raises(answers.Wrong):
            answers.chosen(wrong, ["a", "b", "c"])


def test_a_silence_is_bounded_and_of_its_rows() -> None:
    assert answers.length_s("1h30m") == 5400
    for wrong in ("", "0s", "31d", "soon"):
        with pytest.raises(answers.Wrong):
            answers.length_s(wrong)
    (one,) = answers.matchers(INCIDENT)
    assert (one.label, one.op, one.value) == ("row", "=", "service:api")
    (several,) = answers.matchers(replace(INCIDENT, rows=("service:a.b", "queue:x/y")))
    assert (several.op, several.value) == ("=~", r"service:a\.b|queue:x/y")
    with pytest.raises(answers.Wrong):
        answers.matchers(replace(INCIDENT, rows=()))


@given(st.text(max_size=40), st.sampled_from([answers.priority, answers.person, answers.length_s]))
def test_any_answer_is_read_or_told_wrong(said: str, read: Callable[[str], object]) -> None:
    told = ""
    try:
        read(said)
    except answers.Wrong as wrong:
        told = str(wrong)
    assert told == clean(told)


@pytest.mark.parametrize(
    "read",
    [
        pytest.param(lambda said: answers.chosen(said, ["a", "b"]), id="alerts"),
        pytest.param(lambda said: answers.ended(f"end {said}", [], NOW), id="a silence"),
        pytest.param(lambda said: answers.number(said, 1), id="an incident"),
        pytest.param(answers.length_s, id="how long"),
    ],
)
def test_a_paste_of_thousands_of_digits_is_only_wrong(read: Callable[[str], object]) -> None:
    with pytest.raises(answers.Wrong):
        read("9" * 5000)


def test_a_runbook_is_its_steps() -> None:
    assert steps("# Down\n\nFirst look.\n\n1. restart it\n2) look again\n- [ ] tell support\n") == (
        "restart it", "look again", "tell support",
    )  # fmt: skip
    assert steps("# Down\nlook, then call\n") == ("look, then call",)


def test_a_runbook_is_a_sentence_an_address_or_a_file(tmp_path: Path) -> None:

    folder = tmp_path
    (folder / "api.md").write_text("- restart \x1b[31mit\n")
    assert read_runbook("api.md", folder) == ("restart ␛[31mit",)
    assert read_runbook("https://wiki/api.md", folder) == ("https://wiki/api.md",)
    assert read_runbook("look at the pool", folder) == ("look at the pool",)
    assert "can't be read" in read_runbook("gone.md", folder)[0]
    assert read_runbook("", folder) == ()


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_floor_has_the_strip_and_a_key_to_have_it(size: tuple[int, int]) -> None:
    board = replace(boards.bad_night(), incidents=(replace(INCIDENT, changed=("web-1 got another image",)),))
    async with floor(board, size, source=MemorySource(board)) as (app, _, pilot):
        await until(pilot, lambda: "INC-42 P1 api is down" in text_of(app))
        assert " a ack" in text_of(app)
        assert ("changed: web-1 got another image" in text_of(app)) == (size[1] == 40)
        calm = boards.bad_night()
        app.floor.take(calm)
        await until(pilot, lambda: "INC-42" not in text_of(app))
        assert " a ack" not in text_of(app)


def _here(user: str, screen: str, origin: str = "10.0.0.4") -> Presence:
    return Presence(user=user, origin=origin, screen=screen, incident=42, at=NOW)


ALICE, BOB = _here("root (sudo: alice)", "pts/1"), _here("root (sudo: bob)", "pts/2")


@pytest.mark.parametrize(
    ("present", "width", "told"),
    [
        pytest.param([ALICE], 120, "here: root (sudo: alice) from 10.0.0.4  ", id="one, with all that is known"),
        pytest.param([ALICE, BOB], 160, "here: root (sudo: alice) from 10.0.0.4, root (sudo: bob) from 10.0.0.4  ",
                     id="two on a wide screen"),
        pytest.param([ALICE, BOB], 100, "here: root (sudo: alice), root (sudo: bob)  ", id="then without addresses"),
        pytest.param([ALICE, BOB], 80, "here: alice, bob  ", id="then by the names of the people"),
        pytest.param([ALICE, BOB], 55, "here: 2  ", id="then how many"),
        pytest.param([ALICE, BOB], 48, "", id="nothing where not even that fits"),
        pytest.param([_here("ops", "pts/1"), _here("ops", "pts/2")], 120, "here: ops from 10.0.0.4 2x  ",
                     id="two who share an account and an address"),
        pytest.param([replace(ALICE, incident=7)], 120, "", id="who looks at another incident is not here"),
    ],
)  # fmt: skip
def test_who_is_here_is_told_in_the_words_that_there_is_room_for(
    present: list[Presence], width: int, told: str
) -> None:
    who = watchers(present, 42)
    board = replace(boards.bad_night(), undelivered=0)
    line = text(head(Seen(incident=INCIDENT), who, NOW, width, UNICODE, read_only=False, board=board))
    assert INCIDENT.title in line
    assert ("here: " in line) is bool(told)
    assert told in line


FIVE = replace(
    INCIDENT,
    alerts={"process-stopped/process:postgres": "", "down/service:api": "critical", "slow/service:web": "warning"},
    rows=("process:postgres", "service:api", "service:web"),
)  # fmt: skip
ENDED = replace(FIVE, state="resolved", resolved_at=NOW, resolved_by="ana", alerts=dict.fromkeys(FIVE.alerts, ""))
STILL = {"down/service:api": replace(alert(), incident=42)}


def facts(seen: Seen, board: Board | None = None) -> list[str]:
    """What the war room says of why."""
    return [text(line) for line in facts_lines(seen, board or _board(), (), NOW, 120, UNICODE)]


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        pytest.param(Seen(incident=FIVE), "2 of 3 alerts fire: service:api, service:web", id="what fires alone"),
        pytest.param(Seen(incident=ENDED),
                     "0 of 3 alerts fire; they were of process:postgres, service:api, service:web", id="it is over"),
        pytest.param(Seen(incident=ENDED, alerts=STILL), "1 of 3 alerts fire: service:api", id="ended while it fires"),
        pytest.param(Seen(incident=ENDED, alerts={"down/service:api": replace(alert(), incident=43)}),
                     "0 of 3 alerts fire; they were of process:postgres, service:api, service:web",
                     id="it fires in another"),
    ],
)  # fmt: skip
def test_the_room_names_what_fires(seen: Seen, words: str) -> None:
    assert words in facts(seen)


def test_what_is_over_has_no_steps_and_no_budget_that_burns() -> None:
    budget = Budget(id="api", service="api", row="service:api", objective_percent=99.9, window_s=1, known_s=1,
                    remaining_ratio=0.4, exhausted_in_s=None, burn_5m=112, burn_1h=None, alert="page")  # fmt: skip
    board = _board(budgets=(budget,))
    assert any("burns 112" in line for line in facts(Seen(incident=INCIDENT), board))
    assert not any("burns" in line for line in facts(Seen(incident=ENDED), board))
    (line,) = next_lines(("x: start it", "see the log"), ENDED, 120)
    assert text(line) == "it is over: P shows the post-mortem, d notes what is to be done afterwards, u opens it again"
    (line,) = next_lines(("x: start it",), ENDED, 120, left=1)
    assert text(line) == "it was ended by hand while alerts fired, and they still do: u opens it again"


def test_what_only_waits_for_flapping_says_when_it_ends() -> None:
    flaps = replace(INCIDENT, state="mitigated", alerts={"flapping/service:api": "warning", "down/service:api": ""})
    assert any("over once it has stayed good for about a minute" in line for line in facts(Seen(incident=flaps)))
    assert not any("stayed good" in line for line in facts(Seen(incident=INCIDENT)))


BAD, WELL = row("service:api", level="critical"), row("service:web")


@pytest.mark.parametrize(
    ("changes", "rows", "found"),
    [
        pytest.param({"cause_row": "postgres:shop"}, (BAD, row("postgres:shop", level="critical")), "postgres:shop",
                     id="its cause"),
        pytest.param({"cause_row": "postgres:shop"}, (BAD, row("postgres:shop")), "service:api",
                     id="its cause is well"),
        pytest.param({"cause_row": "postgres:shop"}, (BAD,), "service:api", id="its cause is gone"),
        pytest.param({"alerts": {"down/service:api": "", "slow/service:web": "warning"}}, (BAD, WELL), "",
                     id="what fails is no part of it any more"),
        pytest.param({}, (replace(BAD, level="ok"),), "", id="all of it is well"),
        pytest.param({"state": "resolved"}, (BAD,), "", id="it is over"),
    ],
)  # fmt: skip
def test_fixes_are_offered_for_what_fails_of_this_incident(
    changes: dict[str, object], rows: tuple[Row, ...], found: str
) -> None:
    assert fix_row(replace(INCIDENT, **changes), _board(rows=rows)) == found
