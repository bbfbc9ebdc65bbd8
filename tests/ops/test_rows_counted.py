"""What a poll counts: probes as one event each, and what sources say that users did."""

from collections.abc import Mapping

import pytest

from collectors.base import Collector, Entity, Events, Outcome, Poll, Reading, TargetConfig, Value
from collectors.polling.inert import sanitize
from collectors.registry import discover
from collectors.sketch import Sketch
from ops.config.structs import TargetSpec
from ops.rows import TargetRows
from ops.verdicts.defaults import Thresholds

NOW = 1_800_000_000.0
USERS = Events(total=40, failed=3, latencies=b"\x02")
GOOD: Mapping[str, Value] = {"status": 200, "total_s": 0.25}


def target(section: str, name: str = "api") -> TargetRows:
    """A target of that section that was not polled yet."""
    collector: type[Collector[TargetConfig]] = discover()[section]
    config = TargetConfig(name=name)
    spec = TargetSpec(id=f"{section}:{name}", collector=collector, config=config)
    return TargetRows(spec, Thresholds(), NOW)


def fresh(section: str, facts: Mapping[str, Value] | None = None, *parts: Entity, events: Events | None = None) -> Poll:
    """A poll with a reading."""
    own = Entity(kind=section, name="own", facts=facts or {}, events=events)
    return ended("fresh", section, sanitize(Reading((own, *parts))))


def ended(outcome: Outcome, section: str = "service", reading: Reading | None = None) -> Poll:
    """A poll that ended so."""
    error = "" if outcome == "fresh" else "no answer"
    return Poll(target=f"{section}:api", outcome=outcome, at=NOW, took_s=0.1, reading=reading, error=error)


def sketch(*values: float) -> bytes:
    """A packed sketch of those."""
    made = Sketch()
    for value in values:
        made.add(value)
    return made.pack()


def figure(name: str, events: Events | None = USERS) -> Entity:
    """A part that counts, with a hint, so that sanitizing makes it anew."""
    return Entity(kind="prometheus.figure", name=name, hints=("a \x1b hint",), events=events)


@pytest.mark.parametrize(
    ("section", "polls", "counted"),
    [
        pytest.param("service", [], {}, id="before any poll nothing is counted"),
        pytest.param(
            "service",
            [fresh("service", GOOD)],
            {"service:api": Events(total=1, failed=0)},
            id="the first probe counts without its latency",
        ),
        pytest.param(
            "service",
            [fresh("service", GOOD)] * 2,
            {"service:api": Events(total=1, failed=0, latencies=sketch(0.25))},
            id="each take tells only of itself, with its latency",
        ),
        pytest.param(
            "service",
            [ended("no_data"), fresh("service", GOOD)],
            {"service:api": Events(total=1, failed=0)},
            id="no data is no first poll",
        ),
        pytest.param(
            "service",
            [fresh("service", GOOD), fresh("service", {"status": 500, "failure": "x", "total_s": 0.5})],
            {"service:api": Events(total=1, failed=1, latencies=sketch(0.5))},
            id="a wrong answer failed, and has its latency",
        ),
        pytest.param(
            "service",
            [fresh("service", GOOD), ended("failed")],
            {"service:api": Events(total=1, failed=1)},
            id="the first of three failures counts at once",
        ),
        pytest.param("service", [fresh("service", GOOD), ended("no_data")], {}, id="no data is no event"),
        pytest.param("service", [fresh("service", GOOD), ended("broken")], {}, id="our own fault is no event"),
        pytest.param("dns", [ended("failed", "dns")], {"dns:api": Events(total=1, failed=1)}, id="a name is a probe"),
        pytest.param("host", [fresh("host", {"cpu_percent": 5.0})], {}, id="a host is no probe"),
        pytest.param("host", [ended("failed", "host")], {}, id="nor is a host that can't be read"),
        pytest.param(
            "access_log", [fresh("access_log", events=USERS)], {"access_log:api": USERS}, id="requests of a log"
        ),
        pytest.param(
            "access_log",
            [fresh("access_log", events=USERS), ended("failed", "access_log")],
            {},
            id="a log that can't be read says nothing of users",
        ),
        pytest.param(
            "access_log",
            [fresh("access_log", events=Events(total=0, failed=0))],
            {"access_log:api": Events(total=0, failed=0)},
            id="watched, and nobody came: known, and zero",
        ),
        pytest.param(
            "prometheus",
            [fresh("prometheus", {}, figure("api"), figure("api"), figure("web", None))],
            {
                "prometheus:api": Events(total=1, failed=0),
                "prometheus.figure:api/api": USERS,
                "prometheus.figure:api/api#2": USERS,
            },
            id="parts by their row ids, and the one who tells is a probe itself",
        ),
    ],
)
def test_a_take_counts(section: str, polls: list[Poll], counted: Mapping[str, Events]) -> None:
    rows = target(section)
    for number, poll in enumerate(polls):
        rows.take(poll, poll.at + 10 * number)
    assert dict(rows.counted) == counted


def test_a_probe_that_only_makes_sure_is_no_event() -> None:
    rows = target("service")
    seen = []
    for at in (0, 10, 13.3, 16.7, 26.7):
        rows.take(ended("failed"), NOW + at)
        seen.append(sum(events.total for events in rows.counted.values()))
    assert seen == [1, 1, 0, 1, 1]


def test_each_row_that_counts_is_on_the_floor_without_its_events() -> None:
    rows = target("prometheus", "main")
    rows.take(fresh("prometheus", {}, figure("api")), NOW)
    assert set(rows.counted) <= {row.id for row in rows.rows}
    assert "latencies" not in str([(row.facts, row.texts) for row in rows.rows])
