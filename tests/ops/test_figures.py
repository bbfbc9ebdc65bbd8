"""Figures as people read them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.base import Value
from ops import figures


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        pytest.param(None, "-", id="what is not known is a dash"),
        pytest.param(math.nan, "-", id="what is no number is a dash"),
        pytest.param(0, "0 ms", id="nothing"),
        pytest.param(0.0041, "4.1 ms", id="few milliseconds keep a decimal"),
        pytest.param(0.64, "640 ms", id="milliseconds"),
        pytest.param(0.9999, "1 s", id="what rounds up to a second is one"),
        pytest.param(1.2, "1.2 s", id="few seconds keep a decimal"),
        pytest.param(42.4, "42 s", id="seconds"),
        pytest.param(59.6, "1m", id="what rounds up to a minute is one"),
        pytest.param(192, "3m12s", id="minutes and seconds"),
        pytest.param(34800, "9h40m", id="hours and minutes"),
        pytest.param(3 * 86400 + 4 * 3600, "3d4h", id="days and hours"),
        pytest.param(-5, "-5 s", id="in the other direction"),
    ],
)
def test_durations(seconds: float | None, shown: str) -> None:
    assert figures.duration(seconds) == shown


MIDNIGHT = 1_800_057_600.0
"""2027-01-16 in UTC."""


@pytest.mark.parametrize(
    ("at", "said", "short"),
    [
        pytest.param(MIDNIGHT + 60, "00:01 UTC", "00:01:00", id="today"),
        pytest.param(MIDNIGHT - 60, "2027-01-15 23:59 UTC", "01-15 23:59:00", id="a minute ago, yesterday"),
        pytest.param(MIDNIGHT + 86400, "2027-01-17 00:00 UTC", "01-17 00:00:00", id="tomorrow"),
    ],
)
def test_a_moment_has_its_day_where_that_is_another(at: float, said: str, short: str) -> None:
    assert figures.clock(at, MIDNIGHT) == said
    assert figures.stamp(at, MIDNIGHT) == short


@pytest.mark.parametrize(
    ("amount", "shown", "short"),
    [
        pytest.param(0, "0 B", "0", id="nothing"),
        pytest.param(412, "412 B", "412", id="bytes"),
        pytest.param(412 * 2**20, "412 MiB", "412M", id="megabytes"),
        pytest.param(1.2 * 2**30, "1.2 GiB", "1.2G", id="gigabytes"),
        pytest.param(1000, "1 KiB", "1K", id="never four digits"),
        pytest.param(None, "-", "-", id="not known"),
    ],
)
def test_sizes(amount: float | None, shown: str, short: str) -> None:
    assert (figures.size(amount), figures.short_size(amount)) == (shown, short)


@pytest.mark.parametrize(
    ("fact", "value", "shown"),
    [
        pytest.param("total_s", 0.64, "640 ms", id="seconds by their ending"),
        pytest.param("memory_bytes", 2**30, "1 GiB", id="bytes by their ending"),
        pytest.param("received_bytes_per_s", 2**20, "1 MiB/s", id="bytes a second"),
        pytest.param("ops_per_s", 5214.0, "5,214/s", id="counts a second"),
        pytest.param("percent", 92.44, "92.4 %", id="percent alone"),
        pytest.param("cpu_percent", 92.0, "92 %", id="percent by its ending, no needless decimal"),
        pytest.param("hit_ratio", 0.97, "97 %", id="a ratio as percent"),
        pytest.param("cert_days", 3.2, "3.2 days", id="days"),
        pytest.param("cert_days", 2.98, "2.9 days", id="days that are left are not rounded up"),
        pytest.param("cert_days", 89.97, "89 days", id="nor are many"),
        pytest.param("ready", 5214, "5,214", id="a count"),
        pytest.param("contains", True, "yes", id="a flag"),
        pytest.param("state", "paused", "paused", id="a word"),
        pytest.param("ready", None, "-", id="not known"),
    ],
)
def test_a_facts_name_tells_its_unit(fact: str, value: Value, shown: str) -> None:
    assert figures.figure(fact, value) == shown


@given(st.floats() | st.integers(), st.sampled_from(["total_s", "x_bytes", "percent", "x_per_s", "x_ratio", "n"]))
def test_any_number_gives_a_short_text(value: float, fact: str) -> None:
    shown = figures.figure(fact, value)
    assert shown
    if abs(value) < 1e12:
        assert len(shown) <= 24


@given(st.floats(min_value=0, max_value=10**7))
def test_a_duration_is_true_to_its_figure(seconds: float) -> None:
    units = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
    shown = figures.duration(seconds)
    parts = figures_of(shown)
    told = sum(number * units[unit] for number, unit in parts)
    assert told == pytest.approx(seconds, rel=0.06, abs=0.00006)


def figures_of(shown: str) -> list[tuple[float, str]]:
    """The figures of a duration with their units."""
    import re

    return [(float(number), unit) for number, unit in re.findall(r"([\d.]+) ?(ms|[smhd])", shown)]
