"""Deploys become change events of PagerDuty: each once, over restarts too, and none that a start only found."""

import asyncio
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from collectors.base import Secret, Value
from collectors.clock import SystemClock
from ops.config.alerting import Alerting
from ops.incidents.database import connect, writing
from ops.incidents.deploys import BACK_S, LATE_S, MOST_WAITING
from ops.incidents.receipts import receipt
from ops.incidents.source import IncidentError
from ops.notify.registry import receiver
from ops.notify.sender import CHANGE_S, Channel, Sender
from ops.notify.structs import Message
from ops.store.contract import Event, Record, Retention, Store, StoreError
from ops.store.happenings import Known, complete
from ops.store.memory import MemoryStore
from ops.store.opening import open_store
from tests.parts import sinks
from tests.parts.boards import row
from tests.parts.kept import HOOK, PAGER, Kept, shop
from tests.parts.sinks import HttpSink
from tests.parts.wait import until_async

ROW = "git:shop"
A, B = "aaaaaaaaaaaa", "bbbbbbbbbbbb"


class Recorded:
    """What a recorder writes into a history: readings with what happened between them, and its starts."""

    def __init__(self, kept: Kept, store: Store) -> None:
        self.kept, self.store, self._known = kept, store, Known()
        kept.history = store

    def starts(self) -> None:
        """The recording begins; what was known before is known from the history."""
        self.store.append([Record(at=self.kept.now, happened=[Event(at=self.kept.now, kind="start", row="", text="")])])

    def reads(self, commit: str, row_id: str = ROW, **facts: Value) -> None:
        """A reading, half a second ago, that has this commit."""
        at = self.kept.now - 0.5
        one = row(row_id, {"commit": commit, **facts}, at=at)
        records, self._known = complete([Record(at=at, rows=[one])], self._known)
        self.store.append(records)


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path)


@pytest.fixture(params=["in memory", "on disk"])
def seen(request: pytest.FixtureRequest, kept: Kept, tmp_path: Path) -> Iterator[Recorded]:
    store = MemoryStore() if request.param == "in memory" else open_store(tmp_path / "store", retention=Retention())
    recorded = Recorded(kept, store)
    recorded.starts()
    kept.look(shop())
    recorded.reads(A)
    kept.look(shop())
    yield recorded
    store.close()


def changes(kept: Kept) -> list[Message]:
    """All that was promised, oldest first."""
    return [message for message in reversed(kept.book.messages()) if message.action == "change"]


def test_a_deploy_is_promised_once_to_each_pagerduty_and_to_nobody_else(tmp_path: Path) -> None:
    other, deaf = replace(PAGER, name="other"), replace(PAGER, name="deaf", deploys=False)
    kept = Kept(tmp_path, Alerting(receivers=(HOOK, PAGER, other, deaf)))
    seen = Recorded(kept, MemoryStore())
    seen.starts()
    kept.look(shop())
    seen.reads(A)
    assert kept.look(shop()) == 0
    seen.reads(B)
    assert kept.look(shop()) == 2
    assert kept.looks(shop(), 300) == [("pager", "change"), ("other", "change")]
    assert [(one.receiver, one.severity, one.incident) for one in changes(kept)] == [
        ("pager", "info", None),
        ("other", "info", None),
    ]


def test_it_says_what_is_deployed_and_when(seen: Recorded, kept: Kept) -> None:
    seen.reads(B, subject="Basket \x1b[31mred")
    read_at = kept.now - 0.5
    assert kept.look(shop(environment="production"), 2) == 1
    (told,) = changes(kept)
    assert told.title == "shop: bbbbbbbbbb is deployed, before it was aaaaaaaaaa: Basket ␛[31mred"
    assert told.text == f"row: {ROW}\nbefore: {A}\nnow: {B}"
    assert told.made_at == pytest.approx(read_at)
    assert (told.environment, told.floor) == ("production", "shop")


def test_it_is_promised_once_over_restarts(seen: Recorded, kept: Kept) -> None:
    seen.reads(B)
    kept.look(shop())
    for _ in range(3):
        kept.begin()
        assert kept.look(shop()) == 0
        assert kept.look(shop(), 5) == 0
    assert len(changes(kept)) == 1


def test_what_a_killed_one_had_no_time_to_promise_is_promised_after_it(seen: Recorded, kept: Kept) -> None:
    seen.reads(B)
    kept.begin()
    seen.starts()
    assert kept.look(shop(), BACK_S / 2) == 1
    assert kept.look(shop()) == 0


def test_what_is_longer_ago_than_a_start_looks_back_is_not_promised(seen: Recorded, kept: Kept) -> None:
    seen.reads(B)
    kept.begin()
    assert kept.look(shop(), BACK_S + 1) == 0
    assert kept.look(shop()) == 0


def test_what_the_first_reading_after_a_start_finds_new_is_not_promised(seen: Recorded, kept: Kept) -> None:
    kept.now += 30
    kept.begin()
    seen.starts()
    kept.look(shop())
    seen.reads(B)
    assert [event.kind for event in seen.store.events(0, kept.now)].count("deploy") == 1
    assert kept.look(shop()) == 0
    assert kept.looks(shop(), LATE_S) == []
    seen.reads(A)
    assert kept.look(shop()) == 1, "the next one was seen to happen"


def test_one_of_another_row_says_nothing_of_what_was_not_read_yet(seen: Recorded, kept: Kept) -> None:
    seen.reads(A, "git:site")
    kept.begin()
    seen.starts()
    kept.look(shop())
    seen.reads(A, "git:site")
    kept.look(shop())
    seen.reads(B)
    assert kept.look(shop()) == 0
    seen.reads(B, "git:site")
    assert kept.look(shop()) == 1
    assert [message.group.partition("=")[0] for message in changes(kept)] == ["deploy/git:site"]


def test_where_nobody_heard_of_deploys_before_those_of_before_are_not_promised(tmp_path: Path) -> None:
    quiet = Kept(tmp_path, Alerting(receivers=(HOOK,)))
    seen = Recorded(quiet, MemoryStore())
    seen.starts()
    quiet.look(shop())
    for commit in (A, B):
        seen.reads(commit)
        assert quiet.look(shop()) == 0
    paged = Kept(tmp_path)
    paged.now, paged.history = quiet.now + 5, quiet.history
    assert paged.look(shop()) == 0


def test_a_commit_that_is_taken_back_and_deployed_again_is_three_deploys(seen: Recorded, kept: Kept) -> None:
    for commit in (B, A, B):
        seen.reads(commit)
        assert kept.look(shop()) == 1
    assert len({message.group for message in changes(kept)}) == 3


def test_a_look_that_can_not_be_written_is_taken_again(seen: Recorded, kept: Kept) -> None:
    seen.reads(B)
    with closing(connect(kept.folder)) as other, kept.keeper._book.reading() as connection:
        connection.execute("PRAGMA busy_timeout = 1")
        with pytest.raises(IncidentError, match="locked"), writing(other):
            kept.look(shop())
    assert (kept.look(shop()), len(changes(kept))) == (1, 1)


def test_a_history_that_does_not_answer_loses_none(seen: Recorded, kept: Kept) -> None:
    seen.reads(B)
    kept.history = None
    assert kept.look(shop()) == 0

    class Sick(MemoryStore):
        def picture(self, at: float) -> None:
            raise StoreError("the disk is gone", "")

        def events(self, *_: object, **__: object) -> list[Event]:
            return list(seen.store.events(0, kept.now, kinds=("deploy",)))

    kept.history = Sick()
    assert kept.look(shop()) == 0
    kept.history = seen.store
    assert kept.look(shop(), LATE_S * 2) == 1


def test_a_clock_that_is_set_back_promises_nothing_twice_and_loses_nothing(seen: Recorded, kept: Kept) -> None:
    kept.now += 3600
    seen.reads(A)
    kept.look(shop())
    seen.reads(B)
    assert kept.looks(shop(), 30) == [("pager", "change")]
    kept.now -= 1800
    seen.reads(B)
    assert kept.looks(shop(), 30) == []
    seen.reads(A)
    assert kept.looks(shop(), 1800) == [("pager", "change")]


def deployed(at: float, commit: str = A, row_id: str = ROW) -> Event:
    return Event(at=at, kind="deploy", row=row_id, text="deployed", before="", after=commit)


def test_alerts_do_not_wait_behind_a_flood_of_deploys(seen: Recorded, kept: Kept) -> None:
    seen.store.append([Record(at=kept.now, happened=[deployed(kept.now, str(n)) for n in range(MOST_WAITING + 20)])])
    assert kept.look(shop()) == MOST_WAITING
    left_out = [message for message in changes(kept) if message.state == "dropped"]
    assert (len(left_out), left_out[0].said) == (20, "100 messages wait for pager already")
    assert kept.look(shop("postgres:shop")) == 2


async def delivered(kept: Kept, sink: HttpSink) -> None:
    """Have a sender keep every promise."""
    pager = replace(PAGER, url=sink.url)
    channel = Channel.of(pager, receiver(pager, {"key": Secret("not-a-real-routing-key")}))
    sender = Sender(lambda: connect(kept.folder), {"pager": channel}, SystemClock(), receipt)
    task = asyncio.create_task(sender.run())
    try:
        done = ("sent", "dead")
        await until_async(lambda: all(one.state in done for one in kept.book.messages()), "all to be delivered")
    finally:
        sender.close()
        await asyncio.wait_for(task, 10)


async def test_pagerduty_takes_it_at_its_place_for_changes_once(seen: Recorded, kept: Kept) -> None:
    seen.reads(B)
    kept.look(shop())
    async with sinks.pagerduty_sink() as sink:
        await delivered(kept, sink)
        kept.begin()
        kept.look(shop())
        await delivered(kept, sink)
        (got,) = sink.taken
        assert (got.path, sink.refused) == ("/v2/change/enqueue", [])
        assert got.json["payload"]["summary"].startswith("CHANGE: shop: bbbbbbbbbb is deployed")


async def test_one_that_is_never_taken_is_given_up_after_an_hour(seen: Recorded, kept: Kept) -> None:
    kept.now = SystemClock().time() - CHANGE_S - 60
    kept.begin()
    seen.starts()
    kept.look(shop())
    for commit in (A, B):
        seen.reads(commit)
        kept.look(shop())
    async with sinks.pagerduty_sink() as sink:
        sink.always = sinks.answering(500)
        await delivered(kept, sink)
        assert sink.asked == 1
    (told,) = changes(kept)
    assert (told.state, told.said) == ("dead", "given up after 1 attempts: answered 500")
