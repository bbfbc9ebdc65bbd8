"""Capturing all sources at once: what hangs, fails, is broken, or gives too much or the same thing twice."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from collectors.base import CollectError, NoData
from collectors.drift import DriftConfig
from ops.config.decode import decode
from ops.drift.base import Place, Source
from ops.drift.capture import capture, chosen
from ops.drift.source import DriftError
from ops.drift.structs import Captured, Difference, Item

PLACE = Place(config=decode("", "floor.toml").config, drift=DriftConfig(name="web-1"), digest=lambda of, value: value)


class Given(Source):
    """A source that gives, or raises, what it was made with."""

    title = "things"
    group = "system"

    def __init__(self, name: str, *items: Item, error: BaseException | None = None) -> None:
        self.name = name  # type: ignore[misc]
        self._items, self._error = items, error

    async def capture(self, place: Place) -> Sequence[Item]:
        place.tell(0.5)
        if self._error is not None:
            raise self._error
        return self._items

    def by_hand(self, difference: Difference) -> str:
        return ""


class Hangs(Given):
    """A source that never ends."""

    timeout_s = 0.05

    async def capture(self, place: Place) -> Sequence[Item]:
        await asyncio.Event().wait()
        return ()


def captured(*sources: Source, **more: Any) -> dict[str, Captured]:
    """What these give together, by name."""
    given = {source.name: source for source in sources}
    return {one.source: one for one in asyncio.run(capture(given, PLACE, **more))}


def test_what_hangs_fails_or_is_broken_spoils_no_other() -> None:
    found = captured(
        Given("works", Item(name="a")),
        Hangs("hangs"),
        Given("fails", error=CollectError("the engine does not answer", remedy="start it")),
        Given("broken", error=KeyError("hunter2")),
        Given("empty", error=NoData("no engine is configured")),
        Given("ended", error=asyncio.CancelledError()),
    )

    assert [item.name for item in found["works"].items] == ["a"]
    assert found["hangs"].unreadable == "things could not be read within 0.05 s"
    assert (found["fails"].unreadable, found["fails"].remedy) == ("the engine does not answer", "start it")
    assert found["broken"].unreadable.startswith("KeyError in test_capture.py line")
    assert "hunter2" not in found["broken"].unreadable
    assert found["empty"].nothing == "no engine is configured"
    assert not found["empty"].unreadable
    assert "cancelled" in found["ended"].unreadable


def test_items_are_sorted_bounded_and_of_one_name_each() -> None:
    items = [Item(name=name, facts={"n": n}) for n, name in enumerate("cabac")]

    (one,) = captured(Given("things", *items), most=2).values()

    assert [(item.name, item.facts["n"]) for item in one.items] == [("a", 1), ("b", 2)]
    assert one.left_out == 1


def test_progress_only_goes_forward_and_ends_at_one() -> None:
    told: list[float] = []

    captured(Given("a"), Given("b", error=CollectError("no")), tell=lambda _, ratio: told.append(ratio))

    assert told == sorted(told)
    assert told[-1] == 1.0


def test_a_capture_that_is_broken_off_leaves_nothing_running() -> None:
    async def broken_off() -> int:
        task = asyncio.create_task(capture({"hangs": Hangs("hangs")}, PLACE))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return len(asyncio.all_tasks()) - 1

    assert asyncio.run(broken_off()) == 0


@pytest.mark.parametrize(
    ("config", "only", "names"),
    [
        pytest.param({}, (), {"containers", "images", "files"}, id="all, where nothing is said"),
        pytest.param({"only": ("docker",)}, (), {"containers", "images"}, id="a group of the config"),
        pytest.param({"without": ("images",)}, (), {"containers", "files"}, id="without one"),
        pytest.param({"without": ("images",)}, ("images",), {"images"}, id="what is asked for goes before the config"),
        pytest.param({"only": ("docker",), "without": ("images",)}, (), {"containers"}, id="a group without one of it"),
    ],
)
def test_which_sources_are_captured(config: dict[str, Any], only: Sequence[str], names: set[str]) -> None:
    sources: dict[str, Source] = {name: Given(name) for name in ("containers", "images", "files")}
    for name in ("containers", "images"):
        sources[name].group = "docker"  # type: ignore[misc]

    assert set(chosen(sources, DriftConfig(name="web-1", **config), only)) == names


def test_a_source_that_nobody_has_is_told_with_those_that_there_are() -> None:
    with pytest.raises(DriftError) as refused:
        chosen({"files": Given("files")}, DriftConfig(name="web-1"), ("flies",))
    assert refused.value.message == 'there is no source of facts called "flies"'
    assert refused.value.remedy == "choose among files, system"
