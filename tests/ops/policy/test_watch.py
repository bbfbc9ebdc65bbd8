"""What policy does about a failing row: counts, waits, proposes, gives up; each decision with its reason."""

from typing import Any

import pytest
from msgspec.structs import replace

from ops.board import Check, Level
from ops.config.fixing import Auto, Fix, FixRun, FixWhen
from ops.policy.watch import WELL_S
from tests.parts.policy_stage import ALICE, NOON, Stage, config, fix


def check(name: str, level: Level, *, pending: bool = False) -> Check:
    """One verdict."""
    return Check(id=name, level=level, word="bad", text="", since=NOON, pending=pending)


def loose(**brakes: int) -> Auto:
    """Policy without any brakes over all rows but these."""
    return Auto(**{"max_per_hour": 100, "storm": 100, "give_up_after": 100} | brakes)  # type: ignore[arg-type]


def stage(auto: Auto | None = None, **settings: Any) -> Stage:
    """A stage with one fix and one service that is well."""
    made = Stage(config(fix(**settings), auto=auto))
    made.reads(level="ok")
    made.look()
    made.now += 10
    return made


def fails(on: Stage, times: int = 1, step_s: float = 10.0) -> None:
    """So many failed polls, each looked at."""
    for _ in range(times):
        on.reads()
        on.look()
        on.now += step_s


def said(on: Stage) -> tuple[str, str]:
    """The only decision of a look."""
    (decision,) = on.look()
    return decision.kind, decision.reason


def test_it_acts_after_so_many_failed_readings_in_a_row() -> None:
    on = stage(after=3)
    fails(on, 2)
    assert said(on) == ("wait", "2 of 3 failed readings in a row")
    on.reads()
    assert said(on) == ("act", "down for 20 s, 3 readings in a row")


def test_looks_without_a_reading_count_nothing() -> None:
    on = stage(after=3)
    fails(on)
    assert [on.kinds() for _ in range(10)] == [["wait"]] * 10
    assert said(on) == ("wait", "1 of 3 failed readings in a row")


def test_polls_between_two_looks_count_where_it_failed_through_all_of_them() -> None:
    on = stage(after=3)
    fails(on)
    on.reads()
    on.reads()
    assert said(on)[0] == "act"


def test_a_good_reading_begins_the_count_anew() -> None:
    on = stage(after=3)
    fails(on, 2)
    on.reads(level="ok")
    on.look()
    fails(on)
    assert said(on) == ("wait", "1 of 3 failed readings in a row")


@pytest.mark.parametrize(
    ("checks", "kind"),
    [
        pytest.param([check("service.error_percent", "critical")], "wait", id="failures of some minutes ago"),
        pytest.param([check("service.p95_s", "warning")], "wait", id="slow answers of some minutes ago"),
        pytest.param(
            [check("service.error_percent", "critical"), check("service.reach", "critical")], "act", id="it is down too"
        ),
        pytest.param(
            [check("service.error_percent", "critical"), check("service.reach", "ok", pending=True)],
            "act",
            id="it is about to be down again",
        ),
        pytest.param([check("service.total_s", "critical")], "act", id="a slow answer just now"),
    ],
)
def test_what_only_a_share_of_the_last_minutes_says_is_no_failed_reading(checks: list[Check], kind: str) -> None:
    on = stage(after=2)
    for _ in range(3):
        on.reads(checks=tuple(checks))
        found = on.kinds()
    assert found == ([kind] if kind == "act" else [])


@pytest.mark.parametrize(
    ("row", "level", "more"),
    [
        pytest.param("service:api", "unknown", {}, id="a service that could not be asked"),
        pytest.param("service:api", "unknown", {"stale": True, "word": "stale"}, id="one that is too old"),
    ],
)
def test_could_not_ask_is_no_failure(row: str, level: Any, more: dict[str, Any]) -> None:
    on = stage(after=2)
    for _ in range(10):
        on.reads(row, level, **more)
        assert on.kinds() == []
        on.now += 10


def test_what_could_not_be_asked_in_between_neither_counts_nor_begins_anew() -> None:
    on = stage(after=3)
    fails(on, 2)
    on.reads(level="unknown")
    assert on.kinds() == []
    on.reads()
    assert said(on)[0] == "act"


def test_a_part_with_old_facts_counts_nothing_and_a_target_that_does_not_answer_does() -> None:
    container = of_row("container:local/api")
    on = Stage(config(container))
    on.now += 10
    on.reads("container:local/api", stale=True, target="docker:local")
    assert on.kinds() == []
    service = stage()
    service.reads(stale=True)
    assert service.kinds() == ["act"]


def of_row(row: str) -> Fix:
    """A fix of a row that is no service."""
    return replace(fix(), when=FixWhen(row=row))


@pytest.mark.parametrize(
    ("facts", "kind"),
    [
        pytest.param({"state": "exited", "exit_code": 143}, "propose", id="asked to end"),
        pytest.param({"state": "exited", "exit_code": 0}, "propose", id="ended well"),
        pytest.param({"state": "exited", "exit_code": 137}, "act", id="killed"),
        pytest.param({"state": "exited", "exit_code": 1}, "act", id="went wrong"),
        pytest.param({"state": "exited", "exit_code": 143, "oom_killed": True}, "act", id="out of memory"),
        pytest.param({"state": "running", "exit_code": 0}, "act", id="runs, and is not well"),
    ],
)
def test_a_container_that_an_admin_stopped_is_left_to_people(facts: dict[str, Any], kind: str) -> None:
    on = Stage(config(replace(fix(), when=FixWhen(row="container:*"))))
    on.reads("container:local/web", facts=facts)
    (decision,) = on.look()
    assert decision.kind == kind
    assert ("as what somebody stops by hand does" in decision.reason) is (kind == "propose")


def test_nothing_is_counted_right_after_the_start() -> None:
    on = Stage(config(fix(after=1, grace=30.0)))
    fails(on, 3)
    assert said(on) == ("wait", "0 of 1 failed readings in a row")
    on.reads()
    assert said(on)[0] == "act"
    on = Stage(config(fix(after=1, grace=30.0)))
    on.reads()
    assert said(on) == ("wait", "nothing is counted for another 30 s")


def test_the_count_starts_anew_after_an_action_and_its_grace() -> None:
    on = stage(after=2, grace=30.0)
    on.now += 30
    fails(on, 2)
    assert said(on)[0] == "act"
    on.tries()
    assert said(on) == ("wait", "nothing is counted for another 29 s")
    on.now += 31
    on.reads()
    assert said(on) == ("wait", "1 of 2 failed readings in a row")


def test_an_action_of_a_person_counts_as_one() -> None:
    on = stage(after=2)
    fails(on, 2)
    on.tries(by=ALICE)
    on.reads()
    assert said(on) == ("wait", "1 of 2 failed readings in a row")


def test_while_a_job_is_at_it_nothing_else_is_begun() -> None:
    on = stage()
    fails(on)
    on.begins(by=ALICE)
    on.reads()
    assert said(on) == ("wait", "job 1 is at it")


def test_a_refused_job_is_no_try() -> None:
    on = stage()
    on.tries("refused")
    fails(on)
    assert said(on)[0] == "act"


def test_between_two_tries_it_cools_down() -> None:
    on = stage(cooldown=300.0)
    on.tries()
    fails(on)
    assert said(on) == ("wait", "tried already; the next try is possible in 4m49s")
    on.now += 290
    assert said(on)[0] == "act"


@pytest.mark.parametrize(
    ("settings", "overall", "tried", "expected"),
    [
        pytest.param({"max_per_hour": 2}, {}, 2, "2 tries in the last hour, of 2", id="as many as its setting says"),
        pytest.param(
            {"max_per_hour": 90}, {}, 3, "3 tries in the last 10m", id="three in ten minutes, whatever it says"
        ),
        pytest.param({"max_per_hour": 90}, {"max_per_hour": 2}, 2, "policy tried 2 times", id="as many as overall"),
    ],
)
def test_too_many_tries_leave_it_to_a_person(
    settings: dict[str, Any], overall: dict[str, Any], tried: int, expected: str
) -> None:
    on = stage(loose(**overall), **settings)
    for _ in range(tried):
        on.tries("verified")
    fails(on)
    kind, reason = said(on)
    assert (kind, expected in reason) == ("propose", True), reason
    on.now += 3600
    assert said(on)[0] == "act", "an hour later it may again"


def test_tries_of_people_count_for_the_row_and_not_for_policy_as_a_whole() -> None:
    on = stage(loose(max_per_hour=1), max_per_hour=2)
    on.tries("verified", by=ALICE)
    fails(on)
    assert said(on)[0] == "act"
    on.tries("verified", by=ALICE)
    fails(on)
    assert "2 tries in the last hour, of 2" in said(on)[1]


def test_it_gives_up_after_tries_that_did_not_help_and_says_so() -> None:
    on = stage(loose(give_up_after=2))
    on.tries()
    fails(on)
    assert said(on)[0] == "act"
    on.tries("failed")
    fails(on)
    assert said(on) == ("wait", "policy gave up: 2 tries in a row did not mend it; it needs a person")
    assert on.decisions[0].loud
    on.now += 100_000
    fails(on, 3)
    assert said(on)[0] == "wait", "however long it fails"


def test_a_try_that_worked_ends_the_row_of_those_that_did_not() -> None:
    on = stage(loose(give_up_after=2))
    on.tries()
    on.tries("verified", by=ALICE)
    on.tries()
    on.now += 3600
    fails(on)
    assert said(on)[0] == "act"


def test_a_row_that_was_well_by_itself_for_ten_minutes_is_taken_up_again() -> None:
    on = stage(loose(give_up_after=1), max_per_hour=9)
    on.tries()
    fails(on)
    assert said(on)[0] == "wait"
    on.reads(level="ok")
    on.look()
    on.now += WELL_S - 1
    fails(on)
    assert said(on)[0] == "wait", "not quite ten minutes"
    on.reads(level="ok")
    on.look()
    on.now += WELL_S
    on.reads(level="ok")
    on.look()
    fails(on)
    assert said(on)[0] == "act"


def test_a_person_takes_it_up_again() -> None:
    on = stage(loose(give_up_after=1))
    on.tries()
    fails(on)
    on.pardons["service:api"] = on.now
    assert said(on)[0] == "act"


def test_that_it_gave_up_survives_a_restart() -> None:
    told = config(fix(), auto=loose(give_up_after=1))
    on = Stage(told)
    on.tries()
    fails(on)
    on.core = on.core_of(told)
    fails(on, 2)
    assert said(on)[1].startswith("policy gave up")


def test_in_a_storm_it_only_proposes() -> None:
    on = stage(loose(storm=2))
    for name in ("b", "c"):
        on.reads(f"service:{name}")
    on.reads()
    assert said(on) == ("propose", "down for 0 ms; proposed, since 3 targets fail at once, more than 2")
    on.reads("service:c", "ok")
    assert said(on)[0] == "act"


def test_the_containers_of_one_engine_are_a_storm_too_but_not_those_of_failing_services() -> None:
    on = stage(loose(storm=2))
    on.reads(depends_on=("container:local/a",))
    for name in ("a", "b"):
        on.reads(f"container:local/{name}", target="docker:local")
    assert said(on)[0] == "act", "a service with its own container, and another container"
    on.reads("container:local/c", target="docker:local")
    assert said(on)[0] == "propose"


def test_what_flaps_is_left_alone() -> None:
    on = stage()
    on.reads(flapping=True)
    assert said(on) == ("wait", "it goes up and down again and again, which no fix mends")


def test_out_of_hours_it_only_proposes() -> None:
    on = stage(hours="22:00-06:00")
    fails(on)
    assert "it is out of hours" in said(on)[1]
    on.now = NOON + 11 * 3600
    assert said(on)[0] == "act"


def test_who_may_not_only_proposes() -> None:
    on = Stage(config(fix()), denied={"command": "policy may not use command: the 1st [[right]] denies it"})
    on.now += 1
    fails(on)
    assert said(on)[1].endswith("proposed, since policy may not use command: the 1st [[right]] denies it")


def test_a_mode_of_proposing_proposes() -> None:
    on = stage(mode="propose")
    fails(on)
    assert said(on) == ("propose", "down for 10 s; proposed, since its mode is to propose")


def test_what_a_person_stopped_stays_stopped() -> None:
    on = stage()
    on.tries("verified", by=ALICE, action="container.stop")
    fails(on)
    assert said(on)[1].endswith("proposed, since alice used container.stop on it")


def test_what_it_would_act_on_must_be_there() -> None:
    on = Stage(config(replace(fix(), run=FixRun(kind="container.restart", container="api-1"))))
    on.now += 1
    fails(on)
    assert said(on)[1].endswith("proposed, since what it acts on is not there")


def test_one_thing_is_begun_at_a_time() -> None:
    on = Stage(config(fix("a", "a"), fix("b", "b")))
    on.now += 1
    on.reads("service:a")
    on.reads("service:b")
    assert [(one.fix, one.kind) for one in on.look()] == [("a", "act"), ("b", "wait")]


def test_the_next_fix_of_a_row_comes_after_one_that_did_not_help() -> None:
    on = Stage(config(fix("reload"), fix("restart")))
    on.now += 1
    fails(on)
    assert [one.fix for one in on.look() if one.kind == "act"] == ["reload"]
    on.tries(name="reload")
    fails(on)
    assert [one.fix for one in on.look() if one.kind == "act"] == ["restart"]
    on.tries(name="restart")
    fails(on)
    assert [one.fix for one in on.look() if one.kind == "act"] == ["reload"]


def test_fixes_without_auto_are_left_to_people() -> None:
    on = Stage(config(replace(fix(), auto=None)))
    fails(on, 5)
    assert on.kinds() == []


def test_what_only_suffers_is_left_alone_until_what_it_needs_is_well() -> None:
    on = Stage(config(fix(after=2), auto=loose(storm=1)))
    on.now += 1
    for _ in range(4):
        on.reads("postgres:shop")
        on.reads(depends_on=("postgres:shop",))
        assert said(on) == ("wait", "it needs postgres:shop, which fails: that comes first")
        on.now += 10
    on.reads("postgres:shop", "ok")
    assert said(on) == ("wait", "0 of 2 failed readings in a row"), "its own reading is from before"
    on.reads(depends_on=("postgres:shop",))
    on.look()
    on.reads(depends_on=("postgres:shop",))
    assert said(on)[0] == "act"


def test_a_cascade_is_one_trouble_and_no_storm() -> None:
    on = Stage(config(fix("start postgres", "shop"), auto=loose(storm=1)))
    on.now += 1
    on.reads("process:postgres")
    on.reads("service:shop", depends_on=("process:postgres",))
    on.reads("service:catalog", depends_on=("service:shop",))
    on.reads("service:web", depends_on=("service:catalog",))
    assert said(on)[0] == "act"
    on.reads("service:other")
    assert said(on)[1].endswith("proposed, since 2 targets fail at once, more than 1")


def test_what_is_about_to_be_down_comes_first_too() -> None:
    on = stage()
    pending = Check(id="postgres.reach", level="warning", word="failing", text="1 of 3", since=NOON, pending=True)
    on.reads("postgres:shop", "warning", checks=(pending,))
    on.reads(depends_on=("postgres:shop",))
    assert "comes first" in said(on)[1]
