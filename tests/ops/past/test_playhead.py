"""The place in the past: steps, ends, speeds."""

import pytest

from ops.past.playhead import FIRST, LAST, Playhead, step_s
from ops.store.contract import DAY_S, HOUR_S, Retention

SPAN = (1000.0, 9000.0)


@pytest.mark.parametrize(
    ("at", "by", "far_s", "wanted"),
    [
        pytest.param(5003.5, -1, 10.0, 4993.5, id="a recording step back keeps its place between readings"),
        pytest.param(5003.5, 1, 10.0, 5013.5, id="and on"),
        pytest.param(5003.5, -1, 60.0, 4980.0, id="minutes are stepped to their beginnings"),
        pytest.param(5003.5, 1, 60.0, 5040.0, id="also on"),
        pytest.param(5040.0, -1, 60.0, 4980.0, id="from the beginning of one to that of the one before"),
        pytest.param(7200.0, 1, 3600.0, 10800.0, id="hours"),
    ],
)
def test_a_step(at: float, by: int, far_s: float, wanted: float) -> None:
    head = Playhead(at=at, playing=True, speed=10).stepped(by, far_s)
    assert (head.at, head.playing, head.speed) == (wanted, False, 10)


def test_both_ends_are_told_and_stop_it() -> None:
    playing = Playhead(at=500.0, playing=True)
    assert playing.within(SPAN) == Playhead(at=1000.0, said=FIRST)
    assert playing.to(9001.0).within(SPAN) == Playhead(at=9000.0, said=LAST)
    assert playing.to(5000.0).within(SPAN) == Playhead(at=5000.0, playing=True)
    assert Playhead(at=9000.0, said=LAST).stepped(-1, 10.0).said == ""


def test_it_plays_at_three_speeds() -> None:
    head = Playhead(at=5000.0).toggled()
    assert (head.moves, head.played(2.0).at) == ("1x", 5002.0)
    assert (head.faster(1).moves, head.faster(1).played(2.0).at) == ("10x", 5020.0)
    assert head.faster(1).faster(1).faster(1).speed == 60
    assert head.faster(-1).speed == 1
    assert head.toggled().moves == "paused"
    assert head.toggled().played(60.0).at == 5000.0


@pytest.mark.parametrize(
    ("ago_s", "wanted"),
    [
        pytest.param(5.0, 2.0, id="readings of today lie as far apart as they were made"),
        pytest.param(1.5 * DAY_S, 60.0, id="beyond a day there are minutes"),
        pytest.param(36.0 * DAY_S, HOUR_S, id="beyond minutes there are hours"),
    ],
)
def test_how_far_a_step_goes(ago_s: float, wanted: float) -> None:
    assert step_s(1e9 - ago_s, 1e9, 2.0, Retention()) == wanted
