"""Signs of life of a monitor: systemd's watchdog, a heartbeat file, and a URL whose silence somebody else notices."""

import asyncio
import os
from collections.abc import Callable, Coroutine
from pathlib import Path

from collectors.base import CollectError
from collectors.net.wire import Wire, split_url
from collectors.text import clean
from collectors.threads import DaemonPool
from ops.config.structs import Config
from ops.systemd import Manager

PING_S = 10.0
"""How long a ping may take."""
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


class LifeSigns:
    """Gives them all until it is cancelled. What can't be given is told once, and that it can again."""

    def __init__(
        self, config: Config, manager: Manager, tell: Callable[[str], None], now: Callable[[], str],
        fault: Callable[[], str] = str,
    ) -> None:  # fmt: skip
        """`tell` takes one sentence; `now` gives the moment that is written into the heartbeat file.

        While `fault` says why nobody would be told of anything, neither heartbeat nor ping is given.
        """
        self._config, self._manager, self._tell, self._now, self._fault = config, manager, tell, now, fault
        self._file = Path(config.path).absolute().parent / Path(config.alerting.monitor.heartbeat).expanduser()
        self._pool = DaemonPool(1, name="watchfloor-heartbeat")
        self._troubles: dict[str, str] = {}

    async def run(self) -> None:
        """Give them. They come from the event loop that polls: one that hangs gives none."""
        monitor = self._config.alerting.monitor
        signs: list[Coroutine[None, None, None]] = []
        if self._manager.every_s:
            signs.append(self._watchdog())
        if monitor.heartbeat:
            signs.append(self._again(self._beat))
        if monitor.ping or self._config.alerting.ping is not None:
            signs.append(self._again(self._ping))
        async with asyncio.TaskGroup() as group:
            for sign in signs:
                group.create_task(sign)

    async def _watchdog(self) -> None:
        while True:
            self._manager.tell("WATCHDOG=1")
            await asyncio.sleep(self._manager.every_s)

    async def _again(self, sign: Callable[[], Coroutine[None, None, str]]) -> None:
        while True:
            self._told(sign.__name__, self._fault() or await sign())
            await asyncio.sleep(float(self._config.alerting.monitor.every))

    def _told(self, sign: str, trouble: str) -> None:
        before = self._troubles.get(sign, "")
        self._troubles[sign] = trouble
        if trouble != before:
            what = "heartbeat" if sign == "_beat" else "ping"
            self._tell(f"{what}: {trouble or 'it is given again'}")

    async def _beat(self) -> str:
        try:
            await self._pool.run(_write, self._file, f"{self._now()}\n")
        except OSError as error:
            return clean(f"{self._file} can't be written: {error.strerror or error}")
        return ""

    async def _ping(self) -> str:
        secret = self._config.alerting.ping
        try:
            url = secret.reveal() if secret is not None else self._config.alerting.monitor.ping
            parts, wire = split_url(url), Wire(url)
        except ValueError as error:
            return f"the address can't be asked: {error}"
        try:
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            async with asyncio.timeout(PING_S):
                answer = await wire.get(target, limit=1024)
        except TimeoutError:
            return f"{parts.hostname} did not answer within {PING_S:.0f} s"
        except CollectError as error:
            return error.message
        finally:
            await wire.close()
        return "" if 200 <= answer.status < 300 else f"{parts.hostname} answered with status {answer.status}"


def _write(file: Path, text: str) -> None:
    descriptor = os.open(file, _FLAGS, 0o644)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)
