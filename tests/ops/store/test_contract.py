"""What every store must do, asked of each of them in the same words."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec.structs import fields, replace

from collectors.sketch import Sketch, merged
from ops.board import Bucket, Check, Row, WindowStats
from ops.store.contract import DAY_S, HOUR_S, MINUTE_S, Correction, Retention, Slot, Store, StoreError
from ops.store.memory import MemoryStore
from ops.store.minutes import unpack_minutes
from ops.store.opening import open_store
from ops.store.rules import TARGETS_NOTE
from tests.parts.stores import DAY, counted, drained, event, record, row, sketch

Opens = Callable[[Retention], Store]
LATER = DAY + 3 * HOUR_S


@pytest.fixture(params=["memory", "sqlite"])
def opens(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opens]:
    """Opens the store; all that it opened is closed in the end."""
    opened: list[Store] = []

    def made(retention: Retention) -> Store:
        kind = request.param
        opened.append(MemoryStore(retention) if kind == "memory" else open_store(tmp_path, retention=retention))
        return opened[-1]

    yield made
    for store in opened:
        store.close()


@pytest.fixture
def store(opens: Opens) -> Store:
    """A store that keeps what stores keep."""
    return opens(Retention())


def test_an_empty_store_knows_nothing(store: Store) -> None:
    assert (store.span(), store.picture(DAY), list(store.subjects())) == (None, None, [])
    assert list(store.slots("service:api", 0, DAY, 60)) == []
    assert (list(store.events(0, DAY)), list(store.counted_rows()), list(store.facts("service:api"))) == ([], [], [])
    assert list(store.figures("service:api", "cpu_percent", 0, DAY, 3600)) == []
    drained(store, DAY)
    assert store.roll(DAY) is False
    assert (store.info().first, store.info().raw) == (None, 0)


@pytest.mark.parametrize("rolled", [pytest.param(False, id="before rolling up"), pytest.param(True, id="rolled up")])
def test_counts_are_exact_by_minute_hour_and_day(store: Store, rolled: bool) -> None:
    store.append([record(DAY + 1, api=counted(0.1, 0.2)), record(DAY + 59, api=counted(0.3, failed=1))])
    store.append([record(DAY + 60, api=counted(0.4)), record(DAY + HOUR_S, api=counted(failed=2))])
    store.append([record(DAY + 61, api=counted()), record(DAY + 180, api=counted())])
    if rolled:
        drained(store, LATER)
    assert list(store.slots("service:api", DAY, DAY + DAY_S, MINUTE_S)) == [
        Slot(at=DAY, total=4, failed=1, latencies=sketch(0.1, 0.2, 0.3)),
        Slot(at=DAY + 60, total=1, failed=0, latencies=sketch(0.4)),
        Slot(at=DAY + 180, total=0, failed=0),
        Slot(at=DAY + 3600, total=2, failed=2),
    ]
    hours = store.slots("service:api", DAY, DAY + DAY_S, HOUR_S)
    assert [(slot.at, slot.total, slot.failed) for slot in hours] == [(DAY, 5, 1), (DAY + 3600, 2, 2)]
    assert hours[0].latencies == sketch(0.1, 0.2, 0.3, 0.4)
    assert [list(unpack_minutes(slot.minutes)) for slot in hours] == [[(0, 4, 1), (1, 1, 0), (3, 0, 0)], [(0, 2, 2)]]
    (day,) = store.slots("service:api", DAY, DAY + DAY_S, DAY_S)
    assert (day.at, day.total, day.failed, day.latencies) == (DAY, 7, 3, hours[0].latencies)
    assert list(unpack_minutes(day.minutes)) == [(0, 4, 1), (1, 1, 0), (3, 0, 0), (60, 2, 2)]
    assert list(store.counted_rows()) == ["service:api"]


@pytest.mark.parametrize("rolled", [pytest.param(False, id="before rolling up"), pytest.param(True, id="rolled up")])
def test_several_rows_are_asked_at_once(store: Store, rolled: bool) -> None:
    counts = {"service:web": counted(0.2)}
    store.append([record(DAY + 1, api=counted(0.1), counts=counts), record(DAY + 61, api=counted(failed=1))])
    if rolled:
        drained(store, LATER)
    rows = ("service:api", "service:web", "service:unknown")
    found = store.slots_of(rows, DAY, DAY + DAY_S, HOUR_S)
    assert {row_id: list(slots) for row_id, slots in found.items() if slots} == {
        row_id: list(store.slots(row_id, DAY, DAY + DAY_S, HOUR_S)) for row_id in rows[:2]
    }
    assert store.latencies(rows, DAY) == {"service:api": {0: sketch(0.1)}, "service:web": {0: sketch(0.2)}}
    assert store.latencies(rows, DAY + HOUR_S) == {}


def test_a_day_in_which_nobody_asked_is_kept_as_watched(opens: Opens) -> None:
    store = opens(Retention(minutes_s=2 * HOUR_S))
    store.append([record(DAY + at, api=counted()) for at in (0, 60, 5 * HOUR_S)])
    drained(store, DAY + DAY_S)
    hours, days = (store.slots("service:api", DAY, DAY + DAY_S, step) for step in (HOUR_S, DAY_S))
    assert [list(unpack_minutes(slot.minutes)) for slot in hours] == [[(0, 0, 0), (1, 0, 0)], [(0, 0, 0)]]
    assert [list(unpack_minutes(slot.minutes)) for slot in days] == [[(0, 0, 0), (1, 0, 0), (300, 0, 0)]]


def test_steps_count_where_they_begin(store: Store) -> None:
    store.append([record(DAY + at, api=counted(0.1)) for at in (0, 60, 120)])
    given = store.slots("service:api", DAY + 0.5, DAY + 120, MINUTE_S)
    assert [slot.at for slot in given] == [DAY + 60]
    assert list(store.slots("service:api", DAY + 120, DAY, MINUTE_S)) == []
    assert len(store.slots("service:api", float("-inf"), float("inf"), MINUTE_S)) == 3


def test_a_minute_that_comes_again_is_added_to(store: Store) -> None:
    # The clock was set back after the hour was rolled up.
    store.append([record(DAY + 30, row(facts={"cpu_percent": 4.0}), api=counted(0.1))])
    drained(store, LATER)
    store.append([record(DAY + 10, row(facts={"cpu_percent": 8.0}), api=counted(0.2, failed=1))])
    for _ in range(2):
        for step in (MINUTE_S, HOUR_S, DAY_S):
            (slot,) = store.slots("service:api", DAY, DAY + DAY_S, step)
            assert (slot.total, slot.failed, slot.latencies) == (3, 1, sketch(0.1, 0.2))
            (figure,) = store.figures("service:api", "cpu_percent", DAY, DAY + DAY_S, step)
            assert (figure.value, figure.least, figure.most) == (8.0, 8.0, 8.0)
        drained(store, LATER)


def test_a_row_comes_back_as_it_was(store: Store) -> None:
    whole = row(
        "docker:local/db",
        at=DAY + 1.234567,
        host="db1",
        key="0123abc",
        level="critical",
        word="down",
        reason="refused",
        stale=True,
        flapping=True,
        facts={"count": 3, "ratio": 0.123456789, "state": "up", "on": True, "unknown": None, "large": 2**80},
        texts={"output": "it said: no", "a: b": ""},
        hints=("try this",),
        checks=(Check(id="reach", level="critical", word="down", text="refused", since=DAY, pending=True),),
        depends_on=("host:db1",),
        runbook="https://wiki.test/db",
        error="refused",
        remedy="start it",
        trend_of="ratio",
    )
    given = replace(
        whole,
        stats=(WindowStats(window_s=300, count=1, failed=0),),
        trend=(1.0, None),
        buckets=(Bucket(at=DAY, p50_s=None, p95_s=None, p99_s=None, failed=0, count=0),),
    )
    # One whose fields all differ from their defaults; what a row gains must be kept, too.
    assert not [field.name for field in fields(Row) if getattr(given, field.name) == field.default]
    store.append([record(DAY + 1, given)])
    picture = store.picture(DAY + 1)
    assert picture
    kept = picture.rows[0]
    assert kept.facts["large"] in (2**80, float(2**80))
    assert replace(kept, facts={}) == replace(whole, facts={})
    assert {**kept.facts, "large": 0} == {**whole.facts, "large": 0}


def test_a_picture_is_exact_while_raw_readings_are_kept(store: Store) -> None:
    store.append([record(DAY + 1, row(reason="one")), record(DAY + 1.5, row("service:web"))])
    store.append([record(DAY + 2, row(reason="two"))])
    assert store.picture(DAY + 0.9) is None
    shown = [store.picture(DAY + at) for at in (1.0, 1.9, 2.0)]
    assert [picture and picture.at for picture in shown] == [DAY + 1, DAY + 1.5, DAY + 2]
    assert [[made.reason for made in picture.rows] for picture in shown if picture] == [
        ["one"],
        ["one", ""],
        ["two", ""],
    ]
    assert all(picture.step_s == 0 for picture in shown if picture)


def test_a_picture_needs_something_recorded_within_ten_minutes(store: Store) -> None:
    store.append([record(DAY, row())])
    assert store.picture(DAY + 599)
    assert store.picture(DAY + 700) is None


def test_rows_go_come_back_and_end_with_the_recording(store: Store) -> None:
    store.append([record(DAY, row(), row("service:web"))])
    store.append([record(DAY + 10, gone=["service:web", "never:there"])])
    store.append([record(DAY + 20, row("service:web"))])
    store.append([record(DAY + 30, happened=[event(DAY + 30, "start", "")]), record(DAY + 31, row())])
    shown = {at: picture.rows if (picture := store.picture(DAY + at)) else () for at in (5, 15, 25, 30, 35)}
    assert {at: [made.name for made in rows] for at, rows in shown.items()} == {
        5: ["api", "web"], 15: ["api"], 25: ["api", "web"], 30: [], 35: ["api"],
    }  # fmt: skip
    assert [subject.row for subject in store.subjects()] == ["service:api", "service:web"]


def test_rows_stand_as_on_the_floor(store: Store) -> None:
    parts = [row("docker:local"), row("docker:local/b"), row("docker:local/a")]
    store.append([record(DAY, row("service:web")), record(DAY + 1, *parts), record(DAY + 2, row("service:api"))])

    def order() -> list[str]:
        picture = store.picture(DAY + 3)
        return [made.id for made in picture.rows] if picture else []

    local = ["docker:local", "docker:local/b", "docker:local/a"]
    assert order() == ["service:web", *local, "service:api"]
    store.note(TARGETS_NOTE, "service:api\ndocker:local")
    assert order() == ["service:api", *local, "service:web"]


@pytest.fixture
def aged(opens: Opens) -> Store:
    """A day, a minute at a time, of which two hours are kept raw, six by the minute."""
    store = opens(Retention(raw_s=2 * HOUR_S, minutes_s=6 * HOUR_S, hours_s=10 * DAY_S))
    for minute in range(0, 1440, 5):
        at = DAY + minute * 60 + 30
        store.append([record(at, row(at=at, facts={"minute": minute}), api=counted(0.1))])
    drained(store, DAY + DAY_S)
    return store


def test_pictures_become_coarser_with_age(aged: Store) -> None:
    ages = {at: aged.picture(DAY + at * HOUR_S + 1815) for at in (23, 19, 10)}
    told = {at: picture and (picture.at - DAY, picture.step_s, picture.rows[0].facts) for at, picture in ages.items()}
    assert told == {
        23: (23 * 3600 + 1530, 0, {"minute": 23 * 60 + 25}),
        19: (19 * 3600 + 1560, 60, {"minute": 19 * 60 + 25}),
        10: (10 * 3600, 3600, {"minute": 595}),
    }
    assert aged.picture(DAY - 1) is None


def test_minutes_are_dropped_and_hours_stay(aged: Store) -> None:
    assert aged.slots("service:api", 0, DAY + DAY_S, MINUTE_S)[0].at == DAY + 18 * HOUR_S
    hours = aged.slots("service:api", 0, DAY + DAY_S, HOUR_S)
    assert [slot.total for slot in hours] == [12] * 24
    assert all(len(list(unpack_minutes(slot.minutes))) == 12 for slot in hours)
    assert aged.slots("service:api", 0, DAY + DAY_S, DAY_S)[0].total == 288
    assert aged.figures("service:api", "minute", 0, DAY + DAY_S, MINUTE_S)[0].value == 18 * 60
    assert aged.figures("service:api", "minute", 0, DAY + DAY_S, HOUR_S)[0].value == pytest.approx(27.5)
    (day,) = aged.figures("service:api", "minute", 0, DAY + DAY_S, DAY_S)
    assert (round(day.value, 6), day.least, day.most) == (717.5, 0, 1435)


def test_whole_days_are_dropped_in_the_end(opens: Opens) -> None:
    store = opens(Retention(raw_s=HOUR_S, minutes_s=HOUR_S, hours_s=2 * DAY_S))
    for day in range(4):
        at = DAY + day * DAY_S
        store.append([record(at, row(), happened=[event(at)], api=counted(0.1))])
        drained(store, at + DAY_S)
    assert [slot.at for slot in store.slots("service:api", 0, DAY + 9 * DAY_S, DAY_S)] == [
        DAY + 2 * DAY_S, DAY + 3 * DAY_S,
    ]  # fmt: skip
    assert [happened.at for happened in store.events(0, DAY + 9 * DAY_S)] == [DAY + 2 * DAY_S, DAY + 3 * DAY_S]
    assert store.span() == (DAY + 2 * DAY_S, DAY + 3 * DAY_S)
    drained(store, DAY + 30 * DAY_S)
    assert (store.span(), list(store.subjects()), list(store.counted_rows())) == (None, [], [])


def test_facts_are_numbers(store: Store) -> None:
    facts = {"cpu_percent": 1.5, "state": "up", "on": True, "unknown": None, "odd": float("nan"), "count": 3}
    store.append([record(DAY, row(facts=facts)), record(DAY + 60, row(facts={"cpu_percent": 2.5, "unknown": 7}))])
    assert list(store.facts("service:api")) == ["count", "cpu_percent", "unknown"]
    figures = store.figures("service:api", "cpu_percent", DAY, DAY + 120, MINUTE_S)
    assert [(figure.at, figure.value) for figure in figures] == [(DAY, 1.5), (DAY + 60, 2.5)]


def test_events_are_found_by_time_kind_and_row(store: Store) -> None:
    late, early = event(DAY + 9, "deploy"), event(DAY + 1, "restart", "service:web", "again")
    store.append([record(DAY, happened=[late, early])])
    assert list(store.events(DAY, DAY + 10)) == [early, late]
    assert list(store.events(DAY, DAY + 9)) == [early]
    assert list(store.events(DAY, DAY + 10, kinds=["deploy", "config"])) == [late]
    assert list(store.events(DAY, DAY + 10, row="service:web")) == [early]
    assert store.span() == (DAY + 1, DAY + 9)


def test_a_correction_can_be_undone_once(store: Store) -> None:
    entered = Correction(slo="api", start=DAY, end=DAY + 60, reason="load test", author="ann", entered_at=DAY + 99)
    first, second = store.correct(entered), store.correct(replace(entered, slo="*"))
    assert (first.id, second.id) == (1, 2)
    undone = store.undo(1, "bob", DAY + 200)
    assert undone == replace(entered, id=1, undone_at=DAY + 200, undone_by="bob")
    assert list(store.corrections()) == [undone, second]
    for number, why in ((1, "correction 1 is undone already"), (7, "there is no correction 7")):
        with pytest.raises(StoreError, match=why) as caught:
            store.undo(number, "bob", DAY)
        assert caught.value.remedy


def test_notes_are_replaced(store: Store) -> None:
    store.note("name", "shop")
    store.note("generated", "30 days")
    store.note("name", "other shop")
    assert dict(store.notes()) == {"generated": "30 days", "name": "other shop"}
    assert store.info().generated


def test_what_it_holds_is_told(store: Store) -> None:
    store.append([record(DAY + 1, row(), api=counted(0.1), happened=[event(DAY + 2)])])
    drained(store, LATER)
    info = store.info()
    assert (info.first, info.last, info.subjects, info.events) == (DAY + 1, DAY + 2, 1, 1)
    assert (info.raw, info.minutes, info.hours, info.days) == (1, 1, 1, 1)
    assert (info.generated, info.retention) == (False, Retention())
    assert store.vacuum() >= 0


def test_rolled_up_and_merged_is_merged_raw(store: Store) -> None:
    raw = Sketch()
    for number in range(200):
        at, latency = DAY + number * 97.0, 0.001 * (number % 37)
        raw.add(latency)
        store.append([record(at, api=counted(latency))])
        if number % 50 == 49:
            drained(store, at)
    for step in (MINUTE_S, HOUR_S, DAY_S):
        slots = store.slots("service:api", DAY, DAY + DAY_S, step)
        assert merged(Sketch.unpack(slot.latencies) for slot in slots) == raw
        assert sum(slot.total for slot in slots) == 200
