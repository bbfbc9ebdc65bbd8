"""The floor as it was: what the store knows becomes the Board that was shown, and gaps say so."""

from datetime import UTC, datetime
from itertools import count
from types import SimpleNamespace

import pytest
from msgspec.structs import replace

from collectors.base import Collector, Reading, TargetConfig
from collectors.units import Duration
from ops.board import WINDOWS
from ops.config.structs import Config, LatencyObjective, Maintenance, Settings, Slo, TargetSpec
from ops.figures import duration
from ops.past.budgets import config_of
from ops.past.reader import CHANGES_KEPT, NOTHING, Past
from ops.past.wall import moment
from ops.slo.load import load_series
from ops.slo.status import status
from ops.slo.taken import all_objectives
from ops.store.about import about
from ops.store.contract import Correction, Event, Record
from ops.store.memory import MemoryStore
from tests.parts.stores import DAY, counted, event, record, row
from tui.cli.table import lines

BEGUN = DAY + 8 * 3600
"""When the recording of an hour and a half begins."""
BROKE = BEGUN + 3600
ENDED = BEGUN + 5400
SLO = Slo(service="api", objective=99.0, latency=LatencyObjective(p95=Duration(0.5)))
CONFIG = Config(
    path="", settings=Settings(name="shop", environment="production"), targets=(), thresholds=(), slos=(SLO,)
)


class Polled(Collector[TargetConfig]):
    """What an SLO's target is read by."""

    name, section, title, Config = "polled", "service", "Polled", TargetConfig

    async def collect(self) -> Reading:
        """Nothing."""
        return Reading(())


def _night() -> MemoryStore:
    """An hour of well-being, then half an hour in which api is down and takes web with it; a reading each 10 s."""
    store = MemoryStore()
    store.note("name", "shop")
    at = BEGUN
    records: list[Record] = []
    while at <= ENDED:
        down = at >= BROKE
        state = {"level": "critical", "word": "down", "reason": "answers 500", "since": BROKE} if down else {}
        api = row("service:api", at, facts={"total_s": 0.01 * (1 + at % 60 / 10)}, **state)
        web = row("service:web", at, facts={"total_s": 0.02}, depends_on=("service:api",), **state)
        happened = [event(at, text="answers 500")] if at == BROKE else []
        events = counted(failed=1) if down else counted(0.04 if at % 100 else 2.0)
        records.append(record(at, api, happened=happened, api=events))
        records.append(record(at + 0.5, web, counts={"service:web": events}))
        at += 10
    store.append(records)
    return store


@pytest.fixture(scope="module")
def night() -> MemoryStore:
    return _night()


def test_before_it_broke_all_was_well(night: MemoryStore) -> None:
    board = Past(night, CONFIG).board(BROKE - 30)
    assert (board.mode, board.at, board.name, board.environment) == ("replayed", BROKE - 30, "shop", "production")
    assert [(each.id, each.level) for each in board.rows] == [("service:api", "ok"), ("service:web", "ok")]
    assert (board.causes, board.changes, board.notes) == ((), (), ())


def test_after_it_broke_the_cause_is_found_again(night: MemoryStore) -> None:
    board = Past(night, CONFIG).board(BROKE + 600)
    assert [cause.row for cause in board.causes] == ["service:api"]
    assert board.causes[0].affected == ("service:web",)
    assert [(change.at, change.row, change.after) for change in board.changes] == [(BROKE, "service:api", "critical")]
    assert board.rows[0].since == BROKE


def test_windows_have_whole_minutes_and_nothing_that_came_later(night: MemoryStore) -> None:
    stats = Past(night, CONFIG).board(BROKE + 119.9).rows[0].stats
    assert [(window.window_s, window.count, window.failed) for window in stats] == [
        (300.0, 30, 6),
        (1800.0, 180, 6),
        (3600.0, 360, 6),
    ]
    assert stats[0].p50_s == pytest.approx(0.04, rel=0.01)
    assert stats[2].p99_s == pytest.approx(2.0, rel=0.01)


def test_the_first_minute_has_windows_while_it_is_the_newest() -> None:
    store = MemoryStore()
    store.append([record(DAY + at, row(at=DAY + at), api=counted(0.1)) for at in (2, 12)])
    assert [window.count for window in Past(store).board(DAY + 15).rows[0].stats] == [2, 2, 2]
    store.append([record(DAY + 22, row(at=DAY + 22), api=counted(0.1))])
    assert [window.count for window in Past(store).board(DAY + 15).rows[0].stats] == [0, 0, 0], "it knows only minutes"


def test_the_sparkline_is_that_of_the_half_hour_before(night: MemoryStore) -> None:
    seen = Past(night, CONFIG).board(BEGUN + 300).rows[0]
    assert seen.trend_of == "total_s"
    assert seen.trend[:25] == (None,) * 25
    assert seen.trend[25:] == pytest.approx([0.06] * 5)


def test_parts_have_no_windows_and_rows_without_counts_have_empty_ones() -> None:
    store = MemoryStore()
    store.append([record(DAY, row("docker:local"), row("docker:local/db"))])
    first, part = Past(store).board(DAY + 5).rows
    assert [window.window_s for window in first.stats] == [span_s for _, span_s in WINDOWS]
    assert sum(window.count for window in first.stats) == 0
    assert part.stats == ()


def test_a_gap_says_where_there_is_something() -> None:
    store = MemoryStore()
    store.append([record(DAY, row(at=DAY), api=counted(0.1))])
    store.append([record(DAY + 7230, row(at=DAY + 7230), api=counted(0.1))])
    past = Past(store)
    board = past.board(DAY + 3600)
    assert (board.rows, board.played, past.whole) == ((), NOTHING, True)
    (told,) = board.notes
    assert told.startswith(f"nothing was recorded at {moment(DAY + 3600)}; the nearest data is of {moment(DAY + 60)}")
    assert f"and {moment(DAY + 7230)} (1h after)" in told
    for end in (DAY + 60, DAY + 7230):
        assert past.board(end).rows, "what is named as nearest can be seen"


def test_what_was_old_then_is_marked() -> None:
    store = MemoryStore()
    store.append([record(DAY, row(at=DAY), api=counted(0.1))])
    fresh, old = Past(store).board(DAY + 30), Past(store).board(DAY + 300)
    assert (fresh.rows[0].stale, fresh.notes) == (False, ())
    assert old.rows[0].stale
    assert old.notes == (f"nothing was recorded after {moment(DAY)}: this was seen last",)
    store.append([record(DAY + 400, row(at=DAY + 400), api=counted(0.1))])
    assert Past(store).board(DAY + 300).notes == ("nothing was recorded for 5m until then: this was seen last",)


def _killed(intervals: dict[str, float]) -> Past:
    """A reading each 10 s until the process was killed; two minutes later another one begins."""
    store = MemoryStore()
    store.append([record(DAY + at, row(at=DAY + at), api=counted(0.1)) for at in range(0, 70, 10)])
    begun = Event(at=DAY + 196, kind="start", row="", text="the recording began, 2m16s after the last reading")
    store.append([record(DAY + 196, happened=[begun])])
    store.append([record(DAY + at, row(at=DAY + at), api=counted(0.1)) for at in range(200, 300, 10)])
    return Past(store, replace(CONFIG, intervals=intervals, slos=()))


@pytest.mark.parametrize("ago", [11.5, 60.5, 131.0], ids=lambda ago: f"{ago:g} s after its last reading")
def test_between_two_recordings_nothing_looks_fresh(ago: float) -> None:
    board = _killed({"service:api": 60.0, "service:web": 10.0}).board(DAY + 60 + ago)
    assert [row.stale for row in board.rows] == [True]
    assert board.notes == (
        f"nothing was recorded between {moment(DAY + 60)} and {moment(DAY + 196)}: this was seen last",
    )
    assert board.played == f"nothing recorded for {duration(ago)}"
    assert "read " in lines(board, board.rows)[0]


@pytest.mark.parametrize("at", [DAY + 65, DAY + 45, DAY + 205], ids=lambda at: f"{at - DAY:g} s")
def test_while_it_records_no_hole_is_told(at: float) -> None:
    board = _killed({"service:api": 10.0}).board(at)
    assert ([row.stale for row in board.rows], board.notes, board.played) == ([False], (), "")


def test_how_old_a_reading_may_be_is_known_from_what_the_store_tells() -> None:
    store = MemoryStore()
    store.append([record(DAY, row(at=DAY)), record(DAY + 400, row(at=DAY + 400))])
    seldom, often = (Past(store, replace(CONFIG, slos=(), intervals={"service:api": each})) for each in (300.0, 5.0))
    assert ([seldom.board(DAY + 50).rows[0].stale, often.board(DAY + 50).rows[0].stale]) == [False, True]
    assert (seldom.board(DAY + 300).notes, len(often.board(DAY + 300).notes)) == ((), 1)


def test_an_empty_store_says_so() -> None:
    board = Past(MemoryStore()).board(DAY)
    assert "nothing at all was recorded" in board.notes[0]


def test_changes_are_bounded_and_newest_first() -> None:
    store = MemoryStore()
    store.append([record(DAY + i, row(at=DAY + i), happened=[event(DAY + i, text=str(i))]) for i in range(300)])
    changes = Past(store).board(DAY + 250).changes
    assert len(changes) == CHANGES_KEPT
    assert [changes[0].text, changes[-1].text] == ["250", "151"]


@pytest.mark.parametrize("minute", [60.0, 600.0, 3540.0, 3600.0, 3660.0, 5340.0], ids=lambda at: f"{at:.0f} s")
def test_budgets_are_those_that_the_store_alone_gives(night: MemoryStore, minute: float) -> None:
    past, at = Past(night, CONFIG), BEGUN + minute
    past.board(at + 1000)
    for budget, objective in zip(past.board(at + 20).budgets, all_objectives(CONFIG), strict=True):
        cut = MemoryStore()
        cut.append(_records_until(at))
        wanted = status(objective, load_series(cut, objective, at - 0.001), at - 0.001)
        assert replace(budget, observed_s=None) == wanted


def _records_until(at: float) -> list[Record]:
    found = []
    moment_s = BEGUN
    while moment_s < at:
        down = moment_s >= BROKE
        events = counted(failed=1) if down else counted(0.04 if moment_s % 100 else 2.0)
        found.append(record(moment_s, row("service:api", moment_s), api=events))
        moment_s += 10
    return found


def test_a_quick_look_tells_budgets_later(night: MemoryStore) -> None:
    past = Past(night, CONFIG)
    quick = past.board(BROKE + 600, 0.0)
    assert not past.whole
    assert [budget.id for budget in quick.budgets] == ["api availability", "api p95"]
    assert {budget.remaining_ratio for budget in quick.budgets} == {None}
    whole = past.board(BROKE + 600, 10.0)
    assert past.whole
    assert whole.rows is quick.rows, "what was read once is not read again"
    assert whole.budgets[0].bad == 60
    assert whole.budgets == past.board(BROKE + 600).budgets


def test_what_has_the_least_left_is_read_first(night: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A look that has time for one SLO only has the one that was worst in the look before."""
    healthy, broken = replace(SLO, name="calm", service="docs"), replace(SLO, name="worse", service="web")
    past = Past(night, replace(CONFIG, slos=(healthy, SLO, replace(broken, objective=90.0))))
    whole = past.board(BROKE + 600).budgets
    assert [budget.service for budget in whole] == ["calm"] * 2 + ["api"] * 2 + ["worse"] * 2
    monkeypatch.setattr("ops.past.budgets.time", SimpleNamespace(monotonic=count().__next__))
    quick = past.board(BROKE - 600, 1.5)
    assert not past.whole
    assert {budget.service for budget in quick.budgets if budget.sli_ratio is not None} == {"api"}


def test_planned_work_and_corrections_leave_budgets_of_the_past() -> None:
    store = _night()
    works = (Maintenance(name="night", every="day 09:00", length=Duration(600)),)
    planned = Past(store, replace(CONFIG, maintenance=works)).board(BROKE + 1200).budgets[0]
    assert (planned.bad, planned.excluded_s) == (60, 600.0)
    store.correct(Correction(slo="api", start=BROKE, end=BROKE + 300, reason="test", author="me", entered_at=ENDED))
    assert Past(store, CONFIG).board(BROKE + 1200).budgets[0].bad == 90


def test_a_copied_store_reckons_as_the_original() -> None:
    """By its own words: name, promises, planned work, and how often what they count on was polled."""
    works = (
        Maintenance(name="night", every="day 08:05", length=Duration(600), time_zone="Europe/Berlin"),
        Maintenance(name="move", start=datetime.fromtimestamp(BROKE + 60, UTC), slos=("ap*",)),
    )
    polled = TargetConfig(name="api", interval=Duration(180), timeout=Duration(5))
    target = TargetSpec(id="service:api", collector=Polled, config=polled)
    here, copy = replace(CONFIG, maintenance=works, targets=(target,)), _night()
    for name, value in about(here).items():
        copy.note(name, value)
    there = config_of(copy)
    assert (there.maintenance, all_objectives(there)) == (works, all_objectives(here))
    assert Past(copy).board(BROKE + 600).budgets == Past(copy, here).board(BROKE + 600).budgets
    assert Past(copy).step_s(BROKE, ENDED) == Past(copy, here).step_s(BROKE, ENDED)


def test_words_that_nobody_understands_tell_nothing() -> None:
    store = MemoryStore()
    for name in ("slos", "maintenance", "intervals"):
        store.note(name, '{"a": [')
    there = config_of(store)
    assert (there.slos, there.maintenance, there.intervals) == ((), (), {})


def test_a_budget_has_its_story(night: MemoryStore) -> None:
    past = Past(night, CONFIG)
    found = past.budget("api availability", BROKE + 600)
    assert found is not None
    assert found.budget.bad >= 60
    assert past.budget("api speed", BROKE) is None
