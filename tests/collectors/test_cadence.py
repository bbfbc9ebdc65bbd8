"""The rules of when the next poll starts, over any history."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.base import Outcome, TargetConfig
from collectors.polling.cadence import (
    BACK_OFF_AFTER,
    TICK_S,
    Cadence,
    ceiling,
    first_delay,
    next_delay,
    on_tick,
    spread,
)
from collectors.units import Duration

CONFIG = TargetConfig(name="a")
outcomes = st.lists(st.sampled_from(["fresh", "no_data", "failed", "broken"]), max_size=60)
configs = st.builds(
    TargetConfig,
    name=st.just("a"),
    interval=st.floats(0.5, 3600).map(Duration),
    failures=st.integers(1, 10),
    successes=st.integers(1, 10),
)


def _after(history: list[Outcome], config: TargetConfig = CONFIG, *, retry: bool = True) -> Cadence:
    cadence = Cadence()
    for outcome in history:
        cadence = cadence.after(outcome, config, retry=retry)
    return cadence


@pytest.mark.parametrize(
    ("history", "delay"),
    [
        pytest.param(["fresh"], 10, id="an answer: the interval"),
        pytest.param(["no_data"], 10, id="nothing to read is an answer"),
        pytest.param(["failed"], 10 / 3, id="one failure: fast"),
        pytest.param(["failed"] * 2, 10 / 3, id="two failures: fast"),
        pytest.param(["broken", "failed"], 10 / 3, id="a bug counts as a failure"),
        pytest.param(["failed"] * 3, 10, id="known as down: the interval"),
        pytest.param(["failed"] * 3 + ["fresh"], 10 / 3, id="answers again: fast"),
        pytest.param(["failed"] * 3 + ["fresh"] * 2, 10, id="known as up again: the interval"),
        pytest.param(["failed"] * 2 + ["fresh"], 10, id="was never down, so nothing to confirm"),
        pytest.param(["failed"] * 30, 10, id="thirty failures: still the interval"),
        pytest.param(["failed"] * 31, 15, id="then half as long again"),
        pytest.param(["failed"] * 33, 33.75, id="and again for each failure"),
        pytest.param(["failed"] * 1000, 60, id="up to a minute"),
    ],
)
def test_the_delay_after_a_history(history: list[Outcome], delay: float) -> None:
    assert next_delay(_after(history), CONFIG) == pytest.approx(delay)


def test_an_answer_that_is_no_good_is_asked_again_like_a_failure_but_never_taken_for_dead() -> None:
    cadence, delays = Cadence(), []
    for _ in range(100):
        cadence = cadence.after_bad_answer(CONFIG)
        delays.append(next_delay(cadence, CONFIG))
    assert delays == pytest.approx([10 / 3, 10 / 3] + [10] * 98)
    assert next_delay(cadence.after("fresh", CONFIG), CONFIG) == pytest.approx(10 / 3)


def test_what_cannot_be_helped_by_asking_again_waits_long() -> None:
    assert next_delay(_after(["failed"], retry=False), CONFIG) == 60
    assert next_delay(_after(["failed"], retry=False).after("fresh", CONFIG), CONFIG) == 10


@given(outcomes, configs, st.floats(-1, 1), st.booleans())
def test_a_delay_is_never_under_a_third_of_the_interval_nor_over_the_ceiling(
    history: list[Outcome], config: TargetConfig, jitter: float, retry: bool
) -> None:
    delay = next_delay(_after(history, config, retry=retry), config, jitter)
    assert config.interval / 3 * 0.949 <= delay <= ceiling(config) * 1.051


@given(outcomes, configs, st.booleans())
def test_what_is_counted_is_asked_as_often_while_it_is_dead(
    history: list[Outcome], config: TargetConfig, retry: bool
) -> None:
    delay = next_delay(_after(history, config, retry=retry), config, steady=True)
    assert delay in (config.interval, config.interval / 3)
    assert next_delay(Cadence(failed=BACK_OFF_AFTER + 40), config, steady=True) == config.interval


@given(outcomes, configs)
def test_enough_good_polls_always_bring_the_interval_back(history: list[Outcome], config: TargetConfig) -> None:
    good: list[Outcome] = ["fresh"] * config.successes
    assert next_delay(_after([*history, *good], config), config) == config.interval


@given(configs, st.integers(BACK_OFF_AFTER, 5000))
def test_a_dead_source_is_never_asked_more_often_than_before(config: TargetConfig, failed: int) -> None:
    earlier, later = Cadence(failed=failed), Cadence(failed=failed + 1)
    assert next_delay(later, config) >= next_delay(earlier, config)


@given(st.text(max_size=30), st.integers(0, 10**6))
def test_the_place_of_a_target_is_stable(target: str, count: int) -> None:
    assert 0 <= spread(target, count) < 1
    assert spread(target, count) == spread(target, count)
    assert CONFIG.interval / 4 <= first_delay(target, CONFIG) <= CONFIG.interval * 5 / 4


@given(st.floats(0, 1e7), st.floats(2, 3600))
def test_a_tick_is_never_late_and_at_most_one_tick_early(due: float, delay: float) -> None:
    tick = on_tick(due, delay)
    assert due - TICK_S - 1e-6 < tick <= due
    assert tick / TICK_S == pytest.approx(round(tick / TICK_S))


def test_what_comes_often_keeps_its_own_moments() -> None:
    assert on_tick(12.345, 1.9) == 12.345
