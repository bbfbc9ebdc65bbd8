"""PostgreSQL of the demo stops: one incident, one page, one escalation, one end; killed and silenced in between too.

One outage is watched by three floors at once, each with a history and receivers of its own.
"""

import asyncio
import subprocess
import sys
import time
import tomllib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
import tomli_w

from ops.alerts.matchers import read_matchers
from ops.alerts.structs import Silence
from ops.demo.shop import Demo, RemoteDemo
from ops.incidents.book import IncidentBook
from ops.incidents.database import FILE_NAME
from tests.parts.command import ROOT, clean_environment
from tests.parts.mail_sink import MailSink, mail_sink
from tests.parts.mended import config_without
from tests.parts.shop import a_shop, all_healthy
from tests.parts.sinks import HttpSink, pagerduty_sink, slack_sink, webhook_sink
from tests.parts.wait import until, until_async

FAULT = "stop-postgres"
CAUSES = ("process:postgres", "postgres:shop")
PAGED_WITHIN_S = 30.0
ENDED_WITHIN_S = 120.0
"""A group that is over is told within 30 s."""
ESCALATED_WITHIN_S = 30.0
KEPT_FIRING = [
    {"name": name, "keep_firing_for": "5s"} for name in ("database-down", "cache-down", "broker-down", "down")
]
"""Of what is down, in place of 20 s."""
_KEY = "0123456789abcdef0123456789abcdef"
_UNWATCHED = ("host", "docker", "backup")
"""Sections of this machine's own matters."""


class Sinks(NamedTuple):
    """Who is told: three by the levels that are there without a word, and one whom only escalation calls."""

    slack: HttpSink
    pager: HttpSink
    mail: MailSink
    boss: HttpSink

    def told(self) -> dict[str, list[str]]:
        """What each took, every message once and in order, in a word each."""
        return {
            "slack": [_first(got.json["text"]) for got in self.slack.once],
            "pager": [str(got.json["event_action"]) for got in self.pager.once],
            "mail": [_first(str(mail.message["Subject"])) for mail in self.mail.once],
            "boss": [str(got.json["action"]) for got in self.boss.once],
        }

    def tables(self, folder: Path) -> dict[str, object]:
        """The sections of a config that name them."""
        key = folder / "pager.key"
        key.touch(mode=0o600)
        key.write_text(_KEY)
        mail = {"from": "floor@example.org", "to": ["oncall@example.org"], "server": self.mail.server, "tls": "none"}
        return {
            "notify": [
                {"name": "slack", "kind": "slack", "url": f"{self.slack.url}/services/T/B/x"},
                {"name": "pager", "kind": "pagerduty", "url": self.pager.url, "key_file": str(key)},
                {"name": "mail", "kind": "email", **mail},
                {"name": "boss", "kind": "webhook", "url": f"{self.boss.url}/hook", "levels": ["info"]},
            ],
            "escalation": [{"name": "up", "steps": [{"after": "6s", "receivers": ["boss"]}]}],
        }


def _first(heading: str) -> str:
    return heading.split(maxsplit=1)[0].lower()


ONCE = {
    "slack": ["critical", "resolved"],
    "pager": ["trigger", "resolve"],
    "mail": ["critical", "resolved"],
    "boss": ["escalated", "resolved"],
}


@pytest.fixture(scope="module")
def shop() -> Iterator[Demo]:
    with a_shop() as demo:
        yield demo


@asynccontextmanager
async def sinks() -> AsyncIterator[Sinks]:
    """All of them, on loopback."""
    async with AsyncExitStack() as stack:
        yield Sinks(
            await stack.enter_async_context(slack_sink()),
            await stack.enter_async_context(pagerduty_sink()),
            await stack.enter_async_context(mail_sink()),
            await stack.enter_async_context(webhook_sink()),
        )


class Outage:
    """PostgreSQL of a shop, stopped once for all who watch it, and started again when all of them want it."""

    def __init__(self, demo: Demo, watchers: int) -> None:
        self._demo, self._plan = RemoteDemo(demo.directory), demo.plan
        self._all = asyncio.Barrier(watchers)
        self.begun = 0.0
        """On the monotonic clock."""

    async def begins(self) -> None:
        """Wait for the other watchers, and for the fault."""
        await self._once(self.breaks)

    async def ends(self) -> None:
        """Wait for the other watchers, and until the shop is well."""
        await self._once(self.heals)

    async def is_past(self) -> None:
        """Wait for the other watchers."""
        await self._all.wait()

    async def _once(self, what: Callable[[], Awaitable[None]]) -> None:
        if await self._all.wait() == 0:
            await what()
        await self._all.wait()

    async def breaks(self) -> None:
        """Stop PostgreSQL now."""
        await self._demo.inject(FAULT)
        self.begun = time.monotonic()

    async def heals(self) -> None:
        """Start it again now, and wait until the shop is well."""
        await self._demo.heal()
        await asyncio.to_thread(until, lambda: all_healthy(self._plan), "the shop is well again", 30)


class Stage:
    """A shop that is watched by monitors of its own, and what they keep and tell."""

    def __init__(self, demo: Demo, told: Sinks, name: str) -> None:
        self.sinks = told
        self.config = config_without(demo, (*_UNWATCHED, "notify"), name)
        tables = tomllib.loads(self.config.read_text()) | told.tables(self.config.parent)
        tables["alert"] += KEPT_FIRING
        self.config.write_text(tomli_w.dumps(tables))
        self.folder = self.config.parent / "history"
        self.book = IncidentBook(self.folder)

    @contextmanager
    def monitor(self) -> "Iterator[subprocess.Popen[bytes]]":
        """One that begins."""
        command = [sys.executable, "-m", "tui", "--config", str(self.config), "monitor"]
        with subprocess.Popen(command, cwd=ROOT, env=clean_environment(), stdout=subprocess.DEVNULL) as process:
            try:
                yield process
            finally:
                process.kill()

    async def watched(self) -> None:
        """Wait until a monitor has taken its first look."""
        await until_async((self.folder / FILE_NAME).exists, "the first look of the monitor", 20)

    async def paged(self) -> None:
        """Wait until the three are told."""
        await until_async(
            lambda: all(self.sinks.told()[name] for name in ("slack", "pager", "mail")), "the page", PAGED_WITHIN_S
        )

    async def escalated(self) -> None:
        """Wait until the one above is told."""
        await until_async(lambda: self.sinks.told()["boss"], "the escalation", ESCALATED_WITHIN_S)

    async def over(self) -> None:
        """Wait until everybody knows that it is over."""
        await until_async(
            lambda: all("resol" in "".join(words) for words in self.sinks.told().values()), "the end", ENDED_WITHIN_S
        )
        await until_async(
            lambda: all(message.state in ("sent", "dropped") for message in self.book.messages()), "every receipt"
        )

    def is_held_by_a_silence(self) -> bool:
        """Whether the database's alert fires, and a silence is what stops it."""
        keys = [alert.key for alert in self.book.alerts() if alert.firing and alert.row in CAUSES]
        return any(step.stage == "silence" and not step.passed for key in keys for step in self.book.why(key))

    def is_one_incident_of_the_database(self) -> None:
        """Check that it was one, that its cause is right, and that everybody heard each thing once."""
        assert self.sinks.told() == ONCE
        (incident,) = self.book.page()
        assert incident.cause_row in CAUSES
        assert incident.priority == "P1"
        assert incident.state == "resolved"
        (key,) = {got.json["dedup_key"] for got in self.sinks.pager.once}
        assert key
        receipts = [
            moment.data["receiver"] for moment in self.book.timeline(incident.number) if moment.kind == "notified"
        ]
        assert sorted(receipts) == sorted(2 * ["slack", "pager", "mail", "boss"])


async def watched_by_one(stage: Stage, outage: Outage) -> None:
    """By a monitor that nobody touches."""
    with stage.monitor():
        await stage.watched()
        await outage.begins()
        await stage.paged()
        assert time.monotonic() - outage.begun < PAGED_WITHIN_S
        await stage.escalated()
        await outage.ends()
        await stage.over()
    stage.is_one_incident_of_the_database()
    await outage.is_past()


async def watched_by_three_after_each_other(stage: Stage, outage: Outage) -> None:
    """One is killed once it has paged, the next once it has escalated."""
    with stage.monitor() as first:
        await stage.watched()
        await outage.begins()
        await stage.paged()
        first.kill()
    with stage.monitor() as second:
        await stage.escalated()
        second.kill()
    await outage.ends()
    with stage.monitor():
        await stage.over()
    stage.is_one_incident_of_the_database()
    await outage.is_past()


async def watched_under_a_silence(stage: Stage, outage: Outage) -> None:
    """It is made once everybody was told, and holds back when it begins again."""
    with stage.monitor():
        await stage.watched()
        await outage.begins()
        await stage.paged()
        await stage.escalated()
        now = time.time()
        matchers = read_matchers(["severity=~critical|warning", "name!=nobody"])
        stage.book.silence(
            Silence(matchers=matchers, start=now, end=now + 600, author="alice", comment="on it", made_at=now)
        )
        await outage.ends()
        await stage.over()
        stage.is_one_incident_of_the_database()
        await outage.is_past()
        await outage.breaks()
        await until_async(stage.is_held_by_a_silence, "the second time, and why nobody hears of it", 30)
        await outage.heals()
    assert stage.sinks.told() == ONCE


async def test_a_database_that_stops_is_one_incident_one_page_one_escalation_and_one_end(shop: Demo) -> None:
    ways = {"plain": watched_by_one, "killed": watched_by_three_after_each_other, "silenced": watched_under_a_silence}
    outage = Outage(shop, len(ways))
    async with AsyncExitStack() as stack, asyncio.TaskGroup() as watchers:
        for name, way in ways.items():
            told = await stack.enter_async_context(sinks())
            watchers.create_task(way(Stage(shop, told, name), outage), name=name)
