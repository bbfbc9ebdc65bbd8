"""The routing tree: the cases of Alertmanager's own route_test.go, and what a child has of its parent."""

import pytest

from collectors.units import Duration
from ops.config.alerting import Route
from ops.notify.routes import group_key, group_labels, routes_of

TREE = Route(
    receivers=("notify-def",),
    routes=(
        Route(
            match=("owner=team-A",),
            receivers=("notify-A",),
            routes=(
                Route(match=("env=testing",), receivers=("notify-testing",), group_by=("...",)),
                Route(
                    match=("env=production",),
                    receivers=("notify-productionA",),
                    group_wait=Duration(60),
                    proceed=True,
                ),
                Route(match=('env=~"produ.*"', 'job=~".*"'), receivers=("notify-productionB",), group_by=("job",)),
            ),
        ),
        Route(match=('owner=~"team-(B|C)"',), receivers=("notify-BC",), group_by=("foo", "bar")),
        Route(
            match=("group_by=role",),
            group_by=("role",),
            routes=(
                Route(match=("env=testing",), receivers=("notify-testing",), routes=(Route(match=("wait=long",)),)),
            ),
        ),
    ),
)


@pytest.mark.parametrize(
    ("labels", "receivers", "paths"),
    [
        pytest.param({"owner": "team-A"}, ["notify-A"], [("owner=team-A",)], id="no child matches: the node itself"),
        pytest.param({"owner": "team-A", "env": "unset"}, ["notify-A"], [("owner=team-A",)], id="another value"),
        pytest.param({"owner": "team-D"}, ["notify-def"], [()], id="nothing matches: the top"),
        pytest.param({}, ["notify-def"], [()], id="no labels: the top"),
        pytest.param(
            {"owner": "team-A", "env": "testing"},
            ["notify-testing"],
            [("owner=team-A", "env=testing")],
            id="the first child that matches, and no other",
        ),
        pytest.param(
            {"owner": "team-A", "env": "production"},
            ["notify-productionA", "notify-productionB"],
            [("owner=team-A", "env=production"), ("owner=team-A", 'env=~"produ.*",job=~".*"')],
            id="and the next one too where it says continue",
        ),
        pytest.param({"owner": "team-C"}, ["notify-BC"], [('owner=~"team-(B|C)"',)], id="by a pattern"),
        pytest.param(
            {"group_by": "role"}, ["notify-def"], [("group_by=role",)], id="a node without receivers: the top's"
        ),
        pytest.param(
            {"group_by": "role", "env": "testing"},
            ["notify-testing"],
            [("group_by=role", "env=testing")],
            id="two levels down, where no deeper one matches",
        ),
        pytest.param(
            {"group_by": "role", "env": "testing", "wait": "long"},
            ["notify-testing"],
            [("group_by=role", "env=testing", "wait=long")],
            id="three levels down, with what the one above it says",
        ),
    ],
)
def test_where_alerts_go(labels: dict[str, str], receivers: list[str], paths: list[tuple[str, ...]]) -> None:
    ways = routes_of(labels, TREE)
    assert [name for way in ways for name in way.receivers] == receivers
    assert [way.path for way in ways] == paths


def test_what_is_not_said_is_the_parents() -> None:
    (way,) = routes_of({"group_by": "role", "env": "testing", "wait": "long"}, TREE)
    assert (way.group_by, way.wait_s, way.interval_s, way.repeat_s) == (("role",), 30.0, 300.0, 14400.0)
    first, second = routes_of({"owner": "team-A", "env": "production"}, TREE)
    assert (first.wait_s, second.wait_s) == (60.0, 30.0), "a sibling's wait is its own"
    (way,) = routes_of({"owner": "team-A", "env": "production"}, Route(receivers=()))
    assert way.receivers == (), "nobody is somebody too"


def test_criticals_do_not_wait_unless_they_are_told_to() -> None:
    assert routes_of({"severity": "critical"}, Route())[0].wait_s == 0.0
    assert routes_of({"severity": "warning"}, Route())[0].wait_s == 30.0
    assert routes_of({"severity": "critical"}, Route(group_wait=Duration(10)))[0].wait_s == 10.0


def test_an_escalation_can_be_switched_off_below() -> None:
    tree = Route(escalation="on call", routes=(Route(match=("env=test",), escalation=""),))
    assert routes_of({"env": "production"}, tree)[0].escalation == "on call"
    assert routes_of({"env": "test"}, tree)[0].escalation == ""


def test_a_top_that_does_not_match_gives_no_way() -> None:
    assert routes_of({"env": "test"}, Route(match=("env=production",))) == []


def test_continue_without_a_later_match_goes_one_way() -> None:
    tree = Route(routes=(Route(match=("a=1",), proceed=True), Route(match=("b=1",))))
    assert [way.path for way in routes_of({"a": "1"}, tree)] == [("a=1",)]
    assert [way.path for way in routes_of({"a": "1", "b": "1"}, tree)] == [("a=1",), ("b=1",)]


def test_groups_are_known_by_their_way_and_their_labels() -> None:
    (way,) = routes_of({"owner": "team-B"}, TREE)
    assert group_labels(way, {"foo": "1", "rule": "down"}) == {"foo": "1", "bar": ""}
    assert group_key(way, {"foo": "1"}) == 'owner=~"team-(B|C)":{foo="1",bar=""}'
    (way,) = routes_of({}, Route())
    assert group_key(way, {"incident": "42", "rule": "down"}) == 'all:{incident="42"}'
    (way,) = routes_of({"owner": "team-A", "env": "testing"}, TREE)
    assert group_labels(way, {"b": "2", "a": "1"}) == {"a": "1", "b": "2"}, "every label: no grouping"


def test_twins_are_apart_and_a_new_neighbour_moves_nobody() -> None:
    twins = Route(routes=(Route(match=("a=1",), proceed=True), Route(match=("a=1",))))
    keys = [group_key(way, {"incident": "1"}) for way in routes_of({"a": "1"}, twins)]
    assert keys == ['a=1:{incident="1"}', 'a=1#2:{incident="1"}']
    more = Route(routes=(Route(match=("z=1",)), *twins.routes))
    assert [group_key(way, {"incident": "1"}) for way in routes_of({"a": "1"}, more)] == keys


NOT = Route(
    receivers=("all",),
    routes=(
        Route(
            match=("owner=team-A", "level!=critical"),
            receivers=("A",),
            routes=(Route(match=("env=testing", 'baz!~".*quux"'), receivers=("testing",)),),
        ),
    ),
)


@pytest.mark.parametrize(
    ("labels", "receiver"),
    [
        pytest.param({"owner": "team-A"}, "A", id="what is not there is unequal"),
        pytest.param({"owner": "team-A", "level": "low"}, "A", id="and so is another value"),
        pytest.param({"owner": "team-A", "level": "critical"}, "all", id="the value itself is not"),
        pytest.param({"owner": "team-A", "env": "testing"}, "testing", id="what is not there fits no pattern"),
        pytest.param({"owner": "team-A", "env": "testing", "baz": "fooquux"}, "A", id="what fits it goes no further"),
    ],
)
def test_matchers_that_leave_out(labels: dict[str, str], receiver: str) -> None:
    assert [way.receivers for way in routes_of(labels, NOT)] == [(receiver,)]


@pytest.mark.parametrize(
    ("first", "paths"),
    [
        pytest.param(
            Route(match=("a=1",), proceed=True, routes=(Route(match=("b=1",)), Route(match=("b=1",)))),
            [("a=1", "b=1"), ("a=1#2",)],
            id="a route's continue is for those beside it, not for those below",
        ),
        pytest.param(
            Route(match=("a=1",), routes=(Route(match=("b=1",), proceed=True), Route(match=("b=1",)))),
            [("a=1", "b=1"), ("a=1", "b=1#2")],
            id="one below goes on among those beside it, not above",
        ),
        pytest.param(
            Route(match=("a=2",), proceed=True, routes=(Route(match=("b=1",)),)),
            [("a=1",)],
            id="where the route does not match, those below are not asked",
        ),
    ],
)
def test_how_far_continue_goes(first: Route, paths: list[tuple[str, ...]]) -> None:
    tree = Route(routes=(first, Route(match=("a=1",))))
    assert [way.path for way in routes_of({"a": "1", "b": "1"}, tree)] == paths


def test_all_times_and_grouping_by_every_label_are_the_parents_unless_said() -> None:
    parent = Route(
        match=("env=parent",), group_by=("...",), group_wait=Duration(10), group_interval=Duration(60),
        repeat=Duration(3600),
        routes=(Route(match=("a=1",)), Route(match=("b=1",), group_by=("foo",), group_interval=Duration(90))),
    )  # fmt: skip
    tree = Route(routes=(parent,))
    (same,) = routes_of({"env": "parent", "a": "1", "severity": "critical"}, tree)
    assert (same.group_by, same.wait_s, same.interval_s, same.repeat_s) == (("...",), 10.0, 60.0, 3600.0)
    (own,) = routes_of({"env": "parent", "b": "1"}, tree)
    assert (own.group_by, own.wait_s, own.interval_s, own.repeat_s) == (("foo",), 10.0, 90.0, 3600.0)
