"""Nothing is dropped by a clock that has just been set."""

import pytest

from ops.store.steady import STANDS_S, Steady


@pytest.mark.parametrize(
    ("looks", "steady"),
    [
        pytest.param([(100, 0)], True, id="from the start it is trusted"),
        pytest.param([(100, 0), (200, 100)], True, id="both go alike"),
        pytest.param([(100, 0), (3800, 100)], False, id="set forward an hour"),
        pytest.param([(9000, 0), (5400, 100)], False, id="set back an hour"),
        pytest.param([(100, 0), (3800, 100), (3800 + STANDS_S, 100 + STANDS_S)], True, id="the new time has stood"),
        pytest.param([(100, 0), (3800, 100), (400, 200), (400 + 60, 260)], False, id="forward, and back again"),
        pytest.param([(100, 0), (140, 10)], True, id="half a minute is no step"),
    ],
)
def test_a_clock(looks: list[tuple[float, float]], steady: bool) -> None:
    watch = Steady()
    assert [watch.look(*look) for look in looks][-1] is steady
