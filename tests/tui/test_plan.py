"""The floor's plan: every size has a deliberate form, and nothing overlaps."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.screens.plan import PANES, Box, plan

NEEDS = {
    "services": 27,
    "latency": 14,
    "databases": 5,
    "budget": 6,
    "containers": 15,
    "queues": 9,
    "host": 4,
}


@pytest.mark.parametrize(
    ("size", "form", "shown"),
    [
        pytest.param((20, 5), "small", {"small"}, id="20x5 says that it is too small"),
        pytest.param(
            (80, 24),
            "compact",
            {"header", "services", "tabs", "latency", "alert", "footer"},
            id="80x24 stacks the services and one other pane",
        ),
        pytest.param((120, 40), "wide", {"header", "alert", "footer", *NEEDS}, id="120x40 shows every pane"),
        pytest.param((400, 200), "wide", {"header", "alert", "footer", *NEEDS}, id="a wall shows every pane"),
    ],
)
def test_forms(size: tuple[int, int], form: str, shown: set[str]) -> None:
    planned = plan(size, NEEDS)
    assert (planned.form, set(planned.boxes)) == (form, shown)


def test_a_pane_with_nothing_to_show_takes_no_room() -> None:
    assert "queues" not in plan((120, 40), NEEDS | {"queues": 0}).boxes


def test_a_pane_with_many_rows_gets_the_room_that_few_services_leave() -> None:
    needs = NEEDS | {"services": 7, "containers": 17}
    boxes = plan((120, 40), needs).boxes
    assert boxes["containers"].height >= 15
    assert boxes["latency"].height >= 9


def test_the_focused_pane_is_the_open_one_in_the_stack() -> None:
    assert "queues" in plan((80, 24), NEEDS, focused="queues").boxes


def test_a_zoomed_pane_has_everything_between_header_and_footer() -> None:
    assert plan((120, 40), NEEDS, focused="queues", zoomed=True).boxes["queues"] == Box(0, 1, 120, 38)


def _overlap(one: Box, other: Box) -> bool:
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )


@given(
    st.integers(1, 420),
    st.integers(1, 220),
    st.dictionaries(st.sampled_from(PANES), st.integers(0, 500)),
    st.sampled_from(("", *PANES)),
    st.booleans(),
    st.integers(4, 9),
)
def test_any_floor_fills_the_screen_without_overlap(
    width: int, height: int, needs: dict[str, int], focused: str, zoomed: bool, alert: int
) -> None:
    boxes = plan((width, height), needs, focused=focused, zoomed=zoomed, alert=alert).boxes
    for one, other in itertools.combinations(boxes.values(), 2):
        assert not _overlap(one, other)
    for box in boxes.values():
        assert box.width > 0
        assert box.height > 0
        assert box.x >= 0
        assert box.y >= 0
        assert box.x + box.width <= width
        assert box.y + box.height <= height
    if any(needs.get(pane) for pane in PANES) and width >= 40 and height >= 12:
        assert sum(box.width * box.height for box in boxes.values()) == width * height
