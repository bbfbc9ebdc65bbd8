"""The shop's supervisor: starts every part, injects and heals faults on request, ends when its owner is gone.

It cleans nothing up itself: its guard does that, however the supervisor ends. Only when the guard is gone it sweeps.
Parts that die stay dead, so that the floor shows it; healing starts them again.
"""

import asyncio
import json
import os
import signal
import sys
import time
from pathlib import Path

from ops.demo.child import ServerError
from ops.demo.faults import FAULTS, UnknownFaultError, find
from ops.demo.http import fetch
from ops.demo.mischief import MISCHIEF, behave
from ops.demo.parts import Parts
from ops.demo.plan import SERVICES, WORKERS, Plan, read_plan
from ops.demo.registry import control_socket
from ops.demo.resp import RedisError
from ops.demo.sweep import remove, sweep

_HEALTHY_WITHIN_S = 20.0
_LINE_LIMIT = 4096


def report(**facts: object) -> None:
    """One JSON line to the owner, who may be gone already."""
    try:
        os.write(1, json.dumps(facts).encode() + b"\n")
    except BrokenPipeError:
        return


async def _healthy(plan: Plan) -> None:
    """Wait until the service that needs all others is well. Raises ServerError with what it said last."""
    deadline, last = time.monotonic() + _HEALTHY_WITHIN_S, "no answer"
    while time.monotonic() < deadline:
        try:
            answer = await fetch(plan.ports["web"], "/health", 2.0)
        except (OSError, ValueError) as error:
            last = str(error)
        else:
            if answer.status == 200:
                return
            last = str(answer.body.get("error"))
        await asyncio.sleep(0.05)
    raise ServerError(f"the shop did not become healthy: {last}")


async def start_all(parts: Parts) -> None:
    """Start every part, all at once as far as they allow. Raises ServerError."""
    plan = parts.plan
    parts.begin_preparing()
    for name in SERVICES:
        parts.start_service(name)
        report(part=name, text=f"service {name} on port {plan.ports[name]}")
    parts.start_redis()
    report(part="redis", text=f"Redis on port {plan.ports['redis']}")
    for name in WORKERS:
        parts.start_worker(name)
    parts.start_postgres()
    report(part="postgres", text=f"PostgreSQL on port {plan.ports['postgres']}")
    parts.finish_preparing()
    report(part="schema", text="database shop with its tables")
    parts.take_backups()
    await _healthy(plan)
    report(part="worker", text="worker and load at work")


class Supervisor:
    """Takes commands, one at a time, and keeps count of the faults that last."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._turn = asyncio.Lock()
        self._active: dict[str, asyncio.TimerHandle] = {}
        self._healing: set[asyncio.Task[None]] = set()

    async def inject(self, name: str) -> str:
        """Inject a fault, for a bounded time. Raises UnknownFaultError."""
        fault = find(name)
        self._forget(name)
        loop = asyncio.get_running_loop()
        self._active[name] = loop.call_later(fault.lasts_s, self._heal_later, name)
        await MISCHIEF[name].inject(self._parts)
        return f"{fault.title}: {fault.shows}"

    async def heal(self, name: str) -> str:
        """Heal one fault, or everything with an empty name."""
        if name:
            find(name)
        for each in [name] if name else [fault.name for fault in FAULTS if fault.name in self._active]:
            self._forget(each)
            await MISCHIEF[each].heal(self._parts)
        if not name:
            await behave(self._parts)
            self._parts.revive()
        return f"{name or 'everything'} healed"

    def restart(self, name: str) -> str:
        """Restart a part, as a supervisor of services does for those who ask. Raises UnknownFaultError, ServerError."""
        try:
            self._parts.restart(name)
        except KeyError as error:
            raise UnknownFaultError(f"no part is called {name!r}") from error
        return f"{name} restarted"

    def _forget(self, name: str) -> None:
        timer = self._active.pop(name, None)
        if timer is not None:
            timer.cancel()

    def _heal_later(self, name: str) -> None:
        task = asyncio.ensure_future(self._heal_quietly(name))
        self._healing.add(task)
        task.add_done_callback(self._healing.discard)

    async def _heal_quietly(self, name: str) -> None:
        async with self._turn:
            try:
                await self.heal(name)
            except (ServerError, RedisError, OSError) as error:
                sys.stderr.write(f"healing {name}: {error}\n")

    async def obey(self, command: dict[str, str]) -> dict[str, object]:
        """Do one command: {"do": "inject" | "heal" | "restart" | "status", "name": …}."""
        async with self._turn:
            try:
                match command.get("do"):
                    case "inject":
                        return {"ok": True, "text": await self.inject(command.get("name", ""))}
                    case "heal":
                        return {"ok": True, "text": await self.heal(command.get("name", ""))}
                    case "restart":
                        return {"ok": True, "text": self.restart(command.get("name", ""))}
                    case "status":
                        return {"ok": True, "active": list(self._active), "dead": self._parts.dead()}
            except (UnknownFaultError, ServerError, RedisError, OSError) as error:
                return {"ok": False, "text": str(error) or type(error).__name__}
        return {"ok": False, "text": "not a command"}

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client of the control socket: a JSON object a line, each with one in answer."""
        try:
            while line := await reader.readline():
                command = json.loads(line)
                answer = await self.obey(command if isinstance(command, dict) else {})
                writer.write(json.dumps(answer).encode() + b"\n")
                await writer.drain()
        except (OSError, ValueError):
            pass  # the client left, or speaks something else
        finally:
            writer.close()


async def _closed(descriptor: int) -> None:
    """Wait until nobody holds the other end of a pipe any more."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(descriptor, "rb", 0))
    while await reader.read(_LINE_LIMIT):
        continue


async def _work(parts: Parts) -> None:
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGCHLD, parts.reap)
    await start_all(parts)
    supervisor = Supervisor(parts)
    path = str(control_socket(Path(parts.plan.directory)))
    server = await asyncio.start_unix_server(supervisor.converse, path, limit=_LINE_LIMIT)
    report(ready=True)
    async with server:
        await server.serve_forever()


async def _until_the_end(parts: Parts, alive: int) -> bool:
    """Work until the owner closes the pipe, we are told to end, or the guard dies. Whether the guard is dead."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    tasks = [asyncio.create_task(wait) for wait in (_work(parts), _closed(0), ended.wait(), _closed(alive))]
    done, rest = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in rest:
        task.cancel()
    if tasks[0] in done:
        try:
            tasks[0].result()
        except (ServerError, OSError) as error:
            report(error=str(error))
            raise
    return tasks[3] in done


def supervise(directory: Path, alive: int) -> None:
    """Run the shop in a prepared directory until its end; `alive` is a pipe whose other end the guard holds."""
    parts = Parts(read_plan(directory))
    if asyncio.run(_until_the_end(parts, alive)):
        sweep()
        remove(directory)
