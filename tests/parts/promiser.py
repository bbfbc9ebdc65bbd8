"""A process that promises and sends until it is killed: `python -m tests.parts.promiser FOLDER PORT [end]`.

Alerts come, go and get graver as a number of steps says, which is kept with what is promised in one transaction, so
that it goes on where it was killed. Prints the number of each step after it is on disk. With "end" all alerts end, and
it leaves once nothing waits any more.
"""

import asyncio
import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from random import Random

from collectors.clock import SystemClock
from collectors.units import Duration
from ops.alerts.structs import Alert, Severity
from ops.config.alerting import Alerting, Receiver, Route
from ops.incidents.database import connect, writing
from ops.notify.look import Notifier
from ops.notify.outbox import Outbox
from ops.notify.plan import plan_of
from ops.notify.promises import Facts
from ops.notify.sender import Channel, Sender
from ops.notify.structs import Delivery, Message
from tests.parts.notices import T0, alert, incident

RECEIVERS = ("slack", "pagerduty")
INCIDENTS = (1, 2, 3, 4)
STEP_S = 10.0
ALERTING = Alerting(
    receivers=tuple(Receiver(kind=name) for name in ("slack", "pagerduty")),
    route=Route(receivers=RECEIVERS, group_wait=Duration(10), group_interval=Duration(40)),
)


class Hasty(SystemClock):
    """A clock by which pauses are over a hundred times sooner."""

    def monotonic(self) -> float:
        """Seconds that run fast."""
        return super().monotonic() * 100


class Wire:
    """Hands each message to the sink as one line, and takes its answer for how that ended."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def deliver(self, message: Message) -> Delivery:
        """One line there, one word back; no word is an end that nobody knows."""
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
            facts = (message.id, message.receiver, message.group, message.action)
            writer.write(json.dumps(facts).encode() + b"\n")
            await writer.drain()
            answer = (await reader.readline()).decode().strip()
            writer.close()
        except OSError:
            answer = ""
        return Delivery(outcome="sent" if answer == "ok" else "retry", said=answer or "no answer")

    async def close(self) -> None:
        """There is nothing to let go of."""


def alerts_at(step: int) -> dict[str, Alert]:
    """What fires at a step: of each incident some, by chance, for a few steps each."""
    found = []
    for number in INCIDENTS:
        for name in ("a", "b", "c"):
            chance = Random(f"{number}{name}{step // 7}")
            if chance.random() < 0.4:
                severity: Severity = "critical" if chance.random() < 0.5 else "warning"
                found.append(alert(f"{name}{number}", severity, incident=number))
    return {each.key: each for each in found}


def quiet_at(step: int) -> dict[str, str]:
    """What is silenced at a step."""
    chance = Random(f"quiet{step // 9}")
    return {
        f"down/service:{name}{number}": "silenced" for number in INCIDENTS for name in "abc" if chance.random() < 0.2
    }


def tell(connection: sqlite3.Connection, message: Message) -> None:
    """Fails for a message that ends twice."""
    connection.execute("INSERT INTO notes (name, value) VALUES (?, ?)", (f"told:{message.id}", message.state))


def look(connection: sqlite3.Connection, notifier: Notifier, *, end: bool) -> int:
    """One step, whole or not at all; gives its number."""
    with writing(connection):
        row = connection.execute("SELECT value FROM notes WHERE name = 'step'").fetchone()
        step = int(row[0]) + 1 if row else 0
        connection.execute("INSERT OR REPLACE INTO notes (name, value) VALUES ('step', ?)", (str(step),))
        alerts, quiet = ({}, {}) if end else (alerts_at(step), quiet_at(step))
        known = {number: incident(number) for number in INCIDENTS}
        notifier.look(Facts(now=T0 + step * STEP_S, alerts=alerts, quiet=quiet, incidents=known))
    return step


async def main(folder: Path, port: int, *, end: bool) -> None:
    """Go on until killed, or until nothing is left to be told."""
    channels = {name: Channel(Wire(port), give_up_s=1e12, timeout_s=0.3) for name in RECEIVERS}
    sender = Sender(lambda: connect(folder), channels, Hasty(), tell, lambda: 0.0)
    with closing(connect(folder)) as connection:
        notifier, box = Notifier(connection, plan_of(ALERTING)), Outbox(connection)
        task = asyncio.create_task(sender.run())
        while True:
            sys.stdout.write(f"{look(connection, notifier, end=end)}\n")
            sys.stdout.flush()
            sender.wake()
            await asyncio.sleep(0.003)
            left = connection.execute("SELECT count(*) FROM groups").fetchone()[0]
            if end and not left and not box.receivers():
                break
        sender.close()
        await task


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), end=len(sys.argv) > 3))
