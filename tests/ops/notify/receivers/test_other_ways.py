"""The terminal and Apprise, as they are delivered to; and that nothing is loaded for a kind that the config lacks."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from collectors.base import Secret
from collectors.units import Duration
from ops.config.alerting import Receiver
from ops.notify.deliverer import Deliverer
from ops.notify.registry import receiver
from ops.notify.structs import Message
from ops.notify.terminals import attach
from tests.house import source
from tests.parts import sinks
from tests.parts.messages import hostile, message

# Apprise's own modules use what Python is about to drop.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::PendingDeprecationWarning")

TOKEN = "abcdefghijklmnopqrstuvwx"


@pytest.fixture
def rung() -> Iterator[list[str]]:
    """What a terminal that is attached was written."""
    texts: list[str] = []
    detach = attach(texts.append)
    yield texts
    detach()


async def test_an_attached_terminal_rings(rung: list[str]) -> None:
    delivery = await receiver(Receiver(kind="terminal"), {}).deliver(message())
    assert (delivery.outcome, delivery.receipt) == ("sent", "rang")
    assert len(rung) == 1


async def test_a_terminal_that_is_stopped_is_not_waited_for() -> None:
    def stopped(_: str) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    detach = attach(stopped)
    try:
        delivery = await receiver(Receiver(kind="terminal"), {}).deliver(message())
    finally:
        detach()
    assert delivery.outcome == "retry"


def test_without_any_terminal_it_is_told_that_nobody_heard() -> None:
    program = (
        "import asyncio\nfrom ops.config.alerting import Receiver\nfrom ops.notify.registry import receiver\n"
        "from tests.parts.messages import message\n"
        "print(asyncio.run(receiver(Receiver(kind='terminal'), {}).deliver(message())))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=source.ROOT,
        start_new_session=True,
    )  # fmt: skip
    assert "nobody heard it" in done.stdout
    assert "receipt='rang'" not in done.stdout


def via(url: str, timeout: float = 10) -> Deliverer:
    """What delivers to one of Apprise's addresses."""
    return receiver(Receiver(kind="apprise", timeout=Duration(timeout)), {"url": Secret(url)})


@pytest.mark.parametrize("made", [message(), message(action="resolved"), hostile()], ids=["new", "over", "hostile"])
async def test_apprise_hands_it_on(made: Message) -> None:
    async with sinks.webhook_sink() as sink:
        delivery = await via(f"json://127.0.0.1:{sink.port}/{TOKEN}").deliver(made)
        assert (delivery.outcome, delivery.said) == ("sent", "taken by JSON")
        assert sink.taken[0].json["title"].startswith(("CRITICAL", "RESOLVED"))


async def test_what_apprise_can_not_hand_on_is_tried_again(capfd: pytest.CaptureFixture[str]) -> None:
    async with sinks.webhook_sink() as sink:
        sink.always = sinks.answering(500, TOKEN.encode())
        delivery = await via(f"json://user:{TOKEN}@127.0.0.1:{sink.port}/x").deliver(message())
    assert delivery.outcome == "retry"
    assert TOKEN not in repr(delivery) + "".join(capfd.readouterr())


async def test_apprise_follows_no_redirect() -> None:
    async with sinks.webhook_sink() as sink, sinks.webhook_sink() as other:
        sink.always = sinks.elsewhere(other.url)
        delivery = await via(f"json://127.0.0.1:{sink.port}/x").deliver(message())
        assert (delivery.outcome, other.asked) == ("retry", 0)


async def test_a_hung_service_behind_apprise_is_left() -> None:
    async with sinks.webhook_sink() as sink:
        sink.always = sinks.hanging
        delivery = await via(f"json://127.0.0.1:{sink.port}/x?rto=1&cto=1", timeout=0.3).deliver(message())
    assert delivery.outcome == "retry"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        pytest.param("nosuch://x", "can't make anything of its address", id="an address that is none"),
        pytest.param("json://a.example json://b.example", "several addresses", id="several addresses"),
    ],
)
async def test_an_address_of_which_nothing_can_be_made(url: str, said: str) -> None:
    delivery = await via(url).deliver(message())
    assert delivery.outcome == "retry"
    assert said in delivery.said


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        pytest.param("import ops.notify.registry", {"httpcore", "smtplib", "apprise", "sqlite3"}, id="the registry"),
        pytest.param("import ops.config.load", {"httpcore", "smtplib", "apprise", "sqlite3"}, id="the config"),
        pytest.param("import ops.notify.receivers.apprise", {"apprise", "requests"}, id="Apprise's own module"),
        pytest.param("import tui.cli.notify", {"httpcore", "smtplib", "apprise", "sqlite3"}, id="the command"),
    ],
)
def test_nothing_is_loaded_before_it_is_needed(statement: str, absent: set[str]) -> None:
    program = f"import sys\n{statement}\nprint('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=source.ROOT)
    assert not absent & set(done.stdout.split())
