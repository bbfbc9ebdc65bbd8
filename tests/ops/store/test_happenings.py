"""What happened between two readings: restarts, deploys and rows that went, and nothing that did not happen."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.base import Value
from ops.board import Row
from ops.store.contract import Record
from ops.store.happenings import Known, between, complete, not_watched

NOW = 1_700_000_000.0
Facts = dict[str, Value]


def row(row_id: str, facts: Facts | None = None, **more: Any) -> Row:
    """A row of the target "docker:a", read at NOW unless it says otherwise."""
    kind, _, name = row_id.partition(":")
    given: dict[str, Any] = {"kind": kind, "name": name, "target": "docker:a", "level": "ok", "word": "up"}
    return Row(id=row_id, **(given | {"reason": "", "since": 0.0, "at": NOW, "facts": facts or {}} | more))


def happened(old: Facts, new: Facts, *, kind: str = "container", after_s: float = 10, **more: Any) -> list[str]:
    """The events between two readings of one row, as "kind: text"."""
    keys = more.pop("keys", ("", ""))
    before = row(f"{kind}:web", old, at=NOW - after_s, key=keys[0])
    after = row(f"{kind}:web", new, key=keys[1], **more)
    return [f"{event.kind}: {event.text}" for event in between(before, after, NOW)]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        pytest.param({"restarts": 1}, {"restarts": 1}, [], id="nothing"),
        pytest.param({"restarts": 1}, {"restarts": 2}, ["restart: web was restarted"], id="the count rose"),
        pytest.param({"restarts": 1}, {"restarts": 4}, ["restart: web was restarted, 3 times"], id="it rose by three"),
        pytest.param({"restarts": 4}, {"restarts": 0}, [], id="the count fell: it says nothing"),
        pytest.param({"restarts": None}, {"restarts": 5}, [], id="the count became known"),
        pytest.param({"restarts": True}, {"restarts": 5}, [], id="a truth is no count"),
        pytest.param(
            {"restarts": 1, "uptime_s": 90.0},
            {"restarts": 2, "uptime_s": 1.0},
            ["restart: web was restarted"],
            id="count and uptime tell of one restart",
        ),
        pytest.param({"uptime_s": 90.0}, {"uptime_s": 3.0}, ["restart: web was started anew"], id="the uptime fell"),
        pytest.param({"uptime_s": 90.0}, {"uptime_s": 100.0}, [], id="the uptime rose"),
        pytest.param({"uptime_s": 90.0}, {"uptime_s": 89.0}, [], id="the uptime jittered"),
        pytest.param({"uptime_s": 9000.0}, {"uptime_s": 5400.0}, [], id="the clock was set back an hour"),
        pytest.param({"uptime_s": 90.0}, {"uptime_s": None}, [], id="it stopped: its level tells that"),
        pytest.param(
            {"started_at": NOW - 900, "uptime_s": None},
            {"started_at": NOW - 3, "uptime_s": 3.0},
            ["restart: web was started anew"],
            id="it had stopped, and runs again",
        ),
        pytest.param(
            {"started_at": NOW - 900, "uptime_s": 890.0},
            {"started_at": NOW - 899, "uptime_s": 20.0},
            [],
            id="the start is the same, whatever the clock says of the uptime",
        ),
        pytest.param({"started_at": NOW - 900}, {"started_at": NOW - 3}, [], id="an alert that fires anew runs not"),
        pytest.param(
            {"image": "web:1"}, {"image": "web:2"}, ["deploy: web runs web:2 now, before it was web:1"], id="the image"
        ),
        pytest.param({"image": None}, {"image": "web:2"}, [], id="the image became known"),
        pytest.param(
            {"image": "web:1", "restarts": 0},
            {"image": "web:2", "restarts": 1},
            ["deploy: web runs web:2 now, before it was web:1", "restart: web was restarted"],
            id="a deploy and a restart",
        ),
    ],
)
def test_of_a_container(old: Facts, new: Facts, told: list[str]) -> None:
    assert happened(old, new) == told


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        pytest.param("updating", "completed", ["deploy: web: the update is finished"], id="an update is finished"),
        pytest.param("updating", "paused", ["deploy: web: the update has stopped halfway"], id="it stopped"),
        pytest.param("rollback_started", "rollback_completed", ["deploy: web: the update was rolled back"], id="back"),
        pytest.param("completed", "completed", [], id="it was finished before"),
        pytest.param("completed", "updating", [], id="one begins"),
    ],
)
def test_of_a_swarm_service(old: str, new: str, told: list[str]) -> None:
    assert happened({"update_state": old}, {"update_state": new}, kind="swarm.service") == told


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        pytest.param(
            {"commit": "aaaa"},
            {"commit": "bbbb", "subject": "Fix it"},
            ["deploy: web: bbbb is deployed, before it was aaaa: Fix it"],
            id="another commit",
        ),
        pytest.param({"commit": "aaaa"}, {"commit": "aaaa"}, [], id="the same commit"),
        pytest.param(
            {"commit": "aaaa", "deployed_at": NOW - 90},
            {"commit": "aaaa", "deployed_at": NOW},
            ["deploy: web: aaaa is deployed again"],
            id="the same once more",
        ),
        pytest.param({"commit": "aaaa"}, {"commit": "aaaa", "deployed_at": NOW}, [], id="when became known"),
        pytest.param({"commit": None}, {"commit": "aaaa"}, [], id="the commit became known"),
    ],
)
def test_of_a_checkout(old: Facts, new: Facts, told: list[str]) -> None:
    assert happened(old, new, kind="git") == told


def test_another_container_of_the_same_name() -> None:
    assert happened({}, {}, keys=("abc", "def")) == ["restart: web is another container now"]
    assert happened({}, {}, keys=("", "def")) == []
    assert happened({}, {}, kind="postgres.session", keys=("12", "13")) == []


def test_old_readings_tell_nothing() -> None:
    assert happened({"restarts": 1}, {"restarts": 2}, stale=True) == []
    assert happened({"restarts": 1}, {"restarts": 2}, after_s=0) == []


def test_a_row_that_went_is_gone_and_told_where_that_is_news() -> None:
    own, web, query = row("docker:a"), row("container:web"), row("postgres.query:12")
    (first,), known = complete([Record(at=NOW, rows=[own, web, query])], Known())
    assert (first.gone, first.happened) == ((), ())
    (second,), known = complete([Record(at=NOW + 1, rows=[own], gone=("x",))], known)
    assert second.gone == ("x", "container:web", "postgres.query:12")
    assert [(event.kind, event.row) for event in second.happened] == [("gone", "container:web")]
    (third,), _ = complete([Record(at=NOW + 2, rows=[own])], known)
    assert (third.gone, third.happened) == ((), ())


def test_a_target_that_was_not_read_yet_says_nothing_of_its_parts() -> None:
    known = Known.of([row("docker:a"), row("container:web", {"restarts": 1})])
    (waiting,), known = complete([Record(at=NOW, rows=[row("docker:a", at=None)])], known)
    assert waiting.gone == ()
    (read,), _ = complete(
        [Record(at=NOW, rows=[row("docker:a"), row("container:web", {"restarts": 2}, at=NOW + 9)])], known
    )
    assert [event.text for event in read.happened] == ["web was restarted"]


def test_what_the_config_has_no_more_takes_leave() -> None:
    known = Known.of([row("docker:a"), row("container:web"), row("host:b", target="host:b")])
    farewell, known = not_watched(known, ["host:b"], NOW)
    assert farewell is not None
    assert farewell.gone == ("docker:a", "container:web")
    assert [event.text for event in farewell.happened] == ["a is not watched any more"]
    assert not_watched(known, ["host:b"], NOW) == (None, known)


VALUES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5))
FACTS = st.dictionaries(
    st.sampled_from(
        ["restarts", "started_at", "uptime_s", "image", "commit", "deployed_at", "update_state", "subject"]
    ),
    VALUES,
)


@given(FACTS, FACTS)
def test_any_facts_give_at_most_one_restart_and_one_deploy(old: Facts, new: Facts) -> None:
    kinds = [event.kind for event in between(row("container:x", old, at=NOW - 5), row("container:x", new), NOW)]
    assert kinds in ([], ["restart"], ["deploy"], ["deploy", "restart"])


def drifted(*differences: tuple[str, str], at: float = NOW, since: float = NOW) -> Record:
    """A reading of drift with these differences, as (path, key), which are there since then."""
    own = row("drift:a", {"detected_at": at}, target="drift:a")
    rows = [
        row(f"drift.difference:a/{path}", {"since": since}, name=path, key=key, target="drift:a")
        for path, key in differences
    ]
    return Record(at=NOW, rows=[own, *rows])


def test_a_difference_that_appears_or_becomes_another_one_is_news_and_one_that_is_gone_is_none() -> None:
    records = [
        drifted(("files:/a", "1"), ("files:/b", "1"), ("files:/c", "1")),
        drifted(("files:/a", "1"), ("files:/b", "2"), ("files:/d", "1"), at=NOW + 300, since=NOW + 300),
    ]
    told, _ = complete(records, Known())

    assert [(event.kind, event.row) for record in told for event in record.happened] == [
        ("drift", "drift.difference:a/files:/b"),
        ("drift", "drift.difference:a/files:/d"),
    ]


def test_a_difference_that_was_known_and_only_has_a_row_by_now_is_no_news_unless_the_clock_was_set_back() -> None:
    def news(at: float) -> int:
        records = [drifted(("files:/a", "1")), drifted(("files:/b", "1"), at=at, since=NOW - 60)]
        return sum(len(record.happened) for record in complete(records, Known())[0])

    assert news(NOW + 300) == 0
    assert news(NOW - 30) == 1
