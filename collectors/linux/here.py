"""Reads the figures of this machine; only disks and the list of processes are looked at in threads."""

import asyncio
import os
import time
from collections.abc import Iterable, Mapping

from collectors.base import Entity, NoData, Value
from collectors.linux import procfs
from collectors.linux.disks import Disks, Wanted
from collectors.linux.top import Scan, scan
from collectors.threads import DaemonPool

SCAN_ANSWER_S = 1.0


class Here:
    """This machine, by a procfs at `root`."""

    hints: tuple[str, ...] = ()

    def __init__(self, root: str, wanted: Wanted) -> None:
        self._root = root
        self._cores = os.cpu_count() or 1
        self._disks = Disks(root, wanted)
        self._pool = DaemonPool(1, name="watchfloor-processes")
        self._scan = Scan()
        self._scanning: asyncio.Task[Scan] | None = None

    async def texts(self, names: Iterable[str]) -> Mapping[str, bytes]:
        """Files of the procfs, b"" for one that is not there. Raises NoData where there is no procfs."""
        texts = {name: procfs.read(f"{self._root}/{name}") or b"" for name in names}
        if texts.get("stat") == b"":
            raise NoData(f"this host has no {self._root}/stat: it is not a Linux, or procfs is not mounted there")
        return texts

    def cores(self, stat: bytes) -> int:
        """How many there are; `stat` may tell of those of a bigger machine around this one."""
        return self._cores

    def own_s(self) -> float:
        """CPU seconds that this program itself has used there."""
        return time.process_time()

    async def look(self, *, at_once: bool = False) -> None:
        """Renew the list of processes when it is due. A pass that hangs leaves the last list; none begins beside it."""
        if self._scanning is None and (at_once or self._scan.due(time.monotonic())):
            work = self._pool.run(scan, self._root, self._scan, self._cores)
            self._scanning = asyncio.create_task(work)
        if self._scanning is not None:
            done, _ = await asyncio.wait([self._scanning], timeout=SCAN_ANSWER_S)
            if done:
                scanning, self._scanning = self._scanning, None
                self._scan = scanning.result()

    def process_facts(self) -> Mapping[str, Value]:
        """How many processes there are, and zombies, as last looked at."""
        return self._scan.facts

    def top(self) -> tuple[Entity, ...]:
        """Who burns the CPU, as last looked at."""
        return self._scan.top

    async def disks(self) -> list[Entity]:
        """One "host.disk" for each mount, within about a second whatever hangs."""
        return await self._disks.read()

    async def close(self) -> None:
        """Leave calls that hang to their daemon threads."""
        self._disks.close()
        if self._scanning is not None:
            self._scanning.cancel()
