"""What restic's and Borg's rules keep: their own published examples, reproduced."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from collectors.backup import Keep
from collectors.units import Duration
from ops.backup.rules import reasons
from ops.slo.calendar import zone
from tests.parts.made_backups import moment

_TABLE = Path(__file__).with_name("restic_keeps.txt").read_text().splitlines()
_LETTERS = {"last": "n", "hourly": "h", "daily": "d", "weekly": "w", "monthly": "m", "yearly": "y", "within": "a"}
_SPAN = re.compile(r"(\d+)([ymdh])")


def _policies() -> list[str]:
    return [line.split(" ", 2)[2] for line in _TABLE if line.startswith("policy ")]


def _rows() -> list[tuple[float, list[str]]]:
    rows = [line for line in _TABLE if line[:1].isdigit()]
    return [
        (moment(line[:22].strip().ljust(23, "0") if "." in line[:22] else line[:19]), line[22:].split())
        for line in rows
    ]


def _seconds(text: str, newest: datetime) -> Duration:
    """A span of restic's by the calendar, before the newest of its examples, as seconds."""
    spans = {unit: int(number) for number, unit in _SPAN.findall(text)}
    months = newest.year * 12 + newest.month - 1 - 12 * spans.get("y", 0) - spans.get("m", 0)
    begins = newest.replace(year=months // 12, month=months % 12 + 1)
    begins -= timedelta(days=spans.get("d", 0), hours=spans.get("h", 0))
    return Duration((newest - begins).total_seconds())


def _policy(text: str, newest: datetime) -> Keep:
    words = dict(word.split("=") for word in text.split())
    values = {
        name: _seconds(value, newest) if name.startswith("within") else int(value) for name, value in words.items()
    }
    return msgspec.structs.replace(Keep(), **values)


def _letters(words: tuple[str, ...]) -> str:
    plain = (word.removeprefix("oldest ").split()[0] for word in words)
    letters = (_LETTERS[word] for word in plain)
    shown = (a.upper() if word.startswith("oldest ") else a for a, word in zip(letters, words, strict=True))
    return "".join(sorted(shown)) or "."


@pytest.mark.parametrize(("column", "policy"), list(enumerate(_policies())))
def test_restic_s_own_examples_are_kept_for_restic_s_own_reasons(column: int, policy: str) -> None:
    rows = _rows()
    ats = [at for at, _ in rows]
    keep = _policy(policy, datetime.fromtimestamp(ats[0], UTC))
    found = reasons(ats, keep, now=ats[0] + 86400, zone=UTC)
    assert [_letters(words) for words in found] == [cells[column] for _, cells in rows]


_FRIDAYS = (
    *("2025-05-02 23:00", "2025-05-02 11:00", "2025-05-01 11:00", "2025-04-29 11:00", "2025-04-28 11:00"),
    *("2025-04-25 23:00", "2025-04-25 11:00", "2025-04-24 11:00", "2025-04-23 11:00", "2025-04-22 11:00"),
    "2025-04-21 11:00",
)


def _kept(days: list[float], keep: Keep, now: float) -> list[tuple[str, str]]:
    found = reasons(days, keep, now=now, zone=UTC)
    return [
        (f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M}", words[0])
        for at, words in zip(days, found, strict=True)
        if words
    ]


@pytest.mark.parametrize(
    ("keep", "wanted"),
    [
        pytest.param(
            Keep(daily=5),
            ["2025-05-02 23:00", "2025-05-01 11:00", "2025-04-29 11:00", "2025-04-28 11:00", "2025-04-25 23:00"],
            id="five days reach back over a day without a backup",
        ),
        pytest.param(
            Keep(rule="within", within_daily=Duration(7 * 86400)),
            ["2025-05-02 23:00", "2025-05-01 11:00", "2025-04-29 11:00", "2025-04-28 11:00"],
            id="a span of seven days does not",
        ),
    ],
)
def test_the_example_of_restic_s_manual(keep: Keep, wanted: list[str]) -> None:
    ats = [moment(text) for text in _FRIDAYS]
    assert [at for at, _ in _kept(ats, keep, ats[0] + 3600)] == wanted


def test_a_backup_each_day_of_a_hundred_years_as_restic_s_manual_counts_it() -> None:
    end = date(2024, 12, 31)
    days = [datetime.combine(end - timedelta(back), datetime.min.time(), UTC).timestamp() for back in range(36_525)]
    keep = Keep(daily=7, weekly=5, monthly=12, yearly=75)
    found = reasons(days, keep, now=days[0] + 1, zone=UTC)
    counted = {name: sum(any(w.startswith(name) for w in words) for words in found) for name in _LETTERS}
    assert (counted["daily"], counted["weekly"], counted["monthly"], counted["yearly"]) == (7, 5, 12, 75)


def _each_day(first: date, last: date, hour: int, without: set[date]) -> Iterator[float]:
    day = last
    while day >= first:
        if day not in without:
            yield datetime(day.year, day.month, day.day, hour, tzinfo=UTC).timestamp()
        day -= timedelta(days=1)


def test_borg_s_visualized_example() -> None:
    days = list(_each_day(date(2015, 1, 1), date(2015, 12, 31), 12, {date(2015, 12, 19)}))
    keep = Keep(rule="borg", daily=14, monthly=6, yearly=1)
    december = [31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 18, 17]
    wanted = [(f"2015-12-{day} 12:00", f"daily 2015-12-{day}") for day in december]
    ends = ("2015-11-30", "2015-10-31", "2015-09-30", "2015-08-31", "2015-07-31", "2015-06-30")
    wanted += [(f"{day} 12:00", f"monthly {day[:7]}") for day in ends]
    wanted.append(("2015-01-01 12:00", "oldest yearly 2015"))
    assert _kept(days, keep, moment("2016-01-01 00:00")) == wanted


def test_borg_s_visualized_example_of_counts_and_intervals() -> None:
    missed = {date(2026, 3, 31), date(2026, 5, 24), date(2026, 6, 3)}
    days = list(_each_day(date(2025, 11, 15), date(2026, 6, 4), 16, missed))
    day = 86400
    keep = Keep(rule="borg", within_daily=Duration(7 * day), weekly=4, within_monthly=Duration(155 * day), yearly=2)
    found = [(at[:10], why.split()[0]) for at, why in _kept(days, keep, moment("2026-06-04 16:00"))]
    wanted = [("2026-06-04", "newer")]
    wanted += [(f"2026-{text}", "daily") for text in ("06-02", "06-01", "05-31", "05-30", "05-29", "05-28")]
    wanted += [(f"2026-{text}", "weekly") for text in ("05-23", "05-17", "05-10", "05-03")]
    wanted += [(text, "monthly") for text in ("2026-04-30", "2026-03-30", "2026-02-28", "2026-01-31", "2025-12-31")]
    assert found == [*wanted, ("2025-11-15", "oldest")]


def test_restic_and_borg_differ_on_the_same_days() -> None:
    days = list(_each_day(date(2026, 1, 1), date(2026, 3, 31), 2, set()))
    counts = {"daily": 3, "monthly": 2}
    now = moment("2026-04-01 00:00")
    restic = _kept(days, msgspec.structs.replace(Keep(), **counts), now)
    borg = _kept(days, msgspec.structs.replace(Keep(), rule="borg", **counts), now)
    assert [at[:10] for at, _ in restic] == ["2026-03-31", "2026-03-30", "2026-03-29", "2026-02-28"]
    assert [at[:10] for at, _ in borg] == ["2026-03-31", "2026-03-30", "2026-03-29", "2026-02-28", "2026-01-31"]


def test_days_are_those_of_the_time_zone() -> None:
    ats = [moment("2026-07-02 01:00"), moment("2026-07-01 23:00")]
    there = zone("America/New_York")
    assert len([one for one in reasons(ats, Keep(daily=5), now=ats[0] + 1, zone=UTC) if one]) == 2
    assert reasons(ats, Keep(daily=5), now=ats[0] + 1, zone=there)[1] == ("oldest daily 2026-07-01",)
    assert reasons([*ats, ats[1] - 60], Keep(daily=5), now=ats[0] + 1, zone=there)[1] == ()
