"""The minutes of the long windows: what they forget and when, and the room that they take."""

from random import Random

from ops.minutes import Minutes

START = 1_800_000_000.0


def test_what_is_over_is_forgotten_to_the_minute_by_each_window_on_its_own() -> None:
    minutes = Minutes(120.0, 300.0)
    for minute in range(6):
        minutes.add(START + 60 * minute, minute != 0, 0.1)
    now = START + 60 * 5
    minutes.forget(now)
    assert [window.count for window in minutes.windows] == [3, 6]
    assert [window.failed for window in minutes.windows] == [0, 1]
    minutes.forget(now + 60)
    assert [window.count for window in minutes.windows] == [2, 5]
    minutes.forget(now + 3600)
    assert [(window.count, window.quantiles()) for window in minutes.windows] == [(0, (None, None, None))] * 2


def test_its_buffer_is_written_round_and_round() -> None:
    """Ten hours of minutes of many lengths, pauses among them: each window has what came last."""
    minutes, random = Minutes(1800.0, 3600.0), Random(7)
    counts: dict[int, int] = {}
    sizes = []
    for minute in range(600):
        if random.random() < 0.1:
            continue
        counts[minute] = random.randrange(1, 60)
        for number in range(counts[minute]):
            minutes.add(START + 60 * minute + number, True, 0.001 * random.lognormvariate(0, 0.5))
        for window, length in zip(minutes.windows, (30, 60), strict=True):
            assert window.count == sum(counts.get(one, 0) for one in range(minute - length, minute + 1))
        sizes.append(len(minutes._data))
    assert sizes[-1] < 10_000
    assert len(set(sizes)) <= 6, "it is hardly ever made anew"


def test_minutes_without_latencies_take_next_to_nothing() -> None:
    minutes = Minutes(1800.0, 3600.0)
    for minute in range(120):
        minutes.add(START + 60 * minute, False, None)
    assert len(minutes._data) < 2000
    assert minutes.windows[1].count == minutes.windows[1].failed == 61
