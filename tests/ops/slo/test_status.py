"""Status: the burn alert at its exact limits, and every field of a budget from what was counted."""

from datetime import UTC, datetime
from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.units import Duration
from ops.config.structs import BurnWindow, FastObjective, LatencyObjective, Slo
from ops.slo.objectives import Objective, objectives, slo_name, slo_row
from ops.slo.series import Series
from ops.slo.status import spent_ratio, status
from ops.slo.windows import WORKBOOK
from tests.parts.objectives import DAY, START, objective, whole_window


def test_one_slo_gives_an_objective_for_each_thing_that_it_promises() -> None:
    slo = Slo(
        service="api",
        errors=0.5,
        fast=FastObjective(under=Duration(0.3), objective=99),
        latency=LatencyObjective(p50=Duration(0.2), p95=Duration(0.5), p99=Duration(1)),
    )
    made = objectives(slo)
    assert [(one.id, one.kind, one.percent, one.limit_s) for one in made] == [
        ("api availability", "availability", 99.9, None),
        ("api errors", "errors", 99.5, None),
        ("api fast", "latency", 99, 0.3),
        ("api p50", "p50", 50, 0.2),
        ("api p95", "p95", 95, 0.5),
        ("api p99", "p99", 99, 1),
    ]
    assert {(one.row, one.slo, one.p50_s, one.p95_s, one.p99_s) for one in made} == {
        ("service:api", "api", 0.2, 0.5, 1)
    }


@pytest.mark.parametrize(
    ("slo", "name", "row"),
    [
        pytest.param(Slo(service="api"), "api", "service:api", id="its service"),
        pytest.param(Slo(service="api", name="API, strict"), "API, strict", "service:api", id="its own name"),
        pytest.param(Slo(source="access_log:web"), "web", "access_log:web", id="the log that it counts"),
        pytest.param(Slo(source="prometheus:main/api"), "api", "prometheus.figure:main/api", id="a figure"),
    ],
)
def test_what_an_slo_is_called_and_what_it_counts(slo: Slo, name: str, row: str) -> None:
    assert (slo_name(slo), slo_row(slo)) == (name, row)


def test_slices_are_for_failures_and_latencies_are_counted_by_answers() -> None:
    latency = LatencyObjective(p95=Duration(0.5))
    made = objectives(Slo(service="api", method="slices", errors=0.5, slice=Duration(300), latency=latency))
    assert [(one.kind, one.slice_s) for one in made] == [("availability", 300), ("errors", 300), ("p95", 0)]


def at_boundary(percent: float, factor: Fraction) -> tuple[int, int]:
    """Bad and total whose ratio is exactly factor × (1 − SLO)."""
    limit = factor * (1 - Fraction(str(percent)) / 100)
    return limit.numerator * 7, limit.denominator * 7


@given(
    st.sampled_from(WORKBOOK),
    st.sampled_from([90.0, 95.0, 99.0, 99.5, 99.9, 99.95, 99.99, 99.999]),
    st.sampled_from([7, 28, 29, 30, 31, 90]),
)
def test_the_limit_itself_does_not_fire_and_one_more_bad_does(pair: object, percent: float, days: int) -> None:
    one = next(own for own in WORKBOOK if own == pair)
    bad, total = at_boundary(percent, one.factor(days * DAY))
    assert not one.exceeded(bad, total, days * DAY, percent)
    assert one.exceeded(bad + 1, total, days * DAY, percent)
    assert not one.exceeded(bad - 1, total, days * DAY, percent)


def test_14_4_times_a_thousandth_is_a_limit_that_floating_point_would_miss() -> None:
    # 144 of 10000 is 0.0144 exactly; 14.4 × (1 − 0.999) is 0.014400000000000013
    assert 14.4 * (1 - 0.999) != 0.0144
    one = objective(99.9)
    for bad, alert in ((144, ""), (145, "page")):
        series = Series(one)
        series.add(START, 10_000, bad)
        quick = status(one, series, START + 30)
        assert [burn.fires for burn in quick.burns[:1]] == [alert == "page"]
        assert quick.burns[0].factor == 14.4
        assert quick.burns[0].long == pytest.approx(bad / 10)


def outage(one: Objective, good_s: int, bad_s: int) -> Series:
    """One event a second: good ones, and then bad ones."""
    series = Series(one)
    for minute in range(good_s // 60):
        series.add(START + 60 * minute, 60, 0)
    for second in range(bad_s):
        series.add(START + good_s + second, 1, 1)
    return series


@pytest.mark.parametrize(
    ("place", "seconds"),
    [
        pytest.param(0, 51.84, id="page quick"),
        pytest.param(1, 129.6, id="page slow"),
        pytest.param(2, 259.2, id="ticket quick"),
        pytest.param(3, 259.2, id="ticket slow"),
    ],
)
def test_a_whole_outage_is_detected_when_arithmetic_says(place: int, seconds: float) -> None:
    one = objective(99.9)
    series, fires_after = outage(one, 3 * 86400, 0), 0
    for second in range(1, 400):
        at = START + 3 * 86400 + second - 1
        series.add(at, 1, 1)
        if status(one, series, at).burns[place].fires:
            fires_after = second
            break
    # A window is whole minutes and the one that is now: up to a minute shorter than its name.
    assert seconds * (59 / 60 if place == 0 else 0.99) <= fires_after <= seconds + 1


def test_the_gravest_alert_is_told_with_why() -> None:
    one = objective(99.9)
    found = status(one, outage(one, 86400, 600), START + 86400 + 599)
    assert found.alert == "page"
    assert found.why == "page: 1h burns 166.7x and 5m 1000x, over 14.4x"
    ended = outage(one, 86400, 600)
    for minute in range(20):
        ended.add(START + 86400 + 600 + 60 * minute, 60, 0)
    after = status(one, ended, START + 86400 + 1800 - 1)
    assert not after.burns[0].fires, "the short window says that it is over"
    assert after.burns[1].fires, "half an hour remembers longer"
    assert after.why.startswith("page: 6h burns ")


def test_a_burn_just_over_its_limit_is_told_with_the_digits_that_show_it() -> None:
    one = objective(99.9)
    series = Series(one)
    series.add(START, 100_000, 1441)
    assert status(one, series, START + 30).why == "page: 1h burns 14.41x and 5m 14.41x, over 14.4x"


def test_little_traffic_holds_the_alert_and_says_so() -> None:
    one = objective(99.9, min_events=10)
    series = Series(one)
    series.add(START, 3, 1)
    held = status(one, series, START + 30)
    assert (held.alert, held.why) == ("", "")
    assert held.burns[0].held == "only 3 events in 5m, fewer than 10"
    series.add(START + 20, 7, 0)
    assert status(one, series, START + 30).alert == "page"


def test_own_windows_replace_the_workbooks() -> None:
    own = BurnWindow(severity="ticket", budget_percent=50, long=Duration(7200), short=Duration(600))
    one = objective(99.0, days=1, burn=(own,))
    series = Series(one)
    series.add(START, 100, 7)
    found = status(one, series, START + 30)
    assert [(burn.severity, burn.speed, burn.factor) for burn in found.burns] == [("ticket", "quick", 6.0)]
    assert found.alert == "ticket"


def test_without_data_nothing_is_claimed() -> None:
    one = objective()
    empty = status(one, Series(one), START)
    assert (empty.total, empty.known_s, empty.sli_ratio, empty.remaining_ratio) == (0, 0, None, None)
    assert (empty.bad_left_s, empty.burn_5m, empty.burn_1h, empty.exhausted_in_s) == (None, None, None, None)
    assert (empty.alert, empty.why) == ("", "")
    assert {(burn.long, burn.short, burn.fires) for burn in empty.burns} == {(None, None, False)}


def test_without_traffic_no_ratio_is_claimed_and_its_time_is_known() -> None:
    one = objective()
    series = Series(one)
    for minute in range(60):
        series.add(START + 60 * minute, 0, 0)
    quiet = status(one, series, START + 3599)
    assert (quiet.total, quiet.known_s, quiet.sli_ratio, quiet.remaining_ratio) == (0, 3599, None, None)
    assert (quiet.burn_1h, quiet.alert) == (None, "")


def test_a_budget_has_every_figure_and_can_be_encoded() -> None:
    one = objective(99.9, kind="p95", latency=LatencyObjective(p95=Duration(0.5)))
    series = whole_window(objective(99.9), 0, 0)
    series = Series(one)
    series.add(START, 100, 10)
    found = status(one, series, START + 45, observed_s=0.61)
    assert (found.id, found.service, found.row, found.kind) == ("api p95", "api", "service:api", "p95")
    assert (found.objective_percent, found.limit_s, found.observed_s, found.p95_s) == (95, 0.5, 0.61, 0.5)
    assert (found.window, found.window_s, found.start) == ("30 d", 30 * DAY, START + 45 - 30 * DAY)
    assert (found.total, found.bad, found.sli_ratio, found.known_s) == (100, 10, 0.9, 45)
    assert found.burn_1h == pytest.approx(2.0)
    assert found.exhausted_in_s == pytest.approx((found.remaining_ratio or 0) * 30 * DAY / 2)
    assert msgspec.json.decode(msgspec.json.encode(found))["burns"][0]["factor"] == 14.4


def test_ten_bad_seconds_of_a_new_floor_spend_ten_seconds_of_a_months_budget() -> None:
    one = objective(99.9)
    series = Series(one)
    for second in range(11):
        series.add(START + second, 1, 1)
    found = status(one, series, START + 10)
    assert found.bad_left_s == pytest.approx(30 * DAY / 1000 - 10)
    assert found.remaining_ratio == pytest.approx(1 - 10 / 2592)


def test_an_outage_of_known_length_spends_what_arithmetic_says_and_its_parts_add_up() -> None:
    one = objective(99.9)
    series = outage(one, 29 * 86400 + 23 * 3600, 600)
    now = START + 29 * 86400 + 23 * 3600 + 600 - 0.5
    found = status(one, series, now)
    assert found.remaining_ratio == pytest.approx(1 - 600 / 2592, abs=1e-3)
    whole = series.since(START, now)
    first, second = (series.tally(now - 599.5 + 300 * part, now - 299.5 + 300 * part) for part in (0, 1))
    parts = [spent_ratio(one, part.bad, whole, 30 * DAY) for part in (first, second)]
    assert sum(parts) == pytest.approx(1 - (found.remaining_ratio or 0))


def test_a_budget_that_is_overspent_stays_negative() -> None:
    one = objective(99.9)
    found = status(one, whole_window(one, 720_000, 1440), START)
    assert found.remaining_ratio == pytest.approx(-1.0, abs=1e-2)
    assert found.bad_left_s == pytest.approx(-2592, rel=1e-2)
    assert found.exhausted_in_s is None


@given(st.lists(st.tuples(st.integers(0, 4000), st.integers(1, 50)), min_size=1, max_size=40), st.data())
def test_more_bad_never_leaves_more(course: list[tuple[int, int]], data: st.DataObject) -> None:
    bads = [data.draw(st.integers(0, total)) for _, total in course]
    worse = data.draw(st.integers(0, len(course) - 1))
    for one in (objective(99.9, days=3), objective(99.9, days=3, method="slices")):
        before, after = Series(one), Series(one)
        for place, ((minute, total), bad) in enumerate(zip(course, bads, strict=True)):
            before.add(START + 60 * minute, total, bad)
            after.add(START + 60 * minute, total, total if place == worse else bad)
        now = START + 4000 * 60
        lighter, heavier = status(one, before, now), status(one, after, now)
        if lighter.remaining_ratio is not None:
            assert (heavier.remaining_ratio or 0) <= lighter.remaining_ratio + 1e-12
        for burn, hotter in zip(lighter.burns, heavier.burns, strict=True):
            assert hotter.fires or not burn.fires


def test_a_calendar_month_is_counted_from_its_first_midnight() -> None:
    one = objectives(Slo(service="api", objective=99.0, calendar="month", time_zone="Europe/Berlin"))[0]
    begins = datetime(2026, 10, 31, 23, tzinfo=UTC).timestamp()
    series = Series(one)
    series.add(begins - 60, 100, 100)
    for minute in range(60):
        series.add(begins + 60 * minute, 10, 1)
    found = status(one, series, begins + 3600 - 1)
    assert (found.window, found.start, found.window_s) == ("November 2026", begins, 30 * DAY)
    assert (found.total, found.bad) == (600, 60)
    assert found.burns[0].factor == 14.4
    assert found.burns[1].long == pytest.approx(100 * 160 / 700), "burn windows reach back over the month's start"
    assert status(one, series, begins + 30 * DAY).window == "December 2026"
    assert status(one, series, begins + 30 * DAY).burns[0].factor == pytest.approx(14.88)


def test_an_outage_counts_by_time_for_a_source_that_is_polled_every_five_minutes_and_slices() -> None:
    one = objectives(Slo(service="api", objective=99.0, method="slices"), interval_s=300)[0]
    series = Series(one)
    for poll in range(24):
        series.add(START + 300 * poll, 1, int(poll >= 12))
    found = status(one, series, START + 7200 - 1)
    assert found.burn_1h == pytest.approx(100.0)
    assert found.remaining_ratio == pytest.approx(1 - 3600 / (0.01 * 30 * DAY))
