"""How an action did before, what it costs, and how both are told."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.board import Budget
from ops.fixes import price as prices
from ops.fixes import record
from ops.fixes.structs import Price, Record
from ops.jobs.structs import By, Job, Proof, Request, Verdict
from tests.parts import boards

NOW = 1_700_000_000.0
ROW = "container:local/web-1"


def job(number: int, verdict: Verdict, took_s: float = 40, **more: Any) -> Job:
    """A job that ended `number` hours ago."""
    asked = {"action": "container.restart", "row": ROW, "fix": ""} | {
        name: more.pop(name) for name in ("action", "row", "fix") if name in more
    }
    by = By(user="alice", uid=1000, via="screen")
    request = Request(
        config="/x",
        title="restart",
        proof=Proof(row=ROW),
        by=by,
        asked_at=NOW,
        **asked,
    )
    ended = NOW - 3600 * number
    return Job(
        id=number, request=request, state="ended", verdict=verdict, began_at=ended - took_s, ended_at=ended, **more
    )


def test_what_was_refused_or_cancelled_was_not_tried() -> None:
    jobs = [job(1, "refused"), job(2, "cancelled"), job(3, "verified", 41, interrupted_s=9.0)]
    found = record.records(jobs)[("container.restart", ROW, "")]
    assert found == Record(tried=1, worked=1, median_s=41, interrupted_s=9.0)


def test_medians_are_of_what_worked_and_failures_of_the_last_that_did_not() -> None:
    jobs = [job(48, "unverified", 300), job(1, "verified", 40), job(2, "verified", 42), job(90, "lost")]
    found = record.records(jobs)[("container.restart", ROW, "")]
    assert record.words(found, NOW) == "2 of 4 worked, median 41 s, last failed 2d ago"


def test_a_command_is_what_its_fix_is() -> None:
    jobs = [job(1, "verified", action="command", fix="one"), job(2, "failed", action="command", fix="two")]
    assert {key[2]: found.worked for key, found in record.records(jobs).items()} == {"one": 1, "two": 0}
    assert record.latest(jobs, record.key_of("command", ROW, "two")) == jobs[1]
    assert record.words(Record(), NOW) == "never tried here"


@given(tried=st.integers(0, 500), share=st.floats(0, 1))
def test_a_record_moves_a_score_by_ten_at_most_and_more_successes_never_down(tried: int, share: float) -> None:
    worked = int(tried * share)
    assert -10 < record.weight(Record(tried=tried, worked=worked)) < 10
    assert record.weight(Record(tried=tried + 1, worked=worked + 1)) > record.weight(Record(tried=tried, worked=worked))
    assert record.weight(Record()) == 0


def budget(name: str, burn: float | None = 0.0, **more: Any) -> Budget:
    return boards.budget(name, burn=burn, **more)


def test_an_interruption_spends_its_share_of_the_hardest_hit_budget() -> None:
    web = boards.container("web-1")
    api = boards.service("api", depends_on=(web.id,))
    front = boards.service("front", depends_on=(api.id,))
    other = boards.service("other")
    floor = boards.board(
        web, api, front, other, budgets=(budget("api", 15.0), budget("front", objective_percent=99.99), budget("other"))
    )
    found = prices.price(floor, web.id, 11.0)
    assert found.budget == "front availability"
    assert found.spends_ratio == pytest.approx(11 / (30 * 86400 * 0.0001))
    hot = prices.price(floor, api.id, 0.5)
    assert hot.budget == "api availability"
    assert hot.burning_ratio_per_h == pytest.approx(15 / 720)
    assert prices.price(floor, "container:local/none", 3.0) == Price(interrupted_s=3.0)


def test_slowness_burns_its_own_budget_and_an_interruption_takes_nothing_of_it() -> None:
    floor = boards.board(boards.service("api"), budgets=(budget("api", 3.0, kind="latency"),))
    found = prices.price(floor, "service:api", 5.0)
    assert found.spends_ratio is None
    assert found.burning_ratio_per_h == pytest.approx(3 / 720)


@pytest.mark.parametrize(
    ("cost", "said"),
    [
        pytest.param(Price(), "", id="nothing is known"),
        pytest.param(Price(interrupted_s=0.0), "no interruption", id="none is expected"),
        pytest.param(
            Price(interrupted_s=11.0, spends_ratio=0.006, burning_ratio_per_h=0.021, budget="api availability"),
            "about 11 s of interruption, 0.6 % of api availability; doing nothing costs 2.1 %/h",
            id="all is known",
        ),
        pytest.param(Price(interrupted_s=2.0, spends_ratio=2e-6, budget="a"),
                     "about 2 s of interruption, under 0.01 % of a", id="hardly anything"),
        pytest.param(Price(burning_ratio_per_h=1.4, budget="a"), "doing nothing costs 140 %/h", id="all of it at once"),
    ],
)  # fmt: skip
def test_a_price_in_words(cost: Price, said: str) -> None:
    assert prices.words(cost) == said


@given(
    seconds=st.floats(0, 1e6),
    burn=st.none() | st.floats(0, 1e4),
    objective=st.floats(0, 100),
    needs=st.lists(st.sampled_from(["service:a", "service:b", "service:c"]), max_size=3),
)
def test_any_budget_has_a_price_that_can_be_told(
    seconds: float, burn: float | None, objective: float, needs: list[str]
) -> None:
    rows = [boards.service(name, depends_on=tuple(needs)) for name in "abc"]
    floor = boards.board(*rows, budgets=(budget("a", burn, objective_percent=objective),))
    found = prices.price(floor, "service:b", seconds)
    assert found.spends_ratio is None or found.spends_ratio >= 0
    assert prices.words(found).isprintable()
