"""`watchfloor notify test`: hands a real message to receivers, and says what each made of it."""

import asyncio
import time
from collections.abc import Iterator, Sequence

import msgspec
from msgspec.structs import replace

from collectors.text import clean
from ops.alerts.structs import Severity
from ops.config.alerting import Receiver
from ops.config.names import did_you_mean
from ops.config.structs import Config
from ops.errors import OpsError, UsageError
from ops.fixes.who import me
from ops.notify.plan import plan_of
from ops.notify.registry import receiver as deliverer_of
from ops.notify.routes import routes_of
from ops.notify.structs import Delivery, Message
from tui.cli.alerts_told import way_words
from tui.cli.labels import read_labels, severity_of
from tui.cli.output import complain, say, say_json, signed
from tui.cli.table import width

FAILED = 1
_TEXT = "Nothing is wrong: somebody tried whether this can be reached."


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """What one receiver made of the test."""

    receiver: str
    kind: str
    delivery: Delivery


def run(config: Config, names: Sequence[str], labels: Sequence[str], *, as_json: bool) -> int:
    """Try these receivers, or those who would hear of such an alert, or all; 0 when all took it, else 1."""
    chosen, severity = _chosen(config, names, labels)
    if not chosen:
        complain("nobody would hear of it: it stays on the screen")
        return FAILED
    tried = asyncio.run(_try_all(config, chosen, severity))
    if as_json:
        say_json(tried)
    else:
        say("\n".join(_lines(tried)))
    return 0 if all(one.delivery.outcome == "sent" for one in tried) else FAILED


def _chosen(config: Config, names: Sequence[str], labels: Sequence[str]) -> tuple[list[Receiver], Severity]:
    known = plan_of(config.alerting).receivers
    if not known:
        raise OpsError("the config names no receiver; write a [[notify]] with its kind")
    if names and labels:
        raise UsageError("either names or --route: a route gives the names")
    if labels:
        asked = read_labels(labels, "--route", config.alerting.rules)
        ways = routes_of(asked, plan_of(config.alerting).route)
        for way in ways:
            complain(way_words(way))
        told = dict.fromkeys(name for way in ways for name in way.receivers)
        return [known[name] for name in told if name in known], severity_of(asked)
    for name in names:
        if name not in known:
            raise UsageError(f'no receiver is called "{name}"; {did_you_mean(name, known)}')
    return [known[name] for name in dict.fromkeys(names or known)], "info"


async def _try_all(config: Config, chosen: Sequence[Receiver], severity: Severity) -> list[Tried]:
    by, now = me("command"), time.time()
    message = Message(
        group=f"test/{by.user}/{now:.3f}",
        receiver="",
        action="test",
        severity=severity,
        title=f"A test by {by.user} on {by.host}",
        text=_TEXT,
        environment=config.settings.environment,
        floor=config.settings.name,
        made_at=now,
        due_at=now,
    )
    return list(await asyncio.gather(*(_try(config, receiver, message) for receiver in chosen)))


async def _try(config: Config, receiver: Receiver, message: Message) -> Tried:
    """Send it; and where that opens something that stays open, end it again."""
    deliverer = deliverer_of(receiver, config.alerting.secrets.get(receiver.name, {}))
    message = replace(message, receiver=receiver.name)
    try:
        delivery = await deliverer.deliver(message)
        if receiver.kind == "pagerduty" and delivery.outcome == "sent":
            delivery = await deliverer.deliver(replace(message, action="resolved"))
    finally:
        await deliverer.close()
    if receiver.kind == "terminal" and not delivery.receipt:
        delivery = replace(delivery, outcome="refused")
    return Tried(receiver=receiver.name, kind=receiver.kind, delivery=delivery)


def _lines(tried: Sequence[Tried]) -> Iterator[str]:
    names = max(width(one.receiver) for one in tried)
    for one in tried:
        sent = one.delivery.outcome == "sent"
        sign = signed("ok" if sent else "critical", "taken" if sent else "failed", 9)
        name = clean(one.receiver)
        yield f"{sign}  {name}{' ' * (names - width(name))}  {clean(one.delivery.said)}"
