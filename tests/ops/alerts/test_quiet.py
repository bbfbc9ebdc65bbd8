"""Silences by calendar: days, weeks and months, and clocks that change."""

from datetime import UTC, datetime

import pytest

from collectors.units import Duration
from ops.alerts.quiet import quieted_by, windows
from ops.config.alerting import Quiet


def quiet(every: str, hours: float = 1, zone: str = "UTC", name: str = "nightly", match: str = "kind=host") -> Quiet:
    """One of so many hours."""
    return Quiet(name=name, match=(match,), every=every, length=Duration(hours * 3600), time_zone=zone)


def at(text: str) -> float:
    """UTC seconds of "2026-03-29 01:30"."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("one", "moment", "until"),
    [
        pytest.param(quiet("day 02:00"), "2026-11-20 01:59", "", id="not before it begins"),
        pytest.param(quiet("day 02:00"), "2026-11-20 02:00", "2026-11-20 03:00", id="from its first moment"),
        pytest.param(quiet("day 02:00"), "2026-11-20 03:00", "", id="not at its end"),
        pytest.param(quiet("day 23:30"), "2026-11-21 00:10", "2026-11-21 00:30", id="over midnight"),
        pytest.param(quiet("sun 03:00"), "2026-11-22 03:30", "2026-11-22 04:00", id="on its day of the week"),
        pytest.param(quiet("sun 03:00"), "2026-11-23 03:30", "", id="on no other"),
        pytest.param(quiet("1 04:00"), "2026-12-01 04:30", "2026-12-01 05:00", id="on its day of the month"),
        pytest.param(quiet("31 04:00"), "2026-12-01 04:30", "", id="which a month may not have"),
        pytest.param(quiet("day 02:00", zone="Europe/Berlin"), "2026-07-01 00:30", "2026-07-01 01:00", id="in summer"),
        pytest.param(quiet("day 02:00", zone="Europe/Berlin"), "2026-12-01 01:30", "2026-12-01 02:00", id="in winter"),
        pytest.param(
            quiet("day 02:30", zone="Europe/Berlin"), "2026-03-29 01:45", "2026-03-29 02:30",
            id="a start that the clock skips comes an hour later by the new one",
        ),
        pytest.param(
            quiet("day 02:30", zone="Europe/Berlin"), "2026-10-25 00:45", "2026-10-25 01:30",
            id="one that comes twice is taken the first time",
        ),
        pytest.param(quiet("day 02:30", zone="Europe/Berlin"), "2026-10-25 01:45", "", id="and not the second"),
        pytest.param(
            quiet("day 01:00", 4, "Europe/Berlin"), "2026-10-25 02:59", "2026-10-25 03:00", id="4 h are 4 h"
        ),
    ],
)  # fmt: skip
def test_when_it_stands(one: Quiet, moment: str, until: str) -> None:
    ends = [window.end for window in windows([one], at(moment))]
    assert ends == ([at(until)] if until else [])


def test_of_windows_that_overlap_the_last_end_counts() -> None:
    both = [quiet("day 02:00"), quiet("day 02:30", name="late")]
    window = quieted_by({"kind": "host"}, windows(both, at("2026-11-20 02:45")))
    assert window is not None
    assert (window.name, window.end) == ("late", at("2026-11-20 03:30"))


def test_it_is_for_what_it_matches() -> None:
    standing = windows([quiet("day 02:00")], at("2026-11-20 02:30"))
    assert quieted_by({"kind": "service"}, standing) is None
