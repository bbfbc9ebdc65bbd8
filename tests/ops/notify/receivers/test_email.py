"""Mail against a real mail server on loopback, a right one and wrong ones."""

import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from collectors.base import Secret
from ops.config.alerting import Receiver
from ops.notify.deliverer import Deliverer
from ops.notify.registry import receiver
from tests.parts.certificates import authority, certify
from tests.parts.mail_sink import MailSink, mail_sink
from tests.parts.messages import hostile, message
from tests.parts.servers import free_port
from tests.parts.wait import until_async

PASSWORD = "correct horse battery"  # pragma: allowlist secret


def to(sink: MailSink, **more: Any) -> Deliverer:
    """What delivers to a sink."""
    fields: dict[str, Any] = {
        "kind": "email",
        "to": ("a@shop.example", "b@shop.example"),
        "sender": "watchfloor@shop.example",
        "server": sink.server,
        "tls": "none",
    }
    secrets = {"password": Secret(PASSWORD)} if "user" in more else {}
    return receiver(Receiver(**{**fields, **more}), secrets)


async def test_a_mail_is_taken() -> None:
    async with mail_sink() as sink:
        delivery = await to(sink).deliver(message())
        (mail,) = sink.mails
        assert delivery.outcome == "sent"
        assert delivery.receipt == mail.message["Message-ID"]
        assert mail.to == ("a@shop.example", "b@shop.example")
        assert mail.message["Subject"] == "CRITICAL production: PostgreSQL shop is down"
        assert "likely cause: PostgreSQL shop" in mail.message.get_content()


async def test_a_hostile_mail_is_taken_and_has_no_header_of_its_own() -> None:
    async with mail_sink() as sink:
        made = hostile()
        delivery = await to(sink).deliver(made)
        assert delivery.outcome == "sent"
        assert set(sink.mails[0].message.keys()) >= {"From", "To", "Subject", "Message-ID"}
        assert "\x1b" not in str(sink.mails[0].message)


@pytest.mark.parametrize("way", ["starttls", "tls"])
async def test_a_password_goes_over_tls(way: str, tmp_path: Path) -> None:
    root = authority()
    server = certify(["127.0.0.1"], by=root).server(tmp_path)
    async with mail_sink(server, secured=way == "tls") as sink:
        sink.password = PASSWORD
        ca_file = str(root.write(tmp_path, "ca"))
        delivery = await to(sink, tls=way, user="floor", ca_file=ca_file).deliver(message())
        assert (delivery.outcome, sink.mails[0].secured, sink.mails[0].user) == ("sent", True, "floor")


async def test_an_unknown_certificate_is_not_talked_to(tmp_path: Path) -> None:
    server = certify(["127.0.0.1"]).server(tmp_path)
    async with mail_sink(server) as sink:
        delivery = await to(sink, tls="starttls", user="floor").deliver(message())
        assert delivery.outcome == "retry"
        assert "certificate" in delivery.said
        assert not sink.mails


async def test_without_starttls_nothing_is_sent() -> None:
    async with mail_sink() as sink:
        delivery = await to(sink, tls="starttls", user="floor").deliver(message())
        assert delivery.outcome == "retry"
        assert "does not offer what is needed" in delivery.said
        assert not sink.mails


@pytest.mark.parametrize(
    ("replies", "outcome", "said"),
    [
        pytest.param({"RCPT": b"550 no such user"}, "refused", "550 no such user", id="nobody there is final"),
        pytest.param({"RCPT": b"450 greylisted"}, "retry", "450 greylisted", id="not yet is tried again"),
        pytest.param({"BODY": b"554 spam"}, "refused", "554 spam", id="an unwanted mail is final"),
        pytest.param({"BODY": b"451 disk full"}, "retry", "451 disk full", id="a server in trouble is tried again"),
        pytest.param({"GREETING": b"421 too busy"}, "retry", "421 too busy", id="a busy one is tried again"),
        pytest.param({"GREETING": b"554 not from here"}, "retry", "554 not from here", id="a closed door says nothing"),
        pytest.param({"MAIL": b"553 not yours"}, "refused", "553 not yours", id="an unwanted sender is final"),
    ],
)
async def test_what_a_server_refuses(replies: dict[str, bytes], outcome: str, said: str) -> None:
    async with mail_sink() as sink:
        sink.replies.update(replies)
        delivery = await to(sink).deliver(message())
        assert delivery.outcome == outcome
        assert said in delivery.said


async def test_a_wrong_password_may_be_corrected_and_is_never_told() -> None:
    async with mail_sink() as sink:
        sink.password = PASSWORD[::-1]
        delivery = await to(sink, user="floor").deliver(message())
        assert delivery.outcome == "retry"
        assert "535" in delivery.said
        assert PASSWORD not in repr(delivery)


async def test_who_has_it_does_not_get_it_again_when_another_takes_it_later() -> None:
    async with mail_sink() as sink:
        mailer = to(sink)
        sink.refuses["b@shop.example"] = b"450 greylisted"
        first = await mailer.deliver(message())
        assert first.outcome == "retry"
        assert "not taken yet for b@shop.example" in first.said
        sink.refuses.clear()
        second = await mailer.deliver(message())
        assert second.outcome == "sent"
        assert [mail.to for mail in sink.mails] == [("a@shop.example",), ("b@shop.example",)]


async def test_who_will_never_take_it_is_told() -> None:
    async with mail_sink() as sink:
        sink.refuses["b@shop.example"] = b"550 no such user"
        delivery = await to(sink).deliver(message())
        assert delivery.outcome == "sent"
        assert "not for b@shop.example: 550 no such user" in delivery.said


async def test_a_mute_server_is_left() -> None:
    async with mail_sink() as sink:
        sink.mute = True
        delivery = await to(sink, timeout=0.3).deliver(message())
        assert delivery.outcome == "retry"
        assert "longer than 0.3 s" in delivery.said or "connecting" in delivery.said


async def test_a_server_that_vanishes_is_tried_again_with_the_same_message_id() -> None:
    async with mail_sink() as sink:
        sink.vanishes_at = "BODY"
        delivery = await to(sink).deliver(message())
        assert delivery.outcome == "retry"
        sink.vanishes_at = ""
        assert (await to(sink).deliver(message())).outcome == "sent"
        assert (len(sink.mails), len(sink.once)) == (2, 1)


async def test_what_was_taken_is_not_sent_again_because_the_goodbye_hangs() -> None:
    async with mail_sink() as sink:
        sink.never_lets_go = True
        delivery = await to(sink, timeout=0.5).deliver(message())
        assert (delivery.outcome, len(sink.mails)) == ("sent", 1)


async def test_what_was_given_up_while_the_name_of_the_server_was_resolved_is_not_sent_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    resolved = threading.Event()
    connect = socket.create_connection

    def slowly(*arguments: Any, **options: Any) -> socket.socket:
        assert resolved.wait(10)
        return connect(*arguments, **options)

    async with mail_sink() as sink:
        monkeypatch.setattr(socket, "create_connection", slowly)
        delivery = await to(sink, timeout=0.2).deliver(message())
        assert (delivery.outcome, "while connecting" in delivery.said) == ("retry", True)
        resolved.set()
        await until_async(lambda: sink.left == 1, "the call to be over")
        assert sink.mails == []


async def test_nobody_there_is_tried_again() -> None:
    sink = MailSink(None)
    sink.port = free_port()
    delivery = await to(sink).deliver(message())
    assert delivery.outcome == "retry"
    assert "refused the connection" in delivery.said
