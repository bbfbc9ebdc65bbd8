"""A generated history: outages of exactly known length, the same for the same seed, marked as what it is."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from ops.demo.history import Made, make, names
from ops.demo.plan import SERVICES
from ops.demo.story import events, load_at, story
from ops.past.reader import Past
from ops.slo.load import load_series
from ops.slo.objectives import objectives
from ops.slo.status import status
from ops.store.about import slos_of
from ops.store.contract import DAY_S, HOUR_S, MINUTE_S
from ops.store.opening import open_store
from ops.store.sqlite.store import SqliteStore

NOW = 1_793_000_000.0
"""Sunday 2026-10-25 19:33:20 UTC."""
DAYS = 3.0
"""Long enough for one outage: web is down for four minutes, 2.3 days before the end."""
LOST = 240.0


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[SqliteStore, Made]]:
    """Three days of six services, two of them made up."""
    store = open_store(tmp_path_factory.mktemp("history"))
    told: list[float] = []
    yield store, make(store, NOW, DAYS, services=6, told=lambda share, _: told.append(share))
    assert told == sorted(told), "progress never goes back"
    assert (told[0], told[-1]) == (0.0, 1.0)
    store.close()


def test_an_outage_has_exactly_the_length_that_the_story_tells(made: tuple[SqliteStore, Made]) -> None:
    store, history = made
    (trouble,) = history.story.of("web")
    slots = store.slots("service:web", history.story.start, history.story.end, 60)
    failed = [slot for slot in slots if slot.failed]
    assert [slot.at for slot in failed] == [trouble.start + MINUTE_S * i for i in range(4)]
    assert {(slot.total, slot.failed, slot.latencies) for slot in failed} == {(60, 60, b"")}
    assert trouble.length_s == LOST


def test_every_minute_is_there_and_none_beyond_now(made: tuple[SqliteStore, Made]) -> None:
    store, history = made
    past = history.story
    assert past.end == NOW // MINUTE_S * MINUTE_S
    for name, each in (("web", 60), ("generated-05", 6)):
        slots = store.slots(f"service:{name}", past.start, NOW + DAY_S, 60)
        assert [slot.at for slot in slots] == [past.start + 60 * i for i in range(round((past.end - past.start) / 60))]
        assert {slot.total for slot in slots} == {each}
    span = store.span()
    assert span is not None
    assert (span[0] // HOUR_S * HOUR_S, span[1] < NOW) == (past.start, True)


def test_hours_and_days_say_the_same_as_minutes(made: tuple[SqliteStore, Made]) -> None:
    store, history = made
    start, end = history.story.start // DAY_S * DAY_S, history.story.end + DAY_S
    sums = []
    for step in (60, 3600, 86400):
        slots = store.slots("service:web", start, end, step)
        sums.append((sum(slot.total for slot in slots), sum(slot.failed for slot in slots)))
    assert sums[0] == sums[1] == sums[2]


def test_an_outage_spends_exactly_what_arithmetic_says(made: tuple[SqliteStore, Made]) -> None:
    store, history = made
    slo = next(slo for slo in slos_of(store.notes()) if slo.service == "web")
    one = objectives(slo)[0]
    budget = status(one, load_series(store, one, history.story.end, ()), history.story.end)
    allowed_s = 0.01 * 30 * DAY_S
    assert budget.remaining_ratio == pytest.approx(1 - LOST / allowed_s, abs=1e-12)
    assert budget.bad_left_s == pytest.approx(allowed_s - LOST, abs=1e-6)
    assert (budget.bad, budget.known_s) == (240, history.story.end - history.story.start)


def test_it_says_that_it_was_generated(made: tuple[SqliteStore, Made]) -> None:
    store, history = made
    assert store.info().generated
    assert {slo.service for slo in slos_of(store.notes())} == {*SERVICES, *names(6)}
    shown = Past(store).board(history.story.end - HOUR_S)
    assert "generated" in " ".join(shown.notes)
    assert (shown.name, shown.environment) == ("demo shop", "demo")


def test_the_floor_of_a_moment_in_an_outage_shows_it_with_its_cause(made: tuple[SqliteStore, Made]) -> None:
    store, history = made
    (trouble,) = history.story.of("web")
    shown = Past(store).board(trouble.start + 120)
    web, process = shown.row("service:web"), shown.row("process:web")
    assert web is not None
    assert process is not None
    assert (web.level, web.word, web.reason) == ("critical", "down", "connection refused")
    assert (process.level, process.word) == ("critical", "gone")
    after = Past(store).board(trouble.end + 120).row("service:web")
    assert after is not None
    assert (after.level, after.since) == ("ok", trouble.end)


def test_deploys_restarts_and_levels_are_events(made: tuple[SqliteStore, Made]) -> None:
    store, history = made
    found = store.events(history.story.start, history.story.end)
    assert list(found) == [event for event in events(history.story) if event.at >= history.story.start]
    assert {event.kind for event in found} >= {"level", "restart"}


def test_the_same_arguments_tell_the_same_story_and_another_seed_another_one() -> None:
    extra = names(40)
    assert story(NOW, 30, extra, 7) == story(NOW, 30, extra, 7)
    assert story(NOW, 30, extra, 7) != story(NOW, 30, extra, 8)
    assert story(NOW, 30).troubles == tuple(
        each for each in story(NOW, 30, extra).troubles if each.services[0] in SERVICES
    )


def test_the_same_arguments_make_the_same_counts(tmp_path: Path) -> None:
    stores = [open_store(tmp_path / name) for name in ("one", "two")]
    for store in stores:
        make(store, NOW, 0.2, seed=3, told=lambda *_: None)
    first, second = (store.slots("service:web", NOW - DAY_S, NOW, 60) for store in stores)
    assert list(first) == list(second)
    for store in stores:
        store.close()


@pytest.mark.parametrize("days", [1.0, 7.0, 30.0, 90.0])
def test_troubles_are_whole_minutes_within_the_story_and_overlap_nothing(days: float) -> None:
    told = story(NOW, days, names(50))
    assert len(told.troubles) == len(set(told.troubles))
    for trouble in told.troubles:
        assert trouble.start % 60 == trouble.length_s % 60 == 0
        assert told.start < trouble.start < trouble.end < told.end
    for name in (*SERVICES, *names(50)):
        own = told.of(name)
        assert all(before.end <= after.start for before, after in pairwise(own))


def test_the_shop_is_quiet_at_night_and_at_weekends() -> None:
    tuesday, saturday = 1_792_454_400.0, 1_792_800_000.0
    assert load_at(tuesday + 3 * HOUR_S) < 0.05 < load_at(saturday + 15 * HOUR_S) < load_at(tuesday + 15 * HOUR_S)
