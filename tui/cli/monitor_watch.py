"""Runs a monitor until a signal or its time ends it: leads, serves, says its lines, and takes a new config."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable

from collectors.threads import DaemonPool
from ops.board import Board
from ops.config.structs import Config
from ops.errors import OpsError
from ops.figures import several
from ops.leader import Leader, LeaderHeld, ask_away, leads_somewhere
from ops.lifesigns import LifeSigns
from ops.store.lock import recorded_by
from ops.store.places import store_folder
from ops.systemd import Manager
from tui.cli.monitor_lines import Lines, stamp

CLAIM_S = 10.0
"""How long a floor that leads has to give way."""
_LOOK_S = 0.1
_BESIDE_S = 5.0
"""Whoever is not the leader by then, because another is, ends."""
_ENDS = (signal.SIGINT, signal.SIGTERM)


async def claim(config: Config) -> None:
    """Have the way free to lead this floor. Raises LeaderHeld, which says who does not give way."""
    if not leads_somewhere(config):
        return
    folder = store_folder(config)
    until = time.monotonic() + CLAIM_S
    while (pid := recorded_by(folder)) is not None:
        who = await ask_away(folder)
        if who is not None:
            raise _held(config, f"the {who.words}")
        if time.monotonic() > until:
            raise _held(config, f"the process with pid {pid}" if pid else "another process")
        await asyncio.sleep(_LOOK_S)


def _held(config: Config, who: str) -> LeaderHeld:
    return LeaderHeld(f"{who} leads {config.settings.name} already; end that one first, or open a floor to watch it")


class Monitor:
    """One monitor, from its start to its end."""

    def __init__(self, config: Config, load: Callable[[], Config], lines: Lines) -> None:
        """`load` reads the config again; raises OpsError."""
        self._config, self._load, self._lines = config, load, lines
        self._manager = Manager(os.environ)
        self._leader = Leader(config, "monitor")
        self._ended, self._reload = asyncio.Event(), asyncio.Event()
        self._pool = DaemonPool(1, name="watchfloor-config")
        self._on_terminal = _on_terminal()
        self._began = False

    async def run(self, length_s: float | None) -> None:
        """Until it is ended, or so long. Raises LeaderHeld where another was quicker, OpsError."""
        loop = asyncio.get_running_loop()
        for sign in _ENDS:
            loop.add_signal_handler(sign, self._ended.set)
        loop.add_signal_handler(signal.SIGHUP, self._hung_up)
        ending = asyncio.create_task(self._ended.wait())
        until = None if length_s is None else loop.time() + length_s
        try:
            while not self._ended.is_set() and (until is None or loop.time() < until):
                config = await self._watch(ending, None if until is None else until - loop.time())
                if config is not None:
                    await self._change(config)
        finally:
            ending.cancel()
            self._manager.tell("STOPPING=1")
            await self._leader.close()

    def _hung_up(self) -> None:
        """SIGHUP: read the config again; where it is the terminal that has gone, end."""
        if self._on_terminal and not _on_terminal():
            self._ended.set()
        else:
            self._reload.set()

    async def _watch(self, ending: "asyncio.Task[bool]", length_s: float | None) -> Config | None:
        """Lead until it ends, or there is another config: gives that."""
        signs = LifeSigns(
            self._config, self._manager, lambda text: self._lines.note("monitor", text), _now,
            lambda: self._leader.source.fault,
        )  # fmt: skip
        asked = asyncio.create_task(self._asked())
        work: set[asyncio.Task[None]] = {asyncio.create_task(self._tell()), asyncio.create_task(self._live(signs))}
        try:
            await asyncio.wait({*work, asked, ending}, timeout=length_s, return_when=asyncio.FIRST_COMPLETED)
            for task in work:
                if task.done():
                    task.result()
            return asked.result() if asked.done() else None
        finally:
            asked.cancel()
            for task in work:
                task.cancel()
            await asyncio.wait({*work, asked}, timeout=1)

    async def _asked(self) -> Config:
        """The config as it is once somebody asks for it; one that is wrong is refused. The old one goes on meanwhile.

        To read it may take as long as the commands that give its secrets.
        """
        while True:
            await self._reload.wait()
            self._reload.clear()
            moment = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
            self._manager.tell("RELOADING=1", f"MONOTONIC_USEC={moment}")
            try:
                return await self._pool.run(self._load)
            except OpsError as error:
                self._lines.note("config", f"the new config is refused, the old one goes on: {error.message}")
                self._manager.tell("READY=1")

    async def _live(self, signs: LifeSigns) -> None:
        await signs.run()
        await asyncio.Event().wait()

    async def _tell(self) -> None:
        beside_until = time.monotonic() + _BESIDE_S
        async for board in self._leader.boards():
            source = self._leader.source
            if not self._began and (source.leads or not leads_somewhere(self._config)):
                self._began = True
                self._lines.note("monitor", _beginning(self._config))
            self._lines.tell(board, source.fixes.jobs() if source.fixes is not None else ())
            self._manager.tell("READY=1", f"STATUS={_status(board)}")
            if not board.recording.startswith("recorded by"):
                beside_until = time.monotonic() + _BESIDE_S
            elif time.monotonic() > beside_until:
                raise _held(self._config, f"the process that is told here ({board.recording})")

    async def _change(self, config: Config) -> None:
        """Go on with another config."""
        await self._leader.change(config)
        self._config = config
        self._lines.note("config", f"the config is read anew: {several(len(config.targets), 'target')}")
        self._manager.tell("READY=1")


def _beginning(config: Config) -> str:
    """What it says once it leads."""
    targets = several(len(config.targets), "target")
    if not leads_somewhere(config):
        return f"watches {targets} of {config.settings.name}; nothing is recorded, and nobody is told"
    return f"leads {config.settings.name}: {targets}, recorded in {store_folder(config)}"


def _status(board: Board) -> str:
    return f"{board.name}: " + ", ".join(f"{number} {level}" for level, number in board.counts().items() if number)


def _on_terminal() -> bool:
    return sys.stdin is not None and not sys.stdin.closed and sys.stdin.isatty()


def _now() -> str:
    return stamp(time.time())
