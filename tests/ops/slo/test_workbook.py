"""Every number of the burn rates, budgets and time slices that others have published."""

from fractions import Fraction

import pytest

from collectors.units import Duration
from ops.config.structs import BurnWindow
from ops.slo.burns import burn
from ops.slo.exact import allowed, exact
from ops.slo.series import Tally
from ops.slo.status import exhausted_in, spent_ratio, status
from ops.slo.windows import WORKBOOK, Pair, custom, pairs_of
from tests.parts.burn_windows import PYRRA_28D, SLOTH_7D, detection_s
from tests.parts.objectives import DAY, START, objective, whole_window
from tests.parts.other_tools import generator_report, kibana_burn, pyrra_threshold

QUICK_PAGE, SLOW_PAGE, QUICK_TICKET, SLOW_TICKET = WORKBOOK
MONTH = 30 * DAY
FOUR_WEEKS = 28 * DAY


@pytest.mark.parametrize(
    ("pair", "budget", "long_s", "short_s", "factor_30d", "factor_28d"),
    [
        pytest.param(QUICK_PAGE, 2, 3600, 300, "14.4", "13.44", id="page quick: 2 % in 1 h and 5 m"),
        pytest.param(SLOW_PAGE, 5, 21600, 1800, "6", "5.6", id="page slow: 5 % in 6 h and 30 m"),
        pytest.param(QUICK_TICKET, 10, 86400, 7200, "3", "2.8", id="ticket quick: 10 % in 1 d and 2 h"),
        pytest.param(SLOW_TICKET, 10, 259200, 21600, "1", Fraction(14, 15), id="ticket slow: 10 % in 3 d and 6 h"),
    ],
)
def test_the_pairs_of_the_sre_workbook_and_sloths_google_30d(
    pair: Pair, budget: int, long_s: int, short_s: int, factor_30d: str, factor_28d: str | Fraction
) -> None:
    assert (pair.budget_percent, pair.long_s, pair.short_s) == (budget, long_s, short_s)
    assert pair.factor(MONTH) == Fraction(factor_30d)
    assert pair.factor(FOUR_WEEKS) == Fraction(factor_28d)


@pytest.mark.parametrize(
    ("days", "factors"),
    [
        pytest.param(90, ("43.2", "18", "9", "3"), id="90 d"),
        pytest.param(7, ("3.36", "1.4", "0.7", Fraction(7, 30)), id="7 d"),
        pytest.param(31, ("14.88", "6.2", "3.1", Fraction(31, 30)), id="a month of 31 days"),
        pytest.param(29, ("13.92", "5.8", "2.9", Fraction(29, 30)), id="February of a leap year"),
        pytest.param(
            Fraction(743, 24), ("14.86", Fraction(743, 120), Fraction(743, 240), Fraction(743, 720)), id="DST"
        ),
    ],
)
def test_factors_of_other_periods_are_budget_percent_times_hours_by_100_and_long_hours(
    days: Fraction, factors: tuple[str | Fraction, ...]
) -> None:
    assert [pair.factor(float(days * 86400)) for pair in WORKBOOK] == [Fraction(factor) for factor in factors]


def test_the_slow_ticket_of_28_days_is_0_9333() -> None:
    assert f"{float(SLOW_TICKET.factor(FOUR_WEEKS)):.4f}" == "0.9333"


def test_sloths_sample_windows_for_7_days_give_its_four_factors() -> None:
    # slok/sloth examples/windows/7d.yaml
    assert [exact(pair.budget_percent) for pair in SLOTH_7D] == [8, Fraction("12.5"), 20, 42]
    assert [float(pair.factor(7 * DAY)) for pair in SLOTH_7D] == [13.44, 3.5, 1.4, 0.98]


def test_pyrras_windows_for_28_days_give_its_four_factors() -> None:
    # pyrra-dev/pyrra slo/rules.go, Windows
    assert [pair.factor(FOUR_WEEKS) for pair in PYRRA_28D] == [14, 7, 2, 1]
    assert [(pair.long_s / 3600, pair.short_s / 60) for pair in PYRRA_28D] == [(1, 5), (6, 30), (24, 120), (96, 360)]


def test_own_windows_of_a_config_are_pairs_pages_first() -> None:
    windows = [
        BurnWindow(severity="ticket", budget_percent=42, long=Duration(3 * DAY), short=Duration(21600)),
        BurnWindow(severity="ticket", budget_percent=20, long=Duration(DAY), short=Duration(7200)),
        BurnWindow(severity="page", budget_percent=12.5, long=Duration(21600), short=Duration(1800)),
        BurnWindow(severity="page", budget_percent=8, long=Duration(3600), short=Duration(300)),
    ]
    assert custom(windows) == SLOTH_7D == pairs_of(windows, 7 * DAY)


def test_pairs_that_are_longer_than_the_whole_window_are_left_out() -> None:
    assert pairs_of((), DAY) == WORKBOOK[:3]
    assert pairs_of((), 3 * DAY) == WORKBOOK


@pytest.mark.parametrize(
    ("pair", "told"),
    [
        pytest.param(QUICK_PAGE, "93.06", id="page quick"),
        pytest.param(SLOW_PAGE, "83.33", id="page slow"),
        pytest.param(QUICK_TICKET, "66.67", id="ticket quick"),
        pytest.param(SLOW_TICKET, "0.00", id="ticket slow can always fire"),
    ],
)
def test_the_objective_under_which_a_pair_can_never_fire(pair: Pair, told: str) -> None:
    # kcp-dev/kcp-glbc PR #287 met this
    least = pair.fires_above_percent(MONTH)
    assert f"{float(least):.2f}" == told
    assert pair.can_fire(MONTH, float(least) + 1e-6)
    if least:
        assert not pair.can_fire(MONTH, float(least) - 1e-6)
        assert not pair.exceeded(1000, 1000, MONTH, float(least) - 1e-6)


def test_a_factor_that_just_reaches_all_can_not_fire() -> None:
    pair = Pair("page", "quick", 100, MONTH / 10, 300)
    assert pair.factor(MONTH) * allowed(90) == 1
    assert not pair.can_fire(MONTH, 90)


@pytest.mark.parametrize(
    ("pair", "seconds"),
    [
        pytest.param(QUICK_PAGE, 51.84, id="page quick"),
        pytest.param(SLOW_PAGE, 129.6, id="page slow"),
        pytest.param(QUICK_TICKET, 259.2, id="ticket quick"),
        pytest.param(SLOW_TICKET, 259.2, id="ticket slow"),
    ],
)
def test_how_long_a_whole_outage_lasts_until_it_is_detected_at_99_9(pair: Pair, seconds: float) -> None:
    assert detection_s(pair, MONTH, 99.9) == seconds
    assert detection_s(pair, MONTH, 99.9, 0.5) == 2 * seconds
    assert detection_s(pair, MONTH, 99.9, 0.0001) is None, "an error ratio under the limit is never detected"


def test_s0s_sample_report_leaves_half_of_the_budget_and_not_5_2_percent() -> None:
    one, sample = objective(99.9), Tally(720_000, 360, MONTH, 0.0)
    assert 1 - sample.bad / sample.total == 0.9995
    assert spent_ratio(one, sample.bad, sample, MONTH) == pytest.approx(0.5, abs=1e-12)
    budget = status(one, whole_window(one, 720_000, 360), START)
    assert budget.sli_ratio == 0.9995
    assert budget.remaining_ratio == pytest.approx(0.5, abs=1e-3), "but for the hour that is cut by the window"


def test_time_to_exhaustion_is_remaining_times_period_by_burn() -> None:
    assert exhausted_in(0.712, 14.9, MONTH) == pytest.approx(0.712 * MONTH / 14.9)
    assert exhausted_in(1.0, burn(0.001, 99.9), MONTH) == MONTH, "at the allowed speed it lasts the window"
    assert exhausted_in(0.5, 0.0, MONTH) is None
    assert exhausted_in(0.0, 2.0, MONTH) is None
    assert exhausted_in(-3.0, 2.0, MONTH) is None
    assert exhausted_in(None, 2.0, MONTH) is None
    assert exhausted_in(0.5, None, MONTH) is None


def test_slo_generator_rounds_the_sli_to_6_places_and_the_burn_to_1() -> None:
    # slo_generator/report.py
    report = generator_report(0.99956789, 0.999, MONTH, 0.4)
    assert (report.sli, report.gap, report.burn) == (0.999568, 0.000568, 0.4)
    assert not report.alert, "strictly over the threshold, and 0.43 is told as 0.4"
    assert generator_report(0.99956789, 0.999, MONTH, 0.3).alert
    assert report.target_minutes == pytest.approx(43.2)
    assert report.spent_minutes == pytest.approx(MONTH * (1 - 0.99956789) / 60)
    assert report.left_minutes == pytest.approx(report.target_minutes - report.spent_minutes)
    assert generator_report(0.9, 1, MONTH, 1).burn == 0


def test_openslo_7_days_at_99_95_percent_of_minutes_allow_5_minutes_2_4_seconds() -> None:
    # OpenSLO examples/treat-low-traffic-as-equally-important
    one = objective(99.95, 7, method="slices")
    budget = status(one, whole_window(one, 168 * 60, 0), START)
    assert budget.bad_left_s == pytest.approx(5 * 60 + 2.4)


def test_openslo_14_days_at_95_percent_of_minutes_allow_16_hours_48_minutes() -> None:
    # OpenSLO examples/budgeting-method
    one = objective(95, 14, method="slices")
    budget = status(one, whole_window(one, 20_160, 0), START)
    assert budget.total == 20_160
    assert budget.bad_left_s == pytest.approx(16 * 3600 + 48 * 60)


def test_openslo_of_336000_requests_at_a_base_of_99_percent_16632_may_fail() -> None:
    # OpenSLO examples/budgeting-method: 5 % of those that are good at the base
    assert allowed(95) * 336_000 * Fraction(99, 100) == 16_632
    one = objective(95, 14)
    spent = status(one, whole_window(one, 336_000 * 99 // 100, 16_632), START)
    assert spent.remaining_ratio == pytest.approx(0, abs=1e-12)


def test_kibana_one_bad_of_one_in_an_hour_of_minutes_burns_a_sixtieth() -> None:
    # elastic/kibana PR #203279
    naive = burn(1.0, 99.0)
    assert kibana_burn(1, 60, 0.99) == pytest.approx(naive / 60)
    one = objective(99.0, method="slices")
    series = whole_window(one, 0, 0)
    series.add(START + 10, 1, 1)
    assert status(one, series, START + 20).burn_1h == pytest.approx(naive / 60)
    plain = objective(99.0)
    series = whole_window(plain, 0, 0)
    series.add(START + 10, 1, 1)
    assert status(plain, series, START + 20).burn_1h == pytest.approx(naive)


def test_pyrras_threshold_by_traffic() -> None:
    # pyrra-dev/pyrra PR #1602: (N_slo ÷ N_alert) × budget % × (1 − SLO)
    assert pyrra_threshold(720_000, 1_000, 2, 0.999) == pytest.approx(720 * 0.02 * 0.001)
    even = float(QUICK_PAGE.limit(MONTH, 99.9))
    assert pyrra_threshold(720_000, 1_000, 2, 0.999) == pytest.approx(even), "even traffic gives the workbook's"
    assert pyrra_threshold(720_000, 100, 2, 0.999) == pytest.approx(10 * even), "a tenth of it in the hour, ten times"
