"""What workers and brokers answer is read whatever it is: replies, envelopes, depths and who consumes."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.celery_api.found import Depth, Found, app_entity, consumers, queue_entity
from collectors.celery_api.mailbox import Workers, envelope, is_task, open_envelope, read_replies
from collectors.deltas import Sample

TICKETS = {"q": "active_queues", "a": "active"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | st.just("name"), inner, max_size=3)
    ),
)


def reply(ticket: str, **told: object) -> tuple[str, bytes]:
    return ticket, msgspec.json.encode(told)


def test_who_answered_and_what_they_consume() -> None:
    workers = read_replies(
        [
            reply("q", b=[{"name": "celery"}, {"name": "celery"}, {"name": "mails"}]),
            reply("q", a=[{"name": "celery"}, {"nameless": 1}]),
            reply("a", a=[{"id": 1}, {"id": 2}]),
            reply("a", b=[]),
            reply("older", c=[{"name": "celery"}]),
            reply("q", d={"error": "no"}),
        ],
        TICKETS,
    )
    assert workers == Workers(("a", "b"), {"celery": 2, "mails": 1}, 2)


def test_tasks_that_not_all_workers_told_are_not_known() -> None:
    assert read_replies([reply("q", a=[], b=[]), reply("a", a=[])], TICKETS).active is None


def test_very_many_workers_are_named_in_one_line() -> None:
    workers = read_replies([reply("q", **{f"w{number:03}": [] for number in range(600)})], TICKETS)
    assert len(workers.names) == 500
    assert workers.listed.endswith("w019 and 480 more")


@given(st.lists(st.tuples(st.sampled_from(["q", "a", "x"]), st.binary() | JSON.map(msgspec.json.encode))))
def test_any_reply_is_read(replies: list[tuple[str, bytes]]) -> None:
    workers = read_replies(replies, TICKETS)
    assert all(name.isprintable() for name in workers.names)


@given(st.binary() | JSON.map(msgspec.json.encode))
def test_any_envelope_is_opened_or_left(text: bytes) -> None:
    assert open_envelope(text) is None or b"headers" in text
    assert is_task(text) in (True, False)


def test_an_envelope_is_a_message_of_celery_and_holds_its_body() -> None:
    text = envelope(b'{"a": 1}', "celery.pidbox")
    assert is_task(text)
    assert open_envelope(text) == ("None", b'{"a": 1}')
    assert is_task(b'{"body": "xxxxxx'), "a long message is cut"
    assert not is_task(b"plain")


@pytest.mark.parametrize(
    ("told", "workers", "mute", "said"),
    [
        pytest.param(None, Workers(("a",), {"q": 1}), 0, 1, id="a worker says so"),
        pytest.param(None, Workers(), 0, 0, id="no worker is there"),
        pytest.param(None, Workers(), 2, None, id="who does not answer may consume it"),
        pytest.param(None, None, None, None, id="workers could not be asked"),
        pytest.param(3, Workers(), 0, 3, id="the broker knows better"),
    ],
)
def test_who_consumes(told: int | None, workers: Workers | None, mute: int | None, said: int | None) -> None:
    depth = Depth(name="q", ready=1, consumers=told)
    assert consumers(depth, Found(latency_s=0.1, depths=[depth], workers=workers, mute=mute)) == said


def test_what_is_not_known_of_one_queue_is_not_known_of_all() -> None:
    depths = [Depth(name="a", ready=3), Depth(name="b", ready=None)]
    found = Found(latency_s=0.1, depths=depths, workers=None)
    assert app_entity("celery", "tasks", "redis", found).facts["ready"] is None


def test_a_queue_that_drains_says_when() -> None:
    depth = Depth(name="a", ready=60)
    found = Found(latency_s=0.1, depths=[depth], workers=None)
    facts = queue_entity(depth, found, "tasks", Sample(0, {"ready": 100}), Sample(10, {"ready": 60})).facts
    assert (facts["net_per_s"], facts["drain_s"]) == (-4, 15)
