"""Promises on disk: their order, what is no longer worth telling, how they end, and what is undelivered."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from collectors.base import Secret
from ops.incidents.database import connect, writing
from ops.notify.ledger import Ledger
from ops.notify.outbox import KEPT_S, LATE_S, LOUD_S, Outbox
from ops.notify.structs import Action, Delivery, Message, Record
from ops.redact import remember

NOW = 1_800_000_000.0
SENT = Delivery(outcome="sent", said="202 accepted", receipt="r-1")
AGAIN = Delivery(outcome="retry", said="503")


@pytest.fixture
def file(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(connect(tmp_path)) as connection:
        yield connection


def put(
    file: sqlite3.Connection, action: Action, *, group: str = "g", receiver: str = "slack", incident: int | None = None
) -> Message:
    """Promise one."""
    message = Message(
        group=group, receiver=receiver, action=action, severity="critical", title=action, incident=incident,
        made_at=NOW, due_at=NOW,
    )  # fmt: skip
    with writing(file):
        return Outbox(file).promise(message)


def states(file: sqlite3.Connection) -> list[tuple[Action, str]]:
    """All, oldest first."""
    return [(message.action, message.state) for message in reversed(Outbox(file).messages())]


def test_messages_of_a_group_wait_for_the_one_before(file: sqlite3.Connection) -> None:
    box = Outbox(file)
    first, other = put(file, "firing"), put(file, "firing", group="h")
    box.begin(first.id)
    box.done(first.id, AGAIN, NOW, NOW + 1)
    put(file, "resolved")
    assert [message.id for message in box.waiting("slack")] == [first.id, other.id]
    box.begin(first.id)
    box.done(first.id, SENT, NOW, None)
    assert [message.action for message in box.waiting("slack")] == ["firing", "resolved"]


def test_what_is_over_before_it_was_tried_is_told_by_nobody(file: sqlite3.Connection) -> None:
    put(file, "firing")
    put(file, "escalated")
    assert put(file, "resolved").state == "dropped"
    assert states(file) == [("firing", "dropped"), ("escalated", "dropped"), ("resolved", "dropped")]
    assert Outbox(file).receivers() == []


@pytest.mark.parametrize("ended", [None, SENT, AGAIN], ids=["nobody knows how", "well", "badly"])
def test_what_was_tried_has_its_end_told(file: sqlite3.Connection, ended: Delivery | None) -> None:
    box = Outbox(file)
    first = put(file, "firing")
    box.begin(first.id)
    if ended:
        box.done(first.id, ended, NOW, NOW + 5)
    assert put(file, "resolved").state == "queued"


def test_an_end_is_told_once(file: sqlite3.Connection) -> None:
    box = Outbox(file)
    for action in ("firing", "resolved"):
        box.begin(put(file, action).id)
    assert put(file, "resolved").state == "dropped"
    put(file, "firing")
    assert put(file, "resolved").state == "dropped", "the second beginning was never tried"
    assert states(file)[-3:] == [("resolved", "dropped"), ("firing", "dropped"), ("resolved", "dropped")]


def test_news_that_nobody_was_told_gives_way_to_newer(file: sqlite3.Connection) -> None:
    put(file, "firing")
    put(file, "firing")
    put(file, "firing", receiver="mail")
    assert states(file) == [("firing", "dropped"), ("firing", "queued"), ("firing", "queued")]


def test_an_attempt_whose_end_nobody_knows_waits_first(file: sqlite3.Connection) -> None:
    box = Outbox(file)
    first = put(file, "firing")
    assert box.begin(first.id)
    (again,) = box.waiting("slack")
    assert (again.id, again.state, again.attempts) == (first.id, "sending", 1)


def test_what_is_done_with_is_not_begun(file: sqlite3.Connection) -> None:
    box = Outbox(file)
    first = put(file, "firing")
    box.begin(first.id)
    box.done(first.id, SENT, NOW, None)
    assert box.begin(first.id) is None
    assert box.begin(4711) is None
    with pytest.raises(KeyError):
        box.done(4711, SENT, NOW, None)


def test_what_belongs_to_an_end_is_written_with_it_or_neither_is(file: sqlite3.Connection) -> None:
    box = Outbox(file)
    first = put(file, "firing")
    box.begin(first.id)

    def broken(connection: sqlite3.Connection, message: Message) -> None:
        connection.execute("INSERT INTO notes VALUES ('receipt', ?)", (message.receipt,))
        raise sqlite3.OperationalError("disk full")

    with pytest.raises(sqlite3.OperationalError):
        box.done(first.id, SENT, NOW, None, broken)
    assert states(file) == [("firing", "sending")]
    assert file.execute("SELECT count(*) FROM notes WHERE name = 'receipt'").fetchone() == (0,)


def test_answers_are_inert_and_without_secrets(file: sqlite3.Connection) -> None:
    box = Outbox(file)
    remember(Secret("hooks-T0-B0-topsecret"))
    first = put(file, "firing")
    box.begin(first.id)
    said = "no such hook hooks-T0-B0-topsecret\x1b[2J" + "x" * 5000
    done = box.done(first.id, Delivery(outcome="refused", said=said), NOW, None)
    assert done.state == "dead"
    assert "topsecret" not in done.said
    assert "\x1b" not in done.said
    assert len(done.said) <= 300


def test_undelivered_are_those_that_wait_too_long_and_those_given_up(file: sqlite3.Connection) -> None:
    box = Outbox(file)
    first = put(file, "firing")
    assert box.undelivered(NOW + LATE_S) == 0
    assert box.undelivered(NOW + LATE_S + 1) == 1
    box.begin(first.id)
    box.done(first.id, Delivery(outcome="refused", said="400"), NOW + 90, None)
    assert box.undelivered(NOW + 91) == 1
    assert box.undelivered(NOW + 90 + LOUD_S + 1) == 0


def test_what_was_done_with_long_ago_is_forgotten_but_for_what_is_not_over(file: sqlite3.Connection) -> None:
    box = Outbox(file)
    for group in ("over", "goes on", "called in"):
        first = put(file, "firing", group=group)
        box.begin(first.id)
        box.done(first.id, SENT, NOW, None)
    waits = put(file, "firing", group="waits")
    record = Record(group="goes on", receiver="slack", firing=frozenset("a"), resolved=frozenset(), at=NOW)
    moved = replace(record, group="another", called_in="called in")
    with writing(file):
        for one in (record, moved):
            Ledger(file).remember(one)
        assert box.prune(NOW + KEPT_S + 1) == 1
    assert {message.group for message in box.messages()} == {"goes on", "called in", waits.group}
    for one in (record, moved):
        assert put(file, "resolved", group=one.known_as).state == "queued"


def test_the_outbox_of_one_incident(file: sqlite3.Connection) -> None:
    for number in (1, 2):
        put(file, "firing", group=f"g{number}", incident=number)
    assert [message.incident for message in Outbox(file).messages(incident=2)] == [2]
    assert len(Outbox(file).messages(limit=1)) == 1
