"""The line's meter: a mean over seconds, a smoothed round trip, and nothing where there is no terminal."""

import pytest

from tui.terminal.app import TerminalApp
from tui.terminal.meter import LineMeter


class _Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_bytes_per_second_is_the_mean_of_the_last_seconds() -> None:
    clock = _Clock()
    meter = LineMeter(clock)
    for _ in range(20):
        meter.sent(60)
        meter.sent(40)
        clock.now += 1
    assert meter.sent_bytes == 2000
    assert meter.bytes_per_s == pytest.approx(100, rel=0.25)
    clock.now += 60
    assert meter.bytes_per_s == 0


def test_a_round_trip_is_unknown_until_the_first_answer_and_then_follows_slowly() -> None:
    meter = LineMeter()
    assert meter.round_trip_s is None
    meter.answered(0.1)
    assert meter.round_trip_s == 0.1
    meter.answered(0.5)
    assert meter.round_trip_s is not None
    assert 0.1 < meter.round_trip_s < 0.3


async def test_without_a_terminal_the_meter_stands_still() -> None:
    app: TerminalApp[None] = TerminalApp()
    async with app.run_test():
        meter = app.meter
        assert (meter.sent_bytes, meter.bytes_per_s, meter.merged_frames, meter.backlog_bytes) == (0, 0, 0, 0)
        assert meter.round_trip_s is None
