"""Slack, PagerDuty and webhooks against real servers on loopback, right and wrong ones."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from collectors.base import Secret
from ops.config.alerting import Receiver
from ops.notify.deliverer import Deliverer
from ops.notify.receivers.posting import retry_after
from ops.notify.registry import receiver
from ops.notify.structs import Message
from ops.redact import remember
from tests.parts import sinks
from tests.parts.messages import AT, hostile, message
from tests.parts.sinks import Fault, HttpSink

PATH = "/services/T0000/B0000/xyzzyxyzzyxyzzyxyzzy"
TOKEN = "xyzzyxyzzyxyzzyxyzzy"
KEY = "not-a-real-routing-key"

Sinks = Callable[[], AbstractAsyncContextManager[HttpSink]]
KINDS: dict[str, Sinks] = {
    "slack": sinks.slack_sink,
    "pagerduty": sinks.pagerduty_sink,
    "webhook": sinks.webhook_sink,
}


def to(kind: Any, sink: HttpSink, **more: Any) -> Deliverer:
    """What delivers to a sink; the address of Slack and of webhooks is a secret."""
    if kind == "pagerduty":
        return receiver(Receiver(kind=kind, url=sink.url, **more), {"key": Secret(KEY)})
    url = Secret(sink.url + PATH)
    remember(url)
    return receiver(Receiver(kind=kind, **more), {"url": url})


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("made", [message(), message(action="resolved"), hostile()], ids=["new", "over", "hostile"])
async def test_it_is_taken(kind: str, made: Message) -> None:
    async with KINDS[kind]() as sink:
        delivery = await to(kind, sink).deliver(made)
        assert (delivery.outcome, sink.refused) == ("sent", [])
        assert len(sink.taken) == 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("fault", "outcome", "said"),
    [
        pytest.param(sinks.answering(500, b"oops"), "retry", "answered 500: oops", id="500 is tried again"),
        pytest.param(sinks.answering(503), "retry", "answered 503", id="503 is tried again"),
        pytest.param(sinks.busy(30), "retry", "answered 429: rate_limited", id="429 is tried again"),
        pytest.param(sinks.answering(400, b"invalid"), "refused", "answered 400: invalid", id="400 is final"),
        pytest.param(sinks.answering(413), "refused", "answered 413", id="too large is final"),
        pytest.param(
            sinks.answering(403, b"invalid_token"),
            "retry",
            "answered 403: invalid_token; correct its address or secret",
            id="a wrong secret may be corrected",
        ),
        pytest.param(sinks.silent, "retry", "closed the connection without an answer", id="no answer is tried again"),
        pytest.param(sinks.hanging, "retry", "no answer within 0.2 s", id="a hung one is left"),
    ],
)
async def test_what_a_receiver_does_wrong(kind: str, fault: Fault, outcome: str, said: str) -> None:
    async with KINDS[kind]() as sink:
        sink.faults.append(fault)
        delivery = await to(kind, sink, timeout=0.2).deliver(message())
        assert delivery.outcome == outcome
        assert said in delivery.said
        again = await to(kind, sink).deliver(message())
        assert again.outcome == "sent"
        assert len(sink.once) == 1


async def test_retry_after_is_handed_on() -> None:
    async with sinks.slack_sink() as sink:
        sink.faults.append(sinks.busy(30))
        assert (await to("slack", sink).deliver(message())).retry_after_s == 30


@pytest.mark.parametrize("kind", KINDS)
async def test_a_redirect_is_not_followed(kind: str) -> None:
    async with KINDS[kind]() as sink, sinks.webhook_sink() as other:
        sink.faults.append(sinks.elsewhere(other.url))
        delivery = await to(kind, sink).deliver(message())
        assert delivery.outcome == "retry"
        assert "sends elsewhere" in delivery.said
        assert other.asked == 0


async def test_nobody_there_is_tried_again() -> None:
    async with sinks.slack_sink() as sink:
        gone = to("slack", sink)
    delivery = await gone.deliver(message())
    assert delivery.outcome == "retry"
    assert "refused the connection" in delivery.said


@pytest.mark.parametrize("address", ["hooks.example/no-scheme", "https://hooks.example/a b"])
async def test_an_address_that_is_none_may_be_corrected_and_is_never_told(address: str) -> None:
    config = Receiver(kind="slack", url_env="HOOK")
    delivery = await receiver(config, {"url": Secret(address)}).deliver(message())
    assert (delivery.outcome, "its address can't be used" in delivery.said) == ("retry", True)
    assert "hooks.example" not in delivery.said


@pytest.mark.parametrize("echoed", [PATH, TOKEN, f"no such hook: http://x{PATH}"])
async def test_a_secret_that_a_receiver_repeats_is_hidden(echoed: str) -> None:
    async with sinks.webhook_sink() as sink:
        sink.faults.append(sinks.answering(400, echoed.encode()))
        delivery = await to("webhook", sink).deliver(message())
        assert TOKEN not in repr(delivery)


async def test_the_routing_key_is_in_the_body_and_nowhere_else() -> None:
    async with sinks.pagerduty_sink() as sink:
        pager = to("pagerduty", sink)
        delivery = await pager.deliver(message())
        (got,) = sink.taken
        assert (got.path, got.json["routing_key"]) == ("/v2/enqueue", KEY)
        assert delivery.receipt == "shop/incident=42"
        assert KEY not in repr(delivery) + repr(vars(pager))


@pytest.mark.parametrize("said", [b"[" * 16_000, b"\xff", b"[1]", b""], ids=["deep", "no text", "no object", "nothing"])
async def test_an_answer_of_which_nothing_can_be_made_was_one_all_the_same(said: bytes) -> None:
    async with sinks.pagerduty_sink() as sink:
        sink.faults.append(sinks.answering(202, said))
        delivery = await to("pagerduty", sink).deliver(message())
        assert (delivery.outcome, delivery.receipt) == ("sent", "")


async def test_a_change_goes_to_its_own_place() -> None:
    async with sinks.pagerduty_sink() as sink:
        delivery = await to("pagerduty", sink).deliver(message(action="change", title="deployed 1.4.2"))
        assert (delivery.outcome, sink.taken[0].path) == ("sent", "/v2/change/enqueue")


async def test_a_webhook_gets_headers_of_its_own_and_the_key_of_the_message() -> None:
    async with sinks.webhook_sink() as sink:
        config = Receiver(
            kind="webhook",
            url=f"{sink.url}/hook?a=b",
            headers={"X-Team": "shop", "content-type": "text/x-own"},
            headers_env={"Authorization": "HOOK_TOKEN"},
            template="{title}",
        )
        delivery = await receiver(config, {"headers.Authorization": Secret("Bearer abc")}).deliver(message())
        (got,) = sink.taken
        assert delivery.outcome == "sent"
        assert (got.path, got.body) == ("/hook?a=b", b"PostgreSQL shop is down")
        assert got.headers["authorization"] == "Bearer abc"
        assert got.headers["x-team"] == "shop"
        assert got.headers["content-type"] == "text/x-own"
        assert len(got.key) == 32


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        pytest.param("120", 120.0, id="seconds"),
        pytest.param("999999", 999999.0, id="many: how long it waits is decided elsewhere"),
        pytest.param("Mon, 05 Jan 2026 03:11:05 GMT", 60.0, id="a date"),
        pytest.param("Mon, 05 Jan 2026 03:00:00 GMT", 0.0, id="a date that has passed"),
        pytest.param("soon", None, id="no time at all"),
        pytest.param("", None, id="nothing"),
        pytest.param("-5", None, id="less than nothing"),
    ],
)
def test_retry_after(value: str, seconds: float | None) -> None:
    assert retry_after(value, AT) == seconds
