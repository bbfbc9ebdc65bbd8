"""Light, steady load on the shop, as a process: `python -m ops.demo.load DIRECTORY`."""

import asyncio
import sys
from pathlib import Path

from ops.demo.http import fetch
from ops.demo.plan import read_plan
from ops.demo.service import say

_EVERY_S = 0.2
_PATIENCE_S = 3.0
_AT_ONCE = 20
_SAY_EVERY = 50


class Visitors:
    """Orders that are under way, and how the last ones ended."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._under_way: set[asyncio.Task[None]] = set()
        self._good = 0
        self._bad = 0

    async def order(self) -> None:
        """One order from beginning to end."""
        try:
            answer = await fetch(self._port, "/", _PATIENCE_S)
        except (OSError, ValueError):
            self._bad += 1
        else:
            self._good += answer.status == 200
            self._bad += answer.status != 200
        if self._good + self._bad >= _SAY_EVERY:
            say(f"{self._good} orders good, {self._bad} bad")
            self._good = self._bad = 0

    def send(self) -> None:
        """Begin one more order, unless too many wait already."""
        if len(self._under_way) < _AT_ONCE:
            task = asyncio.create_task(self.order())
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)


async def main(directory: Path) -> None:
    """Order until ended."""
    visitors = Visitors(read_plan(directory).ports["web"])
    while True:
        visitors.send()
        await asyncio.sleep(_EVERY_S)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
