"""How well a set stands: age against RPO, restore time against RTO, and what is odd."""

from typing import Literal

import msgspec
import pytest

from collectors.backup import BackupConfig, Schedule
from collectors.units import Duration
from ops.backup.judging import Restore, age_s, anomalies, measured, projected_s, rpo_s
from ops.backup.structs import Event, Kept
from tests.parts.made_backups import kept, manifest, moment

DAY = 86400.0
NOW = moment("2026-11-21 12:00")
CONFIG = BackupConfig(name="shop", kind="postgres", target="file:///srv/backups")
MIB = 2**20


@pytest.mark.parametrize(
    ("schedule", "rpo", "wanted"),
    [
        pytest.param(Schedule(), Duration(0), DAY, id="a day where nothing is said"),
        pytest.param(Schedule(daily="02:00"), Duration(0), 1.25 * DAY, id="the schedule's gap and a quarter"),
        pytest.param(Schedule(daily="02:00"), Duration(3600), 3600.0, id="as configured"),
    ],
)
def test_how_old_the_newest_may_be(schedule: Schedule, rpo: Duration, wanted: float) -> None:
    assert rpo_s(msgspec.structs.replace(CONFIG, schedule=schedule, rpo=rpo)) == wanted


@pytest.mark.parametrize(
    ("backups", "wanted"),
    [
        pytest.param([], None, id="there is none"),
        pytest.param([kept(NOW - 60, verified=False), kept(NOW - DAY)], DAY, id="only a verified one counts"),
        pytest.param([kept(NOW - 60, broken="cut"), kept(NOW - DAY)], DAY, id="a broken one does not"),
        pytest.param([kept(NOW - 60, why="safety"), kept(NOW - DAY)], DAY, id="nor one taken before a restore"),
        pytest.param([kept(NOW + 60)], 0.0, id="one of a clock that went back is new"),
    ],
)
def test_age_of_the_newest_proven_one(backups: list[Kept], wanted: float | None) -> None:
    assert age_s(backups, NOW) == wanted


def _restored(
    what: Literal["drill", "restore"], at: float, took_s: float, plain_bytes: int, *, ok: bool = True, rows: int = 0
) -> Event:
    return Event(what=what, set="shop", backup="a", at=at, took_s=took_s, ok=ok, plain_bytes=plain_bytes, rows=rows)


def test_the_last_whole_restore_that_went_well_is_the_measure() -> None:
    there = [kept(NOW - DAY, "a", plain_bytes=1000, rows=100)]
    events = [
        _restored("drill", NOW - 9, 30.0, 0),
        _restored("restore", NOW - 8, 60.0, 950, rows=100),
        _restored("restore", NOW - 7, 5.0, 10, rows=1),
        _restored("restore", NOW - 7, 4.0, 1000, rows=10),
        _restored("drill", NOW - 6, 1.0, 1000, ok=False),
    ]
    assert measured(there, events) == Restore(NOW - 8, 60.0, 950)
    assert measured(there, events[:1]) == Restore(NOW - 9, 30.0, 1000)
    assert measured(there, []) is None


@pytest.mark.parametrize(
    ("last", "now_bytes", "wanted"),
    [
        pytest.param(Restore(NOW, 60.0, 1000), 2000, 120.0, id="twice as large takes twice as long"),
        pytest.param(Restore(NOW, 60.0, 1000), 100, 60.0, id="a smaller one is not promised to be faster"),
        pytest.param(Restore(NOW, 60.0, 0), 100, 60.0, id="of unknown size as measured"),
        pytest.param(None, 100, None, id="never measured"),
    ],
)
def test_a_restore_takes_longer_as_it_grows(last: Restore | None, now_bytes: int, wanted: float | None) -> None:
    assert projected_s(last, manifest(NOW, plain_bytes=now_bytes)) == wanted
    assert projected_s(last, None) == (last.took_s if last else None)


@pytest.mark.parametrize(
    ("newest", "usual", "said"),
    [
        pytest.param((24 * MIB, 60, 500), (24 * MIB, 60, 500), (), id="as usual"),
        pytest.param(
            (12 * MIB, 60, 500),
            (24 * MIB, 60, 500),
            ("half as large as usual: 12 MiB, usually 24 MiB",),
            id="half as large",
        ),
        pytest.param(
            (0, 60, 500), (24 * MIB, 60, 500), ("less than half as large as usual: 0 B, usually 24 MiB",), id="empty"
        ),
        pytest.param(
            (60 * MIB, 60, 500),
            (24 * MIB, 60, 500),
            ("2.5 times as large as usual: 60 MiB, usually 24 MiB",),
            id="more than twice as large",
        ),
        pytest.param((3000, 60, 500), (1000, 60, 500), (), id="what is small may grow"),
        pytest.param(
            (MIB, 180, 500), (MIB, 60, 500), ("took 3 times as long as usual: 3m, usually 1m",), id="much slower"
        ),
        pytest.param(
            (MIB, 5, 500),
            (MIB, 60, 500),
            ("took less than half as long as usual: 5 s, usually 1m",),
            id="much faster",
        ),
        pytest.param((MIB, 9, 500), (MIB, 2, 500), (), id="a few seconds are nothing"),
        pytest.param(
            (MIB, 60, 200),
            (MIB, 60, 500),
            ("less than half as many rows, keys or files as usual: 200, usually 500",),
            id="rows are missing",
        ),
    ],
)
def test_what_is_odd(newest: tuple[int, float, int], usual: tuple[int, float, int], said: tuple[str, ...]) -> None:
    before = [manifest(NOW - n * DAY, plain_bytes=usual[0], took_s=usual[1], rows=usual[2]) for n in range(1, 9)]
    first = manifest(NOW, plain_bytes=newest[0], took_s=newest[1], rows=newest[2])
    assert anomalies([first, *before]) == said


def test_nothing_is_odd_before_something_is_usual() -> None:
    first, others = manifest(NOW, plain_bytes=1), [manifest(NOW - n, plain_bytes=MIB) for n in range(1, 4)]
    assert anomalies([]) == anomalies([first]) == anomalies([first, *others[:2]]) == ()
    assert anomalies([first, *others]) != ()
    assert anomalies([manifest(NOW, plain_bytes=1, why="safety"), *others]) == ()
