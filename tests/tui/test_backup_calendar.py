"""The calendar of kept backups, and what each day of it is said to have."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ops.backup.structs import Kept
from ops.slo.calendar import zone
from tests.parts.memory_backups import DAY, HOUR, NOW, event, kept, month
from tui.glyphs import ASCII, UNICODE
from tui.panes.backup_calendar import MONTH, calendar, farthest, months, sign
from tui.panes.backup_known import MARKS, Day, Mark, days, known, mark, proof_mark
from tui.widgets.lines import Line

TODAY = int(NOW // DAY)


def text(lines: list[Line]) -> str:
    return "\n".join("".join(part for part, _ in line).rstrip() for line in lines)


@pytest.mark.parametrize(
    ("one", "wanted", "proof"),
    [
        pytest.param(kept(0), "verified", "verified", id="read through"),
        pytest.param(kept(0, drilled_at=NOW), "drilled", "drilled", id="restored for proof, which is more"),
        pytest.param(kept(0, verified_at=None), "unverified", "unverified", id="nobody has read it"),
        pytest.param(kept(0, expires="too old", reasons=()), "expires", "verified", id="proven, and goes soon"),
        pytest.param(kept(0, expires="too old", broken="cut off"), "broken", "broken", id="broken whatever else it is"),
    ],
)
def test_a_backup_counts_for(one: Kept, wanted: Mark, proof: Mark) -> None:
    assert (mark(one), proof_mark(one)) == (wanted, proof)


@pytest.mark.parametrize(
    ("of_the_day", "wanted"),
    [
        pytest.param([kept(0, verified_at=None), kept(60)], "verified", id="the best of several"),
        pytest.param([kept(0, drilled_at=NOW), kept(60, broken="cut off")], "broken", id="but what is broken is told"),
        pytest.param([kept(0, broken="cut off"), kept(60, drilled_at=NOW)], "broken", id="in whatever order"),
        pytest.param([kept(0, expires="old"), kept(60, verified_at=None)], "unverified", id="one that stays"),
    ],
)
def test_a_day_with_several_backups_has_one_mark(of_the_day: list[Kept], wanted: Mark) -> None:
    assert days(of_the_day) == {TODAY: Day(wanted, 2)}


def test_a_run_that_failed_is_told_of_a_day_without_a_backup_only() -> None:
    failed = [event("run", 2 * DAY, ok=False), event("run", 0, ok=False), event("drill", 3 * DAY, ok=False)]
    assert days([kept(0)], failed) == {TODAY: Day("verified", 1), TODAY - 2: Day("failed")}


@given(st.lists(st.tuples(st.integers(0, 4000), st.booleans(), st.booleans(), st.booleans()), max_size=60))
def test_each_backup_is_counted_on_one_day(some: list[tuple[int, bool, bool, bool]]) -> None:
    every = [
        kept(hours * HOUR, verified_at=NOW if read else None, broken="x" if bad else "", expires="x" if goes else "")
        for hours, read, bad, goes in some
    ]
    found = days(every)
    assert sum(day.kept for day in found.values()) == len(every)
    assert all((day.mark == "broken") == any(_on(one, at) and one.broken for one in every) for at, day in found.items())


def _on(one: Kept, day: int) -> bool:
    return int(one.manifest.at // DAY) == day


def test_two_months_stand_side_by_side_with_signs_and_what_they_mean() -> None:
    found = {TODAY: Day("drilled", 1), TODAY - 1: Day("broken", 2), TODAY - 20: Day("failed")}
    shown = text(calendar(found, 0, 60, NOW, UNICODE))
    assert shown == (
        "          2023-10                       2023-11\n"
        "Mo  Tu  We  Th  Fr  Sa  Su    Mo  Tu  We  Th  Fr  Sa  Su\n"
        "                         1             1   2   3   4   5\n"
        " 2   3   4   5   6   7   8     6   7   8   9  10  11  12\n"
        " 9  10  11  12  13  14  15    13● 14◆ 15  16  17  18  19\n"
        "16  17  18  19  20  21  22    20  21  22  23  24  25  26\n"
        "23  24  25× 26  27  28  29    27  28  29  30\n"
        "30  31\n"
        "◆ drilled  ● broken  × run failed"
    )


def test_a_leap_day_and_a_month_of_six_weeks_have_their_places() -> None:
    at = time.mktime((2024, 3, 2, 12, 0, 0, 0, 0, 0)) - time.timezone
    shown = text(calendar({int(at // DAY) - 2: Day("verified", 1)}, 0, 60, at, UNICODE))
    assert "29✓" in shown
    assert "25  26  27  28  29  30  31" in shown


@given(st.integers(0, 4_000_000_000), st.integers(0, 600), st.integers(1, 200))
def test_every_line_fits_and_every_day_is_there_once(at: int, back: int, width: int) -> None:
    lines = calendar({}, back, width, float(at), UNICODE)
    room = months(width) * (MONTH + 2)
    assert all(sum(len(part) for part, _ in line) <= room for line in lines[:-1])
    numbers = " ".join(part for line in lines[2:-1] for part, _ in line).split()
    assert {str(day) for day in range(1, 29)} <= set(numbers)
    assert numbers.count("28") == months(width)


def test_signs_are_told_apart_without_colour_on_any_terminal() -> None:
    for glyphs in (UNICODE, ASCII):
        assert len({sign(each, glyphs) for each in MARKS}) == len(MARKS)


def test_how_far_back_the_calendar_goes() -> None:
    assert farthest({}, NOW) == 0
    assert farthest({TODAY: Day("verified")}, NOW) == 0
    assert farthest({TODAY - 400: Day("verified"), TODAY: Day("verified")}, NOW) == 13


def test_days_are_those_of_the_schedules_time_zone() -> None:
    at = TODAY * DAY + 23.5 * HOUR
    late = replace(kept(0), manifest=replace(kept(0).manifest, at=at))
    failed = event("run", NOW - (at - 2 * DAY), ok=False)
    found = days([late], [failed], zone("Europe/Berlin"))
    assert found == {TODAY + 1: Day("verified", 1), TODAY - 1: Day("failed")}
    shown = text(calendar(found, 0, 30, at, UNICODE, "Europe/Berlin"))
    assert "15✓" in shown
    assert "days of Europe/Berlin" in shown
    end = datetime(2023, 11, 30, 23, 30, tzinfo=UTC).timestamp()
    assert "2023-12" in text(calendar({}, 0, 30, end, UNICODE, "Europe/Berlin"))
    assert farthest(found, end, "Europe/Berlin") == 1
    one = known(replace(month(), kept=(late,), events=(), time_zone="Europe/Berlin"), asked=True)
    assert list(one.days) == [TODAY + 1]


def test_what_is_counted_of_a_set() -> None:
    one = known(month(), asked=True)
    assert len(one.days) == 30
    assert one.drilled_at == one.verified_at == NOW
    assert one.sizes == tuple(sorted(one.sizes)), "oldest first; it grew"
    assert len(one.sizes) == 30
