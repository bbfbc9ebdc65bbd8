"""The floor's terminal rings for what is sent to it, also by a monitor that the floor watches."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from ops.config.alerting import Alerting, Receiver
from ops.config.structs import Config, Settings
from ops.incidents.book import IncidentBook
from ops.incidents.source import IncidentError
from ops.notify.outbox import Outbox
from ops.notify.registry import receiver
from ops.notify.structs import Delivery, Message
from tests.parts.boards import NOW, board
from tests.parts.floor import until
from tests.parts.incident_books import book
from tests.parts.messages import message
from tests.parts.sources import MemorySource
from tui.app import FloorApp
from tui.bell import news

BELL = Receiver(kind="terminal", name="bell")


def sent(number: int, **more: object) -> Message:
    """A message that the bell was given a moment ago."""
    fresh = {"receiver": "bell", "state": "sent", "made_at": NOW - 2, "sent_at": NOW - 1, **more}
    return replace(message(id=number), **fresh)


@pytest.mark.parametrize(
    ("one", "rings"),
    [
        pytest.param(sent(8), True, id="what was sent just now"),
        pytest.param(sent(7), False, id="what was heard already"),
        pytest.param(sent(8, receiver="chat"), False, id="what is for another"),
        pytest.param(sent(8, state="queued"), False, id="what was not sent yet"),
        pytest.param(sent(8, sent_at=NOW - 3600), False, id="what was sent long ago"),
    ],
)
def test_what_is_news(one: Message, rings: bool) -> None:
    assert bool(list(news([one], {"bell"}, 7, NOW))) == rings


def test_news_come_in_their_order() -> None:
    assert [one.id for one in news([sent(9), sent(8)], {"bell"}, 0, NOW)] == [8, 9]


def app_with(source: MemorySource) -> FloorApp:
    """A floor with a bell."""
    alerting = Alerting(receivers=(BELL,))
    config = Config(path="", settings=Settings(), targets=(), thresholds=(), alerting=alerting)
    return FloorApp(config, source=source, clock=lambda: NOW)


def written(app: FloorApp) -> list[str]:
    """What goes to the terminal from now on that is no frame."""
    texts: list[str] = []
    driver = app._driver
    assert driver is not None
    driver.write = texts.append  # type: ignore[method-assign, assignment]
    return texts


async def test_the_bell_of_this_process_is_this_terminal() -> None:
    app = app_with(MemorySource(board()))
    async with app.run_test() as pilot:
        await until(pilot, lambda: app._hang_up is not None)
        texts = written(app)
        delivery = await receiver(BELL, {}).deliver(message())
        assert delivery.receipt == "rang"
        assert texts[-1].endswith("\a")


async def test_a_floor_that_watches_a_monitor_rings_too(tmp_path: Path) -> None:
    kept = book(tmp_path)
    source = MemorySource(replace(board(), mode="attached"))
    source.incidents = kept
    app = app_with(source)
    async with app.run_test() as pilot:
        await until(pilot, lambda: app._hang_up is not None)
        texts = written(app)
        with kept.transaction() as connection:
            made = Outbox(connection).promise(sent(0, state="queued", title="api is down"))
        with kept._file.reading() as connection:
            box = Outbox(connection)
            box.begin(made.id)
            box.done(made.id, Delivery(outcome="sent", said="taken"), NOW, None)
        await until(pilot, lambda: any("api is down" in text for text in texts))
    kept.close()


async def test_a_file_that_can_not_be_read_is_told_once_and_the_floor_stays(tmp_path: Path) -> None:
    asked: list[float] = []

    class Broken(IncidentBook):
        def version(self) -> int:
            asked.append(NOW)
            raise IncidentError("the disk gives nothing")

    source = MemorySource(replace(board(), mode="attached"))
    source.incidents = Broken(tmp_path)
    app = app_with(source)
    async with app.run_test(notifications=True) as pilot:
        await until(pilot, lambda: app._hang_up is not None)
        for times in (1, 2, 3):
            app._look()
            await until(pilot, lambda: len(asked) >= times)  # noqa: B023
        await until(pilot, lambda: bool(app._notifications))
        assert [note.message for note in app._notifications] == ["this terminal does not ring: the disk gives nothing"]
