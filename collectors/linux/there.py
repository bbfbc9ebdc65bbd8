"""Reads the figures of another machine over SSH: procfs with `cat`, disks with `df`, processes with `ps`."""

import asyncio
import time
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from collectors.base import CollectError, Entity, NoData, Value
from collectors.linux.disks import Mount, Usage, Wanted, choose, facts_of
from collectors.linux.kernel import LEVELS, RATES, count_cores
from collectors.linux.remote_texts import DF_INODES, DF_SIZES, PS, cut, parse_df, parse_processes
from collectors.ssh.remote import Phase, Remote
from collectors.threads import DaemonPool

FIGURES_LIMIT = 2**20
LOOK_LIMIT = 4 * 2**20
"""Bytes read of one answer."""
LOOK_EVERY_S = 14.0
"""Disks fill and processes come slowly next to what asking for them costs over there."""
LOOK_ANSWER_S = 1.0
"""How long a poll waits for disks and processes; a later answer counts for the next poll."""
_SECTION = "echo; echo @@watchfloor"
FIGURES = (
    "exec sh -c 'cd /proc || exit 0; for f in "
    + " ".join((*RATES, *LEVELS))
    + f"; do {_SECTION} $f; cat $f 2>/dev/null; done; exit 0'"
)
LOOK = (
    "exec sh -c 'LC_ALL=C; export LC_ALL; "
    f"{_SECTION} {PS}; ps -eo stat=,pid=,ppid=,comm= 2>/dev/null; "
    f"{_SECTION} {DF_SIZES}; df -lPkT 2>/dev/null || df -PkT 2>/dev/null; "
    f"{_SECTION} {DF_INODES}; df -lPiT 2>/dev/null || df -PiT 2>/dev/null; {_SECTION} end; exit 0'"
)
"""Constants: nothing of a config or of the world is ever part of what a shell over there runs."""


_POOL = DaemonPool(1, name="watchfloor-remote")


class _Seen(NamedTuple):
    """What a look found: facts of the processes, and the disks."""

    facts: Mapping[str, Value]
    sizes: list[tuple[Mount, Usage]]


class There:
    """Another machine. Nobody waits for its disks and processes longer than a moment, but for its figures."""

    def __init__(self, remote: Remote, wanted: Wanted, phase: Phase) -> None:
        self._remote, self._wanted, self._phase = remote, wanted, phase
        self._looking: asyncio.Task[_Seen] | None = None
        self._looked_at: float | None = None
        self._facts: Mapping[str, Value] = {}
        self._sizes: list[tuple[Mount, Usage]] = []
        host = remote.address.host
        self.hints: tuple[str, ...] = (
            f"which processes burn the CPU is not read over SSH; `ssh {remote.address.named} top` shows it",
            f"network shares that {host} mounts are not asked over SSH",
        )

    async def texts(self, names: Iterable[str]) -> Mapping[str, bytes]:
        """Files of its procfs, b"" for one that is not there. Raises CollectError; NoData where there is no procfs."""
        ended = await self._remote.run(FIGURES, self._phase, FIGURES_LIMIT)
        texts = cut(ended.out)
        if not texts.get("stat"):
            raise NoData(f"{self._remote.address.host} has no /proc/stat: it is not a Linux, or hides it")
        return {name: texts.get(name, b"") for name in names}

    def cores(self, stat: bytes) -> int:
        """How many there are."""
        return count_cores(stat)

    def own_s(self) -> float:
        """We use no CPU there that would count."""
        return 0.0

    async def look(self, *, at_once: bool = False) -> None:
        """Renew disks and processes when it is due. A look that hangs leaves none of the last; none begins beside."""
        now = time.monotonic()
        if self._looking is not None and self._looking.done() and self._looking.exception() is not None:
            self._looking = self._looked_at = None  # It failed with a poll that was told already.
        if self._looking is None and (self._looked_at is None or now - self._looked_at >= LOOK_EVERY_S):
            self._looked_at = now
            self._looking = asyncio.create_task(self._ask())
        if self._looking is None:
            return
        done, _ = await asyncio.wait([self._looking], timeout=LOOK_ANSWER_S)
        if done:
            looking, self._looking = self._looking, None
            self._facts, self._sizes = looking.result()

    def process_facts(self) -> Mapping[str, Value]:
        """How many processes there are, and zombies, as last looked at."""
        return {} if self._looking else self._facts

    def top(self) -> tuple[Entity, ...]:
        """Not read: it would need every process's counters at every poll."""
        return ()

    async def disks(self) -> list[Entity]:
        """One "host.disk" for each local mount, as last looked at; without figures while a look hangs."""
        hints = ("the disks have not answered in time",) if self._looking else ()
        return [
            Entity(
                kind="host.disk",
                name=mount.point,
                key=mount.device,
                facts=facts_of(mount, None if self._looking else usage),
                hints=hints,
            )
            for mount, usage in self._sizes
        ]

    async def close(self) -> None:
        """Need the connection no more."""
        if self._looking is not None:
            self._looking.cancel()
        await self._remote.close()

    async def _ask(self) -> _Seen:
        ended = await self._remote.run(LOOK, lambda _: None, LOOK_LIMIT)
        seen = await _POOL.run(_read, ended.out, self._wanted)
        if seen is None:
            raise CollectError(
                f"{self._remote.address.host} told too much of its disks and processes, or not all", reason="limit"
            )
        return seen


def _read(output: bytes, wanted: Wanted) -> _Seen | None:
    """Take a look's output apart; None where its end is missing."""
    texts = cut(output)
    if "end" not in texts:
        return None
    usages = parse_df(texts.get(DF_SIZES, b""), texts.get(DF_INODES, b""))
    return _Seen(parse_processes(texts.get(PS, b"")), [(mount, usages[mount]) for mount in choose(usages, wanted)])
