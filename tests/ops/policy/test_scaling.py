"""Scaling with hysteresis: up fast, down only after sustained calm, never without data, within its limits."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.units import Duration
from ops.config.fixing import Auto, Scale, ScaleWhen
from ops.config.quantity import Quantity
from ops.policy.scaling import Group, groups, mean
from tests.parts.policy_stage import ALICE, Stage, config

CPU, MEMORY = "container.cpu_percent", "container.memory_percent"
STEP_S = 30.0


def scale(**more: Any) -> Scale:
    """Up at CPU over 80 or memory over 85 for 2 min; down after CPU under 40 and memory under 50 for 30 min."""
    said: dict[str, Any] = {
        "name": "workers",
        "row": "container:local/shop-worker-*",
        "up": (ScaleWhen(metric=CPU, over=Quantity(80)), ScaleWhen(metric=MEMORY, over=Quantity(85))),
        "down": (ScaleWhen(metric=CPU, under=Quantity(40)), ScaleWhen(metric=MEMORY, under=Quantity(50))),
        "least": 2,
        "most": 8,
    }
    return Scale(**said | more)


class Workers:
    """A Compose service's containers, read every 30 s."""

    def __init__(self, count: int = 2, auto: Auto | None = None, **more: Any) -> None:
        self.on = Stage(config(scales=(scale(**more),), auto=auto))
        self.count = count

    def read(self, cpu: float | None, memory: float | None, *, stale: bool = False) -> list[tuple[str, str]]:
        """One reading of all of them; gives the kind of each decision and how many there are to be."""
        self.on.rows = {}
        for number in range(1, self.count + 1):
            self.on.reads(
                f"container:local/shop-worker-{number}",
                "ok",
                target="docker:local",
                stale=stale,
                facts={
                    "project": "shop",
                    "service": "worker",
                    "state": "running",
                    "cpu_percent": cpu,
                    "memory_percent": memory,
                },
            )
        decided: list[tuple[str, str]] = [(one.kind, one.params["count"]) for one in self.on.look()]
        self.on.now += STEP_S
        return decided

    def during(self, seconds: float, cpu: float | None, memory: float | None) -> list[tuple[str, str]]:
        """So long with these figures; what was decided last."""
        decided: list[tuple[str, str]] = []
        for _ in range(int(seconds / STEP_S)):
            decided = self.read(cpu, memory)
        return decided


@pytest.mark.parametrize(
    ("cpu", "memory"), [pytest.param(81, 20, id="by its CPU"), pytest.param(20, 86, id="by its memory")]
)
def test_it_is_scaled_up_twofold_once_that_stood_for_two_minutes(cpu: float, memory: float) -> None:
    workers = Workers()
    assert workers.during(120, cpu, memory) == []
    assert workers.read(cpu, memory) == [("act", "4")]


@pytest.mark.parametrize(
    ("count", "factor", "wanted"),
    [
        pytest.param(3, 1.5, ["5"], id="rounded up"),
        pytest.param(5, 2.0, ["8"], id="at most as many as it says"),
        pytest.param(8, 2.0, [], id="no more than that"),
        pytest.param(12, 2.0, [], id="and never fewer since somebody made them more"),
    ],
)
def test_how_many_more(count: int, factor: float, wanted: list[str]) -> None:
    workers = Workers(count, factor=factor)
    workers.during(120, 90, 20)
    assert [much for _, much in workers.read(90, 20)] == wanted


def test_one_condition_alone_must_stand_all_the_time() -> None:
    workers = Workers()
    workers.during(90, 90, 20)
    assert workers.during(90, 20, 90) == [], "first the one, then the other: neither stood for two minutes"


def test_it_is_scaled_down_by_one_only_after_half_an_hour_of_calm() -> None:
    workers = Workers(4)
    assert workers.during(1800, 39, 49) == []
    assert workers.read(39, 49) == [("act", "3")]


@pytest.mark.parametrize(
    ("cpu", "memory"),
    [
        pytest.param(41, 20, id="the CPU is not low"),
        pytest.param(20, 51, id="memory is not low"),
        pytest.param(None, 20, id="one figure is not known"),
        pytest.param(60, 60, id="between both"),
    ],
)
def test_a_moment_without_calm_begins_the_half_hour_anew(cpu: float | None, memory: float | None) -> None:
    workers = Workers(4)
    workers.during(1800, 20, 20)
    assert workers.read(cpu, memory) == []
    assert workers.during(1800, 20, 20) == []
    assert workers.read(20, 20) == [("act", "3")]


def test_there_are_never_fewer_than_the_least() -> None:
    workers = Workers(2)
    assert workers.during(3600, 1, 1) == []


def test_without_data_nothing_is_decided() -> None:
    workers = Workers(4)
    assert workers.during(3600, None, None) == []
    for _ in range(100):
        assert workers.read(90, 90, stale=True) == []


def test_a_laptop_that_slept_proves_no_calm() -> None:
    workers = Workers(4)
    workers.read(20, 20)
    workers.on.now += 8 * 3600
    assert workers.read(20, 20) == []


def test_after_scaling_by_anybody_it_cools_down_and_counts_anew() -> None:
    workers = Workers(2)
    workers.during(150, 90, 20)
    number = workers.on.begins(by=ALICE, row="container:local/shop-worker-1", action="compose.scale")
    assert workers.read(90, 20) == [], "while it runs"
    workers.on.ends(number, "verified")
    workers.count = 4
    assert workers.during(300, 90, 20) == [], "five minutes of cooling down"
    assert workers.during(120, 90, 20) == []
    assert workers.during(60, 90, 20) == [("act", "8")]


@pytest.mark.parametrize(
    ("more", "auto", "expected"),
    [
        pytest.param({"mode": "propose"}, Auto(), "its mode is to propose", id="it only proposes"),
        pytest.param({}, Auto(storm=1), "2 targets fail at once", id="in a storm"),
    ],
)
def test_brakes_leave_it_to_a_person(more: dict[str, Any], auto: Auto, expected: str) -> None:
    workers = Workers(auto=auto, **more)
    for name in ("a", "b"):
        workers.during(150, 90, 20)
        workers.on.reads(f"service:{name}")
    workers.on.reads("service:a")
    (decision,) = workers.on.look()
    assert (decision.kind, expected in decision.reason) == ("propose", True), decision.reason
    assert decision.reason.startswith("scale worker from 2 to 4: container.cpu_percent 90 %, over 80 % for 2m")


def test_a_swarm_service_has_as_many_as_it_wants() -> None:
    on = Stage(config(scales=(scale(row="swarm.service:local/web", kind="swarm.scale", up_for=Duration(0)),)))
    on.reads("swarm.service:local/web", "ok", target="swarm:local", facts={"wanted": 3, "running": 2})
    for number in (1, 2):
        on.reads(
            f"container:local/web.{number}",
            "ok",
            target="docker:local",
            facts={"swarm_service": "web", "cpu_percent": 95.0, "memory_percent": 10.0},
        )
    (decision,) = on.look()
    assert (decision.kind, decision.row, decision.action) == ("act", "swarm.service:local/web", "swarm.scale")
    assert decision.params == {"count": "6"}


def test_containers_that_do_not_run_are_not_counted() -> None:
    on = Stage(config())
    for number, state in ((1, "running"), (2, "exited"), (3, "running")):
        on.reads(
            f"container:local/shop-worker-{number}",
            "ok",
            target="docker:local",
            facts={"project": "shop", "service": "worker", "state": state},
        )
    (group,) = groups(on.scene().board, scale()).values()
    assert group.count == 2


def test_a_condition_may_be_about_other_rows() -> None:
    on = Stage(config())
    on.reads("queue:cache/jobs", "ok", target="redis:cache", facts={"ready": 900})
    on.reads("queue:cache/mails", "ok", target="redis:cache", facts={"ready": 100})
    board, group = on.scene().board, Group(rows=tuple(on.rows.values()), count=1)
    assert mean(ScaleWhen(metric="queue.ready", row="queue:*/jobs", over=Quantity(1)), board, group) == 900
    assert mean(ScaleWhen(metric="queue.ready", row="queue:*", over=Quantity(1)), board, group) == 500
    assert mean(ScaleWhen(metric="queue.unknown", over=Quantity(1)), board, group) is None


@given(
    st.integers(1, 20),
    st.lists(st.tuples(st.floats(0, 100) | st.none(), st.floats(0, 100) | st.none()), max_size=90),
)
def test_it_never_leaves_its_limits(count: int, figures: list[tuple[float | None, float | None]]) -> None:
    workers = Workers(count)
    for cpu, memory in figures:
        for _, wanted in workers.read(cpu, memory):
            assert 2 <= int(wanted) <= 8
            assert int(wanted) != count
            assert (int(wanted) > count) == ((cpu is not None and cpu > 80) or (memory is not None and memory > 85))
