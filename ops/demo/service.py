"""One HTTP service of the shop, as a process: `python -m ops.demo.service NAME DIRECTORY`."""

import asyncio
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from ops.demo.http import Answer, serve
from ops.demo.plan import Plan, read_plan
from ops.demo.roles import ROLES, Role
from ops.demo.trouble import TROUBLES, explain

_FRESH_S = 0.4
_HANG_TICK_S = 0.2
LOG_LIMIT_BYTES = 1_000_000


def say(text: str) -> None:
    """Write a line to our log, and begin it anew when it is long (it is opened for appending)."""
    line = f"{time.strftime('%H:%M:%S')} {text}\n".encode()
    if os.fstat(1).st_size > LOG_LIMIT_BYTES:
        os.ftruncate(1, 0)
    os.write(1, line)


class Service:
    """Answers `/health` by asking what it depends on, and every other path by doing its work."""

    def __init__(self, plan: Plan, name: str, role: Role) -> None:
        self._name = name
        self._role = role
        self._mode_file = plan.mode_file(name)
        self._checking: asyncio.Task[Answer] | None = None
        self._checked_at = 0.0

    async def handle(self, path: str) -> Answer:
        """Answer one request; also the wrong way, while it is told to misbehave."""
        begun = time.monotonic()
        answer = await self._misbehave() or await (self.health() if path == "/health" else self._work())
        if path != "/health" or answer.status != 200:
            say(f"GET {path} {answer.status} {(time.monotonic() - begun) * 1000:.0f} ms {answer.body.get('error', '')}")
        return answer

    def _mode(self) -> tuple[str, float]:
        try:
            word, _, figure = self._mode_file.read_text().partition(" ")
        except FileNotFoundError:
            return "", 0.0
        return word, float(figure or 0)

    async def _misbehave(self) -> Answer | None:
        word, figure = self._mode()
        if word == "slow":
            await asyncio.sleep(figure)
        elif word == "errors":
            return Answer(500, {"status": "unhealthy", "service": self._name, "error": "internal error: out of luck"})
        while word == "hang":
            await asyncio.sleep(_HANG_TICK_S)
            word, _ = self._mode()
        return None

    async def health(self) -> Answer:
        """Ask all dependencies at once. Those who ask at the same time share one answer."""
        now = time.monotonic()
        if self._checking is None or (self._checking.done() and now - self._checked_at > _FRESH_S):
            self._checked_at = now
            self._checking = asyncio.create_task(self._check())
        return await asyncio.shield(self._checking)

    async def _check(self) -> Answer:
        states = dict(await asyncio.gather(*(self._state(name) for name in self._role.checks)))
        broken = {name: state for name, state in states.items() if state != "connected"}
        critical = [f"{name}: {state}" for name, state in broken.items() if name not in self._role.optional]
        status = "unhealthy" if critical else "degraded" if broken else "healthy"
        body = {"status": status, "service": self._name, **states}
        return Answer(503, {**body, "error": "; ".join(critical)}) if critical else Answer(200, body)

    async def _state(self, dependency: str) -> tuple[str, str]:
        try:
            await self._role.checks[dependency]()
        except TROUBLES as error:
            return dependency, explain(error)
        return dependency, "connected"

    async def _work(self) -> Answer:
        try:
            result: Mapping[str, object] = await self._role.work()
        except TROUBLES as error:
            return Answer(500, {"service": self._name, "error": explain(error)})
        return Answer(200, {"service": self._name, **result})


async def main(name: str, directory: Path) -> None:
    """Serve until ended."""
    plan = read_plan(directory)
    service = Service(plan, name, ROLES[name](plan))
    say(f"{name} listens on port {plan.ports[name]}")
    await serve(plan.ports[name], service.handle)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
