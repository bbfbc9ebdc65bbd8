"""Comparison: exactly what differs, once, and nothing that could not be read is given as gone."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ops.drift.compare import counted, differences, gravest_first, identity, not_agreed, value_key
from ops.drift.structs import SEVERITIES, Baseline, Captured, Difference, Head, Item, Value

NAMES = st.sampled_from(["a", "b", "c", "env.A", "env.B", "text"])
VALUES: st.SearchStrategy[Value] = st.one_of(
    st.sampled_from([0, 1, 1.0, True, False, "", "1", "x\ny"]),
    st.lists(st.sampled_from(["p", "q"]), max_size=3).map(tuple),
)
ITEMS = st.builds(Item, name=NAMES, facts=st.dictionaries(NAMES, VALUES, max_size=4))
SIDES = st.lists(ITEMS, max_size=4, unique_by=lambda item: item.name).map(tuple)


def side(*items: Item, source: str = "files", **more: Any) -> Captured:
    """What a source gave."""
    return Captured(source=source, items=items, **more)


def item(name: str = "x", unreadable: Mapping[str, str] | None = None, **facts: Value) -> Item:
    """One with these facts; "__" in a name is a dot."""
    return Item(
        name=name,
        facts={key.replace("__", "."): value for key, value in facts.items()},
        unreadable=unreadable or {},
    )


def agreed(*captured: Captured) -> Baseline:
    """A baseline of that."""
    head = Head(name="agreed", id="0123456789ab", at=1.7e9, host="web-1", user="ann", version="0.1.0")
    return Baseline(head=head, captured=captured)


def told(before: Captured, after: Captured) -> Sequence[str]:
    """Differences in short words."""
    return [f"{one.kind} {one.path}" for one in differences(agreed(before), [after])]


@given(SIDES)
def test_what_is_as_agreed_differs_in_nothing(items: tuple[Item, ...]) -> None:
    assert differences(agreed(side(*items)), [side(*reversed(items))]) == ()


@given(SIDES, SIDES)
def test_each_difference_is_one_and_applying_all_of_them_gives_what_is(
    before: tuple[Item, ...], after: tuple[Item, ...]
) -> None:
    found = differences(agreed(side(*before)), [side(*after)])
    assert len({one.path for one in found}) == len(found)
    state = {one.name: dict(one.facts) for one in before}
    for one in found:
        path = one.place
        if not path.fact and one.kind == "added":
            state[path.item] = dict(one.facts)
        elif not path.fact:
            assert state.pop(path.item) == one.facts
        elif one.after is None:
            assert state[path.item].pop(path.fact) == one.before
        else:
            assert state[path.item].get(path.fact) == one.before
            state[path.item][path.fact] = one.after
    assert repr(sorted((name, sorted(facts.items())) for name, facts in state.items())) == repr(
        sorted((one.name, sorted(one.facts.items())) for one in after)
    )


@given(SIDES, SIDES)
def test_the_other_way_round_it_is_the_other_way_round(before: tuple[Item, ...], after: tuple[Item, ...]) -> None:
    other = {"added": "removed", "removed": "added"}
    there = differences(agreed(side(*before)), [side(*after)])
    back = differences(agreed(side(*after)), [side(*before)])
    assert [(one.path, one.kind) for one in back] == [(one.path, other.get(one.kind, one.kind)) for one in there]


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        pytest.param(item(mode="0644"), item(mode="0600"), ["changed files:x#mode"], id="a fact changed"),
        pytest.param(item(), item(mode="0600"), ["added files:x#mode"], id="a fact came"),
        pytest.param(item(mode="0644"), item(), ["removed files:x#mode"], id="a fact went"),
        pytest.param(item(on=True), item(on=1), ["changed files:x#on"], id="yes is not one"),
        pytest.param(item(n=1), item(n=1.0), ["changed files:x#n"], id="a count is not a measure"),
        pytest.param(item(l=("a", "b")), item(l=("b", "a")), ["reordered files:x#l"], id="only another order"),
        pytest.param(item(l=("a", "b")), item(l=("b", "b")), ["changed files:x#l"], id="other members"),
        pytest.param(item(l=("a",)), item(l=()), ["changed files:x#l"], id="a list ran empty"),
        pytest.param(
            item(mode="0644", env__A="1"),
            item(unreadable={"env": "no right"}, mode="0600"),
            ["unreadable files:x#env", "changed files:x#mode"],
            id="what can't be read now hides what is below it",
        ),
        pytest.param(
            item(unreadable={"env": "no right"}), item(env__A="1", environ="2"), ["added files:x#environ"],
            id="what could not be read then is not known",
        ),
        pytest.param(
            item(unreadable={"text": "no right"}), item(unreadable={"text": "still no right"}), [],
            id="what never could be read is as agreed",
        ),
        pytest.param(item(unreadable={"": "no right"}), item(mode="0600"), [], id="an item that once was unreadable"),
        pytest.param(
            item(mode="0600"), item(unreadable={"": "no right", "mode": "no right"}), ["unreadable files:x"],
            id="an item that can't be read now",
        ),
    ],
)  # fmt: skip
def test_facts(before: Item, after: Item, says: Sequence[str]) -> None:
    assert told(side(before), side(after)) == sorted(says, key=lambda line: line.partition(" ")[2])


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        pytest.param(side(item("a")), side(item("b")), ["removed files:a", "added files:b"], id="one went, one came"),
        pytest.param(side(item("a")), side(), ["removed files:a"], id="there is nothing of it any more"),
        pytest.param(
            side(item("a"), item("b")), side(unreadable="no answer"), ["unreadable files:*"],
            id="a source that can't be read is one difference, and nothing of it is gone",
        ),
        pytest.param(side(unreadable="no answer"), side(item("a")), [], id="a source that could not be read then"),
        pytest.param(
            side(item("a"), item("b")), side(nothing="no engine is configured"), ["unreadable files:*"],
            id="what nobody is told to read any more is not gone",
        ),
        pytest.param(
            side(item("/srv/.env")), side(nothing="no environment file is named"), ["removed files:/srv/.env"],
            id="what is called by its place is gone where nothing is there",
        ),
        pytest.param(side(nothing="no engine"), side(nothing="no engine"), [], id="nothing to read, as agreed"),
        pytest.param(
            side(item("a"), item("c"), item("e")), side(item("a"), item("d"), left_out=3),
            ["removed files:c", "added files:d"], id="what may be left out is not gone",
        ),
        pytest.param(
            side(item("a"), item("c"), left_out=3), side(item("b"), item("c"), item("d")),
            ["removed files:a", "added files:b"], id="what may have been left out is not new",
        ),
        pytest.param(side(item("a", {"": "no right"})), side(), [], id="whether it was there was not known"),
    ],
)  # fmt: skip
def test_items(before: Captured, after: Captured, says: Sequence[str]) -> None:
    assert told(before, after) == says


def test_only_sources_of_both_sides_are_compared_and_others_are_told() -> None:
    baseline = agreed(side(item()), side(item(), source="git"))
    captured = [side(item(n=1), source="git"), side(item(), source="units"), side(source="swarm")]
    assert [one.path for one in differences(baseline, captured)] == ["git:x#n"]
    assert not_agreed(baseline, captured) == ("units",)


def test_whether_it_can_be_put_right_is_said_by_the_baseline() -> None:
    before = replace(item(mode="0644"), kept=False)
    (changed,) = differences(agreed(side(before)), [side(item(mode="0600"))])
    (added,) = differences(agreed(side()), [side(before)])
    assert (changed.kept, added.kept) == (False, True)
    assert added.facts == {"mode": "0644"}


@given(st.lists(st.builds(Difference, path=st.sampled_from(["a:a", "a:b", "b:a"]), kind=st.just("changed"),
                          severity=st.sampled_from(SEVERITIES), ignored=st.sampled_from(["", "a:*"]))))  # fmt: skip
def test_the_gravest_that_count_are_first_and_all_are_counted_once(found: list[Difference]) -> None:
    ordered = gravest_first(found)
    ranks = [(not one.counts, -SEVERITIES.index(one.severity), one.path) for one in ordered]
    assert ranks == sorted(ranks)
    counts = counted(found)
    assert sum(counts[name] for name in (*SEVERITIES, "ignored", "expected")) == len(found)


def test_what_is_accepted_is_one_value_only() -> None:
    changed = Difference(path="a:b#c", kind="changed", before="1", after="2")
    assert value_key(changed) == value_key(replace(changed, before="0", severity="info", since=5))
    assert value_key(changed) != value_key(replace(changed, after="3"))
    assert identity(changed) != identity(replace(changed, path="a:b#d"))
    gone = Difference(path="a:b", kind="removed", facts={"x": 1})
    assert value_key(gone) == value_key(replace(gone, facts={}))
    new = Difference(path="a:b", kind="added", facts={"x": 1, "y": 2})
    assert value_key(new) == value_key(replace(new, facts={"y": 2, "x": 1}))
    assert value_key(new) != value_key(replace(new, facts={"x": 1}))
    unread = Difference(path="a:b", kind="unreadable", reason="timed out after 3.2 s")
    assert value_key(unread) == value_key(replace(unread, reason="timed out after 3.4 s"))
