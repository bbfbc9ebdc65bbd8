"""The management API's answers are read whatever they hold; nodes, alarms, rates and patterns of names."""

import re
from contextlib import suppress
from fnmatch import fnmatchcase
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.base import CollectError
from collectors.deltas import Sample
from collectors.rabbitmq_api.answers import Node, read_nodes, read_overview, read_page, read_reason, read_vhosts
from collectors.rabbitmq_api.api import name_pattern
from collectors.rabbitmq_api.parse import broker_facts, node_facts, queue_entity, rates, sample

NAMES = [
    "name",
    "vhost",
    "items",
    "rabbitmq_version",
    "message_stats",
    "publish",
    "publish_details",
    "rate",
    "mem_used",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5),
)


@given(st.binary() | JSON.map(msgspec.json.encode))
def test_any_answer_is_read_or_refused(body: bytes) -> None:
    assert read_reason(body).isprintable()
    now = Sample(1.0, {})
    with suppress(CollectError):
        overview = read_overview(body)
        broker_facts(overview, 0.1, None, sample(overview.message_stats, None, 1.0))
    with suppress(CollectError):
        read_vhosts(body)
    with suppress(CollectError):
        node_facts(read_nodes(body))
    with suppress(CollectError):
        for queue in read_page(body).items:
            assert queue_entity(queue, "main", None, now, counts=True, may_go=False).name.isprintable()


def node(name: str = "rabbit@a", **told: Any) -> Node:
    return Node(**{"name": name, "running": True, "mem_alarm": False, "disk_free_alarm": False, **told})


def test_of_several_nodes_the_one_nearest_to_its_limit_is_told() -> None:
    facts = node_facts(
        [
            node("rabbit@a", mem_used=90, mem_limit=100, disk_free=900, disk_free_limit=10),
            node("rabbit@b", mem_used=95, mem_limit=200, disk_free=20, disk_free_limit=10),
            node("rabbit@c", running=False),
        ]
    )
    assert (facts["memory_percent"], facts["memory_node"]) == (90, "rabbit@a")
    assert (facts["disk_free_bytes"], facts["disk_node"]) == (20, "rabbit@b")
    assert (facts["nodes"], facts["nodes_running"], facts["nodes_down"]) == (3, 2, "rabbit@c")
    assert facts["publishers_blocked"] is False


def test_the_node_with_the_alarm_is_told_first() -> None:
    quiet = node("rabbit@a", mem_used=99, mem_limit=100, disk_free=1, disk_free_limit=10)
    loud = node("rabbit@b", mem_used=5, mem_limit=100, mem_alarm=True, disk_free=900, disk_free_limit=10)
    facts = node_facts([quiet, loud])
    assert (facts["memory_node"], facts["memory_alarm"], facts["publishers_blocked"]) == ("rabbit@b", True, True)


def test_a_limit_that_is_no_number_is_not_known() -> None:
    facts = node_facts([node(mem_used=5, mem_limit="unlimited", disk_free="NaN", disk_free_limit=1)])
    assert (facts["memory_percent"], facts["memory_max_bytes"], facts["disk_free_bytes"]) == (None, None, None)


def test_a_split_cluster_says_who_does_not_see_whom() -> None:
    facts = node_facts([node("a", partitions=["b", "c"]), *(node(name, partitions=["a"]) for name in "bcde")])
    said = "a does not see b, c; b does not see a; c does not see a; and 2 more"
    assert facts["partitions"] == said
    assert set(node_facts(None).values()) == {None}


@pytest.mark.parametrize(
    ("figures", "counts", "said"),
    [
        pytest.param({"publish": 50, "publish_details": {"rate": 4.0}}, True, 4.0, id="as RabbitMQ tells"),
        pytest.param({"publish": 50, "publish_details": {"rate": 0.0}}, True, 3.0, id="a burst between two polls"),
        pytest.param({"publish": 50}, True, 3.0, id="by counters alone"),
        pytest.param({"publish": 20, "publish_details": {"rate": 0.0}}, True, 0.0, id="nothing came"),
        pytest.param({}, True, 0.0, id="nothing ever came"),
        pytest.param({}, False, None, id="messages are not counted"),
    ],
)
def test_rates(figures: dict[str, object], counts: bool, said: float | None) -> None:
    before = sample({"publish": 20}, None, 0.0)
    assert rates(figures, before, sample(figures, None, 10.0), counts)["in_per_s"] == said


@given(
    st.lists(st.text("ab*?[]!.", max_size=4), max_size=3),
    st.lists(st.text("ab*?[]!.", max_size=4), max_size=3),
    st.text("abAB.[]\n", max_size=4),
)
def test_a_pattern_takes_what_its_globs_take(only: list[str], exclude: list[str], name: str) -> None:
    wanted = (not only or any(fnmatchcase(name, glob) for glob in only)) and not any(
        fnmatchcase(name, glob) for glob in exclude
    )
    pattern = name_pattern(only, exclude)
    plain = pattern.replace("(?-i)", "").replace("(?:.*)$", "(?s:.*)\\Z")
    assert (re.match(plain, name) is not None) == wanted or not pattern
