"""The sender over a real file: order, faults of every kind, what another process promises, and its own end."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from collectors.clock import SystemClock
from collectors.units import Duration
from ops.config.alerting import Receiver
from ops.incidents.database import connect, writing
from ops.notify.outbox import Outbox
from ops.notify.sender import Channel, Sender
from ops.notify.structs import Action, Delivery, Message
from tests.parts.wait import until_async

NOW = SystemClock().time()
SENT = Delivery(outcome="sent", said="ok")
Answer = Delivery | Exception | float
"""What a receiver does: it says that, breaks down, or answers after so many seconds."""


class Scripted:
    """A receiver that does what it is told, in order, and then takes all."""

    def __init__(self, *answers: Answer) -> None:
        self._answers, self.got, self.closed = list(answers), list[tuple[int, Action]](), False

    async def deliver(self, message: Message) -> Delivery:
        self.got.append((message.id, message.action))
        answer = self._answers.pop(0) if self._answers else SENT
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, float):
            await asyncio.sleep(answer)
            return SENT
        return answer

    async def close(self) -> None:
        self.closed = True


def _message(receiver: str, action: Action) -> Message:
    facts = {"group": "g", "receiver": receiver, "action": action, "severity": "critical", "title": "t"}
    return Message(**facts, made_at=NOW, due_at=NOW)  # type: ignore[arg-type]


class Desk:
    """The file, the sender over it, and what it told of."""

    def __init__(self, folder: Path, channels: dict[str, Channel]) -> None:
        self.connection = connect(folder)
        self.told: list[tuple[int, str, str]] = []
        self.sender = Sender(lambda: connect(folder), channels, SystemClock(), self._tell, lambda: 0.0)

    def _tell(self, _: sqlite3.Connection, message: Message) -> None:
        self.told.append((message.id, message.state, message.said))

    def promise(self, receiver: str, *actions: Action) -> list[int]:
        """Promise these; gives their ids."""
        with writing(self.connection):
            box = Outbox(self.connection)
            made = [box.promise(_message(receiver, action)) for action in actions]
        self.sender.wake()
        return [message.id for message in made]

    def states(self) -> Sequence[str]:
        """Of all messages, oldest first."""
        return [message.state for message in reversed(Outbox(self.connection).messages())]


@asynccontextmanager
async def running(folder: Path, **channels: Channel) -> AsyncIterator[Desk]:
    """A desk whose sender runs."""
    desk = Desk(folder, channels)
    with closing(desk.connection):
        task = asyncio.create_task(desk.sender.run())
        try:
            yield desk
        finally:
            desk.sender.close()
            await asyncio.wait_for(task, 10)


async def test_all_of_a_group_arrives_in_order_and_once(tmp_path: Path) -> None:
    slack = Scripted()
    async with running(tmp_path, slack=Channel(slack)) as desk:
        first, second = desk.promise("slack", "firing", "escalated")
        await until_async(lambda: len(desk.told) == 2, "both to be sent")
        (third,) = desk.promise("slack", "resolved")
        await until_async(lambda: len(desk.told) == 3, "the end to be sent")
    assert slack.got == [(first, "firing"), (second, "escalated"), (third, "resolved")]
    assert slack.closed


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        pytest.param(Delivery(outcome="retry", said="500"), "500", id="it answers 500"),
        pytest.param(60.0, "no answer within 0.2 s", id="it hangs"),
        pytest.param(RuntimeError("with a secret"), "the receiver broke down: RuntimeError", id="it breaks down"),
    ],
)
async def test_what_fails_is_tried_again_and_what_follows_waits(tmp_path: Path, fault: Answer, said: str) -> None:
    slack = Scripted(fault)
    async with running(tmp_path, slack=Channel(slack, timeout_s=0.2)) as desk:
        desk.promise("slack", "firing", "acknowledged")
        await until_async(lambda: Outbox(desk.connection).messages()[-1].said == said, "the fault to be written down")
        await until_async(lambda: len(desk.told) == 2, "both to be sent")
    assert [action for _, action in slack.got] == ["firing", "firing", "acknowledged"]
    assert slack.got[0] == slack.got[1], "the same message, known by its id"


async def test_what_is_refused_is_dead_and_said_and_holds_up_nothing(tmp_path: Path) -> None:
    slack = Scripted(Delivery(outcome="refused", said="400 invalid_payload"))
    async with running(tmp_path, slack=Channel(slack)) as desk:
        first, _ = desk.promise("slack", "firing", "acknowledged")
        await until_async(lambda: desk.states() == ["dead", "sent"], "both to end")
        assert desk.told[0] == (first, "dead", "400 invalid_payload")
        assert Outbox(desk.connection).undelivered(SystemClock().time()) == 1


async def test_it_gives_up_after_its_time(tmp_path: Path) -> None:
    slack = Scripted(*[Delivery(outcome="retry", said="503")] * 50)
    async with running(tmp_path, slack=Channel(slack, give_up_s=0.0)) as desk:
        desk.promise("slack", "firing")
        await until_async(lambda: desk.told, "it to be given up")
    assert desk.told == [(1, "dead", "given up after 1 attempts: 503")]


async def test_one_receiver_that_hangs_delays_no_other(tmp_path: Path) -> None:
    slack, pager = Scripted(60.0), Scripted()
    async with running(tmp_path, slack=Channel(slack), pager=Channel(pager)) as desk:
        desk.promise("slack", "firing")
        await until_async(lambda: slack.got, "the one to hang")
        desk.promise("pager", "firing")
        await until_async(lambda: desk.told, "the other to be told")
        await until_async(lambda: desk.states() == ["sending", "sent"], "that to be written, and the one to hang still")
        desk.sender.close()
    with closing(connect(tmp_path)) as file:
        assert Outbox(file).waiting("slack"), "who left in the middle tries it again"


async def test_what_another_process_promised_is_found(tmp_path: Path) -> None:
    slack = Scripted()
    async with running(tmp_path, slack=Channel(slack)) as desk:
        await until_async(lambda: not desk.sender._woken["slack"].is_set(), "it to rest")
        desk.sender.wake = lambda: None  # type: ignore[method-assign]  # another process can't wake it
        desk.promise("slack", "firing")
        await until_async(lambda: desk.told, "it to be found")


async def test_a_receiver_that_the_config_has_no_more_is_said(tmp_path: Path) -> None:
    async with running(tmp_path, slack=Channel(Scripted())) as desk:
        desk.promise("gone", "firing")
        await until_async(lambda: desk.told, "it to be said")
    assert desk.told == [(1, "dead", 'the config has no receiver "gone" any more')]


async def test_an_end_that_can_t_be_written_down_is_not_sent_anew(tmp_path: Path) -> None:
    slack, broken = Scripted(), [True]

    async with running(tmp_path, slack=Channel(slack)) as desk:
        tell = desk.sender._tell

        def failing(connection: sqlite3.Connection, message: Message) -> None:
            if broken[0]:
                raise sqlite3.OperationalError("database or disk is full")
            tell(connection, message)

        desk.sender._tell = failing
        desk.promise("slack", "firing")
        await until_async(lambda: "disk is full" in desk.sender.trouble, "the trouble to be known")
        broken[0] = False
        await until_async(lambda: desk.told, "its end to be written")
        await until_async(lambda: desk.sender.trouble == "", "the trouble to be over")
    assert slack.got == [(1, "firing")]


def test_a_receiver_is_tried_as_the_config_says() -> None:
    config = Receiver(kind="slack", timeout=Duration(3), give_up=Duration(60))
    channel = Channel.of(config, Scripted())
    assert channel.timeout_s > 3.0, "its own deadline, which knows what it waited for, is sooner"
    assert channel.give_up_s == 60.0


def _set_aside(folder: Path) -> None:
    for part in folder.glob("incidents.sqlite*"):
        part.rename(folder / f"aside-{part.name}")


async def test_a_file_that_is_begun_anew_is_sent_from(tmp_path: Path) -> None:
    slack = Scripted(SENT, 0.3)
    async with running(tmp_path, slack=Channel(slack)) as desk:
        desk.promise("slack", "firing")
        await until_async(lambda: desk.told != [], "the first to be sent")
        desk.promise("slack", "escalated")
        await until_async(lambda: len(slack.got) == 2, "the second to be begun")
        _set_aside(tmp_path)
        with closing(connect(tmp_path)) as connection:
            with writing(connection):
                later = replace(_message("slack", "firing"), made_at=NOW + 1)
                made = [Outbox(connection).promise(later) for _ in range(2)]
            desk.sender.wake()
            await until_async(lambda: Outbox(connection).messages()[0].state == "sent", "the new one to be sent")
    assert slack.got[2:] == [(made[1].id, "firing")], "the answer to the old one is no answer to a new one"
