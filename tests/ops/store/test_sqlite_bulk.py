"""History written hour by hour says what the same history says that was recorded; and many threads read at once."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from ops.board import Row
from ops.store.contract import DAY_S, HOUR_S, Picture, Step
from ops.store.opening import open_store
from ops.store.rules import hour_of
from ops.store.sqlite.hours import PackedHour, pack_hour
from tests.parts.stores import DAY, counted, drained, event, record, row, same_figures, same_rows

NAMES = ("service:api", "service:web")
HOURS = 26


def at_of(minute: int) -> float:
    """When a minute was read."""
    return DAY + minute * 60 + 55.5


def shown(name: str, minute: int) -> Row:
    """A row as it was read in a minute."""
    return row(name, at_of(minute), facts={"n": minute, "share": minute / 7}, reason=f"since {minute // 45}")


def bulk_hours(name: str) -> list[PackedHour]:
    """The closed hours of a row."""
    first = hour_of(DAY)
    packed = []
    for hour in range(HOURS):
        minutes = range(hour * 60, hour * 60 + 60)
        counts = {minute % 60: (2, 1, counted(0.1 + minute / 9000).latencies) for minute in minutes}
        states = {minute % 60: shown(name, minute) for minute in minutes}
        packed.append(pack_hour(name, "service", first + hour, counts, states))
    return packed


def test_bulk_is_as_recorded(tmp_path: Path) -> None:
    end = DAY + HOURS * HOUR_S
    steps: tuple[Step, ...] = (60, HOUR_S, DAY_S)
    with closing(open_store(tmp_path / "made")) as made, closing(open_store(tmp_path / "recorded")) as recorded:
        for name in NAMES:
            made.bulk(bulk_hours(name)[:20])
            made.bulk(bulk_hours(name)[20:])
        for minute in range(HOURS * 60):
            counts = {name: counted(0.1 + minute / 9000, failed=1) for name in NAMES}
            recorded.append([record(at_of(minute), *(shown(name, minute) for name in NAMES), counts=counts)])
        drained(recorded, end + HOUR_S)
        drained(made, end + HOUR_S)
        for name in NAMES:
            for step in steps:
                assert made.slots(name, DAY, end, step) == recorded.slots(name, DAY, end, step)
                figures = [store.figures(name, "share", DAY, end, step) for store in (made, recorded)]
                assert same_figures(*figures)
            assert made.facts(name) == recorded.facts(name) == ["n", "share"]
        picture = made.picture(DAY + 3 * HOUR_S + 1234)
        assert picture
        assert (picture.at, picture.step_s) == (DAY + 3 * HOUR_S + 1200, 60)
        assert all(map(same_rows, picture.rows, (shown(name, 199) for name in NAMES)))
        assert [subject.row for subject in made.subjects()] == list(NAMES)


def test_recording_goes_on_after_bulk(tmp_path: Path) -> None:
    end = DAY + HOURS * HOUR_S
    with closing(open_store(tmp_path)) as store:
        for name in NAMES:
            store.bulk(bulk_hours(name))
        store.append([record(end + 1, row(), api=counted(0.1), happened=[event(end + 1, "start", "")])])
        drained(store, end + HOUR_S + 300)
        assert [slot.total for slot in store.slots("service:api", DAY, end + DAY_S, DAY_S)] == [2880, 241]
        picture = store.picture(end + 2)
        assert picture
        assert [made.id for made in picture.rows] == ["service:api"]


def test_many_threads_read_while_one_writes(tmp_path: Path) -> None:
    with closing(open_store(tmp_path)) as store, ThreadPoolExecutor(6) as threads:
        store.append([record(DAY, row(), api=counted(0.1))])

        def look(number: int) -> tuple[int, Picture | None]:
            total = sum(slot.total for slot in store.slots("service:api", DAY, DAY + HOUR_S, 60))
            return total, store.picture(DAY + number)

        looks = []
        for number in range(1, 120):
            looks.append(threads.submit(look, number))
            store.append([record(DAY + number, row(facts={"n": number}), api=counted(0.1))])
            store.roll(DAY + number)
        totals = [done.result()[0] for done in looks]
        assert all(total >= number for number, total in enumerate(totals, start=1))
        assert all(done.result()[1] for done in looks)
