"""A pane whose rows become more gets more room, when there is room."""

import pytest

from tests.parts.boards import board, container, queue, row, service
from tests.parts.floor import floor, pane, screen, until


@pytest.mark.parametrize("with_services", [True, False])
async def test_new_containers_are_shown_where_there_is_room(with_services: bool) -> None:
    around = (*((service("a"),) if with_services else (row("tcp:x"),)), queue("q"))
    first = board(*around, *(container(f"web-{n}") for n in range(3)))
    async with floor(first) as (app, source, pilot):
        second = board(*around, *(container(f"web-{n}") for n in range(9)))
        source.say(second)
        await until(pilot, lambda: screen(app).board is second and not screen(app)._todo)
        await until(pilot, lambda: pane(app, "containers").size.height >= 10)
        assert screen(app).floor.plan.boxes["containers"].height == pane(app, "containers").region.height
