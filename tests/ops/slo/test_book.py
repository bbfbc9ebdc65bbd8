"""The live budgets: from polls alone, from the store before them, without counting anything twice."""

import threading
from collections.abc import Sequence

import pytest

from collectors.base import Events
from collectors.units import Duration
from ops.board import Budget
from ops.config.structs import Config, Maintenance
from ops.slo.book import SloBook
from ops.slo.report import make_budgets
from ops.store.contract import Correction, Record, StoreError, Subject
from ops.store.memory import MemoryStore
from tests.parts.promised import DAY, HOUR, MINUTE, NOW, ROW, configured, counted, fill, promise, steady


def numbers(budgets: tuple[Budget, ...]) -> list[tuple[str, int, int, float | None]]:
    """What counts of budgets."""
    return [(one.id, one.total, one.bad, one.remaining_ratio) for one in budgets]


def test_without_a_store_live_data_alone_count() -> None:
    book = SloBook(configured())
    assert [(one.id, one.remaining_ratio) for one in book.budgets(NOW)] == [
        ("api availability", None), ("api errors", None), ("api p50", None), ("api p95", None), ("api p99", None)
    ]  # fmt: skip
    for second in range(0, 600, 10):
        book.count(ROW, NOW + second, counted(1, int(second == 300), [0.1]))
    available = book.budgets(NOW + 600)[0]
    assert (available.total, available.bad, available.known_s) == (60, 1, 600)
    assert available.remaining_ratio == pytest.approx(1 - (1 / 60) * 600 / (30 * DAY) / 0.001)
    assert book.budgets(NOW + 600)[3].observed_s == pytest.approx(0.1, rel=0.01)


def test_what_nothing_is_promised_of_is_not_counted() -> None:
    book = SloBook(configured())
    book.count("service:other", NOW, counted(1, 1))
    assert book.budgets(NOW)[0].total == 0


def test_a_budget_stays_the_same_object_until_its_minute_or_its_counts_change() -> None:
    book = SloBook(configured())
    book.count(ROW, NOW, counted(1))
    first = book.budgets(NOW + 1)
    assert all(one is other for one, other in zip(first, book.budgets(NOW + 59), strict=True))
    assert book.budgets(NOW + 60)[0] is not first[0]
    again = book.budgets(NOW + 61)
    book.count(ROW, NOW + 62, counted(1))
    assert book.budgets(NOW + 62)[0] is not again[0]


@pytest.mark.parametrize("recorded_late", [False, True], ids=["all is in the store", "the newest is not there yet"])
def test_a_restart_counts_everything_once(recorded_late: bool) -> None:
    config, store = configured(promise(window=2 * DAY)), MemoryStore()
    start = NOW + 17.0
    course = list(steady(NOW - 3 * DAY, start, [(NOW - HOUR, NOW - HOUR + 5 * MINUTE)]))
    fill(store, course)
    book = SloBook(config)
    live = [(start + 10 * step, counted(1, step % 2, [0.2])) for step in range(60)]
    for at, events in live[:3]:
        book.count(ROW, at, events)
        if not recorded_late:
            fill(store, [(at, events)])
    book.load(store, start + 30)
    for at, events in live[3:]:
        book.count(ROW, at, events)
        fill(store, [(at, events)])
        book.load(store, at)
    if recorded_late:
        fill(store, live[:3])
    whole = MemoryStore()
    fill(whole, [*course, *live])
    end = start + 600
    if recorded_late:
        # What reached the store only later is not missed: it was counted live.
        assert book.budgets(end)[0].bad in (25 + 30, 25 + 29)
    else:
        assert numbers(book.budgets(end)) == numbers(make_budgets(whole, config, end))


def test_days_of_running_agree_with_the_store() -> None:
    """Windows move on over what was loaded: minutes are read where they begin, and all of it once a day."""
    config, store = configured(promise(window=4 * DAY)), MemoryStore()
    outages = [(NOW - back * HOUR, NOW - back * HOUR + 7 * MINUTE) for back in (6.2, 23.9, 71.5, 80, 95.7)]
    course = list(steady(NOW - 6 * DAY, NOW + 30 * HOUR, outages, each=2))
    before = [one for one in course if one[0] < NOW]
    fill(store, before)
    book = SloBook(config)
    book.load(store, NOW)
    for at, events in course[len(before) :]:
        book.count(ROW, at, events)
        fill(store, [(at, events)])
        if at % 600 < 60:
            book.load(store, at + 1)
        if at % 9000 < 60:
            here, there = book.budgets(at + 2)[0], make_budgets(store, config, at + 2)[0]
            assert [(one.long, one.short) for one in here.burns] == [(one.long, one.short) for one in there.burns]
            assert here.bad == there.bad, (at - NOW) / HOUR


def test_a_correction_is_seen_at_the_next_look() -> None:
    config, store = configured(), MemoryStore()
    fill(store, steady(NOW - DAY, NOW, [(NOW - HOUR, NOW - HOUR + 600)]))
    book = SloBook(config)
    book.load(store, NOW)
    assert book.budgets(NOW)[0].bad == 50
    store.correct(Correction(slo="*", start=NOW - HOUR, end=NOW, reason="x", author="y", entered_at=NOW))
    book.load(store, NOW + 60)
    assert (book.budgets(NOW + 60)[0].bad, book.budgets(NOW + 60)[0].excluded_s) == (0, HOUR)
    store.correct(Correction(slo="other", start=NOW - DAY, end=NOW, reason="x", author="y", entered_at=NOW))
    book.load(store, NOW + 120)
    assert book.budgets(NOW + 120)[0].excluded_s == HOUR, "that of another SLO is not ours"


def planned(start: float, length_s: float) -> Config:
    """A config with planned work."""
    from datetime import UTC, datetime

    work = Maintenance(name="disk", start=datetime.fromtimestamp(start, UTC), length=Duration(length_s))
    return configured(maintenance=(work,))


def test_planned_work_counts_for_nothing_live_or_loaded() -> None:
    config, store = planned(NOW + HOUR, HOUR), MemoryStore()
    course = list(steady(NOW, NOW + 3 * HOUR, [(NOW + HOUR, NOW + 2 * HOUR)]))
    fill(store, course)
    book = SloBook(config)
    for at, events in course:
        book.count(ROW, at, events)
    end = NOW + 3 * HOUR
    assert (book.budgets(end)[0].bad, book.budgets(end)[0].excluded_s) == (0, HOUR)
    assert numbers(book.budgets(end)) == numbers(make_budgets(store, config, end))


def test_a_store_that_can_not_be_read_leaves_what_was_counted() -> None:
    class Broken(MemoryStore):
        def subjects(self) -> Sequence[Subject]:
            raise StoreError("it is gone")

    book = SloBook(configured())
    book.count(ROW, NOW, counted(5, 1))
    with pytest.raises(StoreError):
        book.load(Broken(), NOW + 1)
    assert book.budgets(NOW + 2)[0].total == 5
    book.count(ROW, NOW + 3, counted(5, 1))
    book.load(MemoryStore(), NOW + 4)
    assert book.budgets(NOW + 5)[0].total == 10


def test_counting_goes_on_while_the_store_is_read() -> None:
    """What comes in while a slow store is read is in the budgets before and after."""
    entered, go_on = threading.Event(), threading.Event()

    class Slow(MemoryStore):
        def subjects(self) -> Sequence[Subject]:
            entered.set()
            assert go_on.wait(10)
            return super().subjects()

    store = Slow()
    store.append([Record(at=NOW - HOUR, counted={ROW: Events(total=100, failed=0)})])
    book = SloBook(configured())
    book.count(ROW, NOW, counted(1))
    thread = threading.Thread(target=book.load, args=(store, NOW + 1))
    thread.start()
    assert entered.wait(10)
    book.count(ROW, NOW + 2, counted(1))
    assert book.budgets(NOW + 2)[0].total == 2
    go_on.set()
    thread.join(10)
    book.count(ROW, NOW + 3, counted(1))
    assert book.budgets(NOW + 3)[0].total == 103
