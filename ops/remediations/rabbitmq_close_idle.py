"""Closes connections to RabbitMQ that do nothing, or that it has blocked."""

import time
from collections.abc import Iterable, Sequence
from typing import ClassVar
from urllib.parse import quote

from collectors.text import clean
from ops.actions.base import Action, Case, Offer, Param, Risk
from ops.actions.errors import Refused
from ops.actions.rabbitmq import Connection, broker_of, reading
from ops.actions.waiting import longer_s
from ops.board import Row
from ops.figures import count, duration
from ops.runner.base import Runner
from ops.runner.calls import Rabbitmq

_LONGER_THAN = Param(name="longer_than", title="connected longer than", kind="duration", default="10m", least=1.0)
_MOST = 200
_MANY = 500
_REASON = "closed by an operator: idle"
_OWN = "watchfloor"


class RabbitmqCloseIdle(Action):
    """Closes connections that are older than so long and idle: nothing moves, nobody consumes, nothing is waited for.

    Those that the broker blocks are closed, too. Only AMQP 0-9-1 is looked at.
    Each is listed by its name, which has the port of its client, and is closed by exactly that. Ours are never among
    them. The user of the config needs the tag administrator.
    """

    name = "rabbitmq.close-idle"
    title = "close idle connections to RabbitMQ"
    kinds: ClassVar[tuple[str, ...]] = ("rabbitmq",)
    risk: ClassVar[Risk] = "interrupts"
    params: ClassVar[tuple[Param, ...]] = (_LONGER_THAN,)

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """Better where there are many, or publishers are blocked."""
        connections = row.facts.get("connections")
        if row.word == "down" or not isinstance(connections, int | float) or not connections:
            return
        many = connections >= _MANY
        yield Offer(
            action=self.name,
            row=row.id,
            title="close idle connections",
            why=f"{count(connections)} are open" if many else "",
            score=50 if many else 30 if row.word == "blocked" else 12,
            ask=(_LONGER_THAN,),
        )

    async def run(self, case: Case, runner: Runner) -> None:
        """List them, then close each."""
        limit_s = longer_s(case, _LONGER_THAN)
        async with reading(case) as rabbit:
            connections, busy = await rabbit.connected(), await rabbit.channels_busy()
        now = time.time()
        chosen = [one for one in connections if is_idle(one, busy, now, limit_s) and not is_ours(one)]
        if not chosen:
            raise Refused(f"no connection is idle and older than {duration(limit_s)}", "look again", reason="changed")
        if len(chosen) > _MOST:
            runner.say(f"{count(len(chosen))} are idle; the {_MOST} oldest are closed")
            chosen = chosen[:_MOST]
        for one in chosen:
            runner.rely(f"connection {one.name}", str(one.connected_at))
        for number, one in enumerate(chosen, 1):
            runner.say(_told(one, now))
            await _close(case, runner, one)
            runner.progress(number / len(chosen), f"{number} of {len(chosen)} closed")

    def interrupts(self, case: Case) -> str:
        """Their clients."""
        return "their clients lose the connection; most connect anew when they next need it"

    def undone(self, case: Case) -> str:
        """It can't be."""
        return "a closed connection does not come back: its client has to connect anew"

    def locks(self, case: Case) -> tuple[str, ...]:
        """The broker's connections."""
        return (f"{broker_of(case)} connections",)


def is_idle(one: Connection, busy: set[str], now: float, limit_s: float) -> bool:
    """Old enough, and blocked, or with nothing that moves or waits."""
    if now - one.connected_at / 1000 < limit_s or not str(one.protocol).startswith("AMQP 0"):
        return False
    still = one.recv_oct_details.rate == 0 and one.send_oct_details.rate == 0
    return one.state in ("blocked", "blocking") or (still and one.name not in busy)


def is_ours(one: Connection) -> bool:
    """Whether a watchfloor has it, by the name that ours give."""
    return one.client_properties.connection_name == _OWN


async def _close(case: Case, runner: Runner, one: Connection) -> None:
    path = f"/connections/{quote(one.name, safe='')}"
    try:
        await runner.do(Rabbitmq(target=case.spec.id, method="DELETE", path=path, reason=_REASON))
    except Refused as error:
        if error.reason != "changed":
            raise
        runner.say(f"{clean(one.name)} had ended by itself")


def _told(one: Connection, now: float) -> str:
    called = f" ({clean(one.client_properties.connection_name)})" if one.client_properties.connection_name else ""
    return f"{clean(one.name)}{called} of {clean(one.user)}, {one.state}, for {duration(now - one.connected_at / 1000)}"
