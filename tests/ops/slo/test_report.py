"""The report: its arithmetic on the usual sample, and the same numbers wherever they are shown."""

from datetime import UTC as UTC_TIME
from datetime import datetime

import msgspec
import pytest

from collectors.units import Duration
from ops.board import Budget
from ops.config.structs import Maintenance
from ops.past.structs import BudgetDetail
from ops.slo.book import SloBook
from ops.slo.report import Report, make_budgets, make_report, overall, verdict
from ops.store.contract import Correction, Store
from ops.store.memory import MemoryStore
from tests.parts.promised import DAY, HOUR, MINUTE, NOW, ROW, configured, fill, promise, steady
from tui.cli.slo_tables import markdown, objectives_csv
from tui.cli.slo_text import text, zone_of

UTC = zone_of("UTC")


def budgets_of(report: Report) -> list[Budget]:
    """Every budget of a report."""
    return [one.budget for slo in report.slos for one in slo.objectives]


@pytest.fixture(scope="module")
def month() -> Store:
    """30 days of five answers a minute, of which 108 of 216,000 failed: exactly 99.95 % were good."""
    store = MemoryStore()
    course = list(steady(NOW - 30 * DAY, NOW, [(NOW - 10 * DAY, NOW - 10 * DAY + 20 * MINUTE)]))
    for place in (1000, 9000, 20000, 40000):
        at, events = course[place]
        course[place] = at, msgspec.structs.replace(events, failed=2)
    fill(store, course)
    return store


@pytest.fixture(scope="module")
def sample(month: Store) -> Report:
    """The report over it."""
    return make_report(month, configured(), NOW - 1)


def test_the_usual_sample_leaves_half_of_the_budget(sample: Report) -> None:
    (slo,) = sample.slos
    by_kind: dict[str, BudgetDetail] = {one.budget.kind: one for one in slo.objectives}
    available = by_kind["availability"].budget
    assert (available.total, available.bad) == (216_000, 108)
    assert available.sli_ratio == pytest.approx(0.9995, abs=1e-12)
    assert available.known_s == pytest.approx(30 * DAY, abs=MINUTE)
    assert available.remaining_ratio == pytest.approx(0.5, abs=1e-4), "50 %, not 5.2 %"
    assert by_kind["errors"].budget.remaining_ratio == pytest.approx(0.9, abs=1e-4)
    assert slo.error_ratio == pytest.approx(0.0005)
    for kind, seconds in (("p50", 0.185), ("p95", 0.42), ("p99", 0.89)):
        assert by_kind[kind].budget.observed_s == pytest.approx(seconds, rel=0.01)
    assert (slo.p50_s, slo.p95_s, slo.p99_s) == tuple(by_kind[kind].budget.observed_s for kind in ("p50", "p95", "p99"))
    assert sample.verdict == "met"


def test_a_short_window_has_the_error_rate_of_all_of_it() -> None:
    store, now = MemoryStore(), NOW + 20 * MINUTE
    fill(store, steady(NOW - 2 * HOUR, now, [(NOW - 30 * MINUTE, NOW - 20 * MINUTE)]))
    for slo in (promise(window=HOUR), promise(window=HOUR, method="slices")):
        (found,) = make_report(store, configured(slo), now - 1).slos
        assert found.error_ratio == pytest.approx(10 / 60, rel=0.02)


def test_what_maintenance_and_corrections_both_take_out_is_taken_out_once() -> None:
    store = MemoryStore()
    fill(store, steady(NOW - DAY, NOW, [(NOW - 4 * HOUR, NOW - HOUR)]))
    work = Maintenance(name="disk", start=datetime.fromtimestamp(NOW - 4 * HOUR, UTC_TIME), length=Duration(2 * HOUR))
    for start, end in ((3, 1), (2.5, 2)):
        entered = Correction(
            slo="*", start=NOW - start * HOUR, end=NOW - end * HOUR, reason="x", author="y", entered_at=NOW
        )
        store.correct(entered)
    for budgets in (
        budgets_of(make_report(store, configured(promise(window=2 * DAY), (work,)), NOW - 1)),
        make_budgets(store, configured(promise(window=2 * DAY), (work,)), NOW - 1),
    ):
        available = budgets[0]
        assert (available.excluded_s, available.bad, available.total) == (3 * HOUR, 0, 21 * 60 * 5)
        assert available.known_s == pytest.approx(21 * HOUR, abs=6)
        assert available.remaining_ratio == 1.0


def test_the_text_has_the_usual_sections_in_their_order(sample: Report) -> None:
    lines = text(sample, UTC).splitlines()
    wanted = [
        "SERVICE LEVEL OBJECTIVE REPORT",
        "Timestamp: 2027-01-15T07:59:59+00:00",
        "Overall Status: PASS",
        "Availability:",
        "  SLI: 99.95%",
        "  SLO: 99.9%",
        "  Status: OK",
        "Latency (nearest rank, to 1 %):",
        "Error Rate:",
        "  0.05% (SLO: at most 0.5%) +",
        "Error Budget:",
        "    Remaining: 50.0% (21m36s may still fail; 108 bad of 216,000)",
        "    Status: OK",
        "Budget by day (spent):",
        "Worst ten minutes:",
        "Outages and what they cost:",
        "Corrections:",
    ]
    found = [line.replace("✓", "+") for line in lines]
    places = [found.index(line) for line in wanted]
    assert places == sorted(places)
    latency = [line.split("(")[0].split() for line in lines if line.startswith("  p") and "ms" in line]
    assert [one[0] for one in latency] == ["p50:", "p95:", "p99:"]
    assert [float(one[1]) for one in latency] == pytest.approx([185, 420, 890], rel=0.01)
    assert "5.2" not in text(sample, UTC)


def test_days_and_stretches_add_up_to_what_was_spent(sample: Report) -> None:
    for one in sample.slos[0].objectives:
        assert one.budget.remaining_ratio is not None
        assert sum(day.spent_ratio for day in one.days) == pytest.approx(1 - one.budget.remaining_ratio, abs=1e-9)
        assert sum(day.total for day in one.days) == one.budget.total
        assert one.curve[-1] == (NOW - 1, one.budget.remaining_ratio)
    available = sample.slos[0].objectives[0]
    assert [(worst.bad, worst.total) for worst in available.worst[:2]] == [(50, 50), (50, 50)]
    outage = next(spell for spell in available.spells if spell.bad == 100)
    assert (outage.start, outage.end) == (NOW - 10 * DAY, NOW - 10 * DAY + 20 * MINUTE)
    assert outage.spent_ratio == pytest.approx(0.5 * 100 / 108, abs=1e-4)


def same(one: Budget, other: Budget) -> None:
    """Field by field the same number."""
    for name in one.__struct_fields__:
        left, right = getattr(one, name), getattr(other, name)
        assert left == (pytest.approx(right, rel=1e-9) if isinstance(right, float) else right), f"{one.id}: {name}"


def test_the_same_numbers_on_the_board_in_the_report_and_in_json_and_after_a_reload() -> None:
    config, store = configured(promise(window=2 * DAY)), MemoryStore()
    begun, now = NOW - 3 * DAY - 17 * MINUTE, NOW + 1234.0
    outage = (NOW - 3 * HOUR, NOW - 3 * HOUR + 7 * MINUTE)
    live = SloBook(config)
    course = list(steady(begun, now, [outage]))
    for at, events in course:
        live.count(ROW, at, events)
    fill(store, course)
    on_board = live.budgets(now)
    in_report = budgets_of(make_report(store, config, now))
    reloaded = SloBook(config)
    reloaded.load(store, now)
    assert len(on_board) == len(in_report) == 5
    assert on_board[0].bad == 35
    encoded = msgspec.json.encode(make_report(store, config, now))
    in_json = budgets_of(msgspec.json.decode(encoded, type=Report))
    for board, report, json in zip(on_board, in_report, in_json, strict=True):
        same(board, report)
        same(board, json)
    reloaded.load(store, now + 2 * MINUTE)
    for report, again in zip(
        budgets_of(make_report(store, config, now + 120)), reloaded.budgets(now + 120), strict=True
    ):
        same(report, again)


def test_a_correction_takes_out_and_its_undoing_gives_back() -> None:
    config, store = configured(promise(window=2 * DAY)), MemoryStore()
    outage = (NOW - 3 * HOUR, NOW - 3 * HOUR + 7 * MINUTE)
    fill(store, steady(NOW - 3 * DAY, NOW, [outage]))
    before = budgets_of(make_report(store, config, NOW))
    book = SloBook(config)
    book.load(store, NOW)
    book.load(store, NOW + 2 * MINUTE)
    entered = store.correct(
        Correction(slo="api", start=outage[0], end=outage[1], reason="load test", author="ana", entered_at=NOW)
    )
    report = make_report(store, config, NOW)
    corrected = budgets_of(report)
    assert (corrected[0].bad, corrected[0].excluded_s, corrected[0].remaining_ratio) == (0, 7 * MINUTE, 1.0)
    assert corrected[0].total == before[0].total - 35
    assert corrected[2].total == before[2].total - 35, "latencies of that time are out too"
    assert [one.why for one in report.slos[0].objectives[0].taken_out] == [f"correction {entered.id} by ana: load test"]
    assert "load test (ana)" in text(report, UTC)
    book.load(store, NOW + 3 * MINUTE)
    for board, one in zip(book.budgets(NOW + 180), budgets_of(make_report(store, config, NOW + 180)), strict=True):
        same(board, one)
    store.undo(entered.id, "ben", NOW + 200)
    book.load(store, NOW + 4 * MINUTE)
    assert book.budgets(NOW + 240)[0].bad == 35
    undone = make_report(store, config, NOW)
    for one, other in zip(before, budgets_of(undone), strict=True):
        same(one, other)
    assert "undone by ben" in text(undone, UTC)
    assert not undone.slos[0].objectives[0].taken_out


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        pytest.param("2026-10-25", 25, id="clocks go back: a day of 25 hours"),
        pytest.param("2027-03-28", 23, id="clocks go forward: a day of 23 hours"),
    ],
)
def test_days_are_those_of_the_time_zone(day: str, hours: int) -> None:
    from datetime import datetime, timedelta

    midnight = datetime.fromisoformat(day).replace(tzinfo=zone_of("Europe/Berlin"))
    after = (datetime.fromisoformat(day) + timedelta(days=1)).replace(tzinfo=zone_of("Europe/Berlin"))
    store, now = MemoryStore(), after.timestamp() + 10 * HOUR
    fill(store, steady(midnight.timestamp() - 5 * HOUR, now))
    slo = promise(window=3 * DAY, time_zone="Europe/Berlin")
    (report,) = make_report(store, configured(slo), now).slos
    found = {spend.start: spend for spend in report.objectives[0].days}
    assert found[midnight.timestamp()].end == after.timestamp()
    assert found[midnight.timestamp()].total == hours * 60 * 5
    assert sum(one.total for one in report.objectives[0].days) == report.objectives[0].budget.total
    assert day in text(msgspec.structs.replace(make_report(store, configured(slo), now)), UTC)


def test_without_data_nothing_is_claimed() -> None:
    report = make_report(MemoryStore(), configured(), NOW)
    assert report.verdict == "no data"
    assert {verdict(budget) for budget in budgets_of(report)} == {"no data"}
    assert "Overall Status: NO DATA" in text(report, UTC)


def test_breached_weighs_more_than_met_and_met_more_than_no_data() -> None:
    assert overall(("met", "no data", "breached")) == "breached"
    assert overall(("met", "no data")) == "met"
    assert overall(()) == "no data"


def test_exactly_as_many_failures_as_allowed_are_allowed() -> None:
    plain = Budget(
        service="api",
        objective_percent=99.9,
        window_s=DAY,
        known_s=DAY,
        remaining_ratio=0.0,
        burn_5m=None,
        burn_1h=None,
        exhausted_in_s=None,
        sli_ratio=1 - 3 / 3000,
    )
    assert verdict(plain) == "met"
    assert verdict(msgspec.structs.replace(plain, sli_ratio=1 - 3.001 / 3000)) == "breached"


def test_markdown_and_csv_have_every_objective(sample: Report) -> None:
    told = markdown(sample, UTC)
    assert "| availability | 99.9% | 99.95% | OK | 50.0% | OK |" in told
    lines = objectives_csv(sample).splitlines()
    head = lines[0].split(",")
    cells = [dict(zip(head, line.split(","), strict=True)) for line in lines[1:]]
    assert [cell["objective"] for cell in cells] == ["availability", "errors", "p50", "p95", "p99"]
    assert float(cells[0]["sli_percent"]) == pytest.approx(99.95)
    assert float(cells[0]["remaining_percent"]) == pytest.approx(50.0, abs=0.01)


def test_what_the_world_says_is_no_markup() -> None:
    store = MemoryStore()
    fill(store, steady(NOW - HOUR, NOW))
    store.correct(Correction(slo="*", start=NOW - 600, end=NOW, reason="a|b [x](y) <b>", author="m", entered_at=NOW))
    assert "a\\|b \\[x\\](y) \\<b\\>" in markdown(make_report(store, configured(), NOW), UTC)
