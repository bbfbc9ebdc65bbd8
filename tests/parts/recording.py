"""Recording in tests: a config with a history, records as polls make them, and a process that records until killed.

`python -m tests.parts.recording FOLDER` records a service 20 times a second, and prints the number of each record and
when it was handed over.
"""

import asyncio
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from collectors.base import Events, TargetConfig
from collectors.registry import discover
from ops.board import Row
from ops.config.structs import Config, Settings, StoreSettings, TargetSpec
from ops.store.contract import Record, Retention
from ops.store.memory import MemoryStore
from ops.store.recorder import Recorder
from tests.parts.boards import row
from tests.parts.command import ROOT

EVERY_S = 0.05


def kept_config(folder: Path, *names: str) -> Config:
    """A config of these services (of "api" without any) whose history is in that folder."""
    targets = tuple(
        TargetSpec(id=f"service:{name}", collector=discover()["service"], config=TargetConfig(name=name))
        for name in names or ("api",)
    )
    return Config(
        path=str(folder / "watchfloor.toml"),
        settings=Settings(name="shop"),
        targets=targets,
        thresholds=(),
        store=StoreSettings(path=str(folder)),
    )


def read_row(at: float, number: int = 0, name: str = "api") -> Row:
    """A service that was read at that time."""
    return row(f"service:{name}", {"status": 200, "total_s": 0.1, "number": number}, at=at)


def record(at: float, number: int = 0, *rows: Row) -> Record:
    """What a poll adds: one probe that answered."""
    counted = {"service:api": Events(total=1, failed=0)}
    return Record(at=at, rows=rows or (read_row(at, number),), counted=counted)


class Shelf:
    """Opens one store in memory again and again, as a folder keeps one file."""

    def __init__(self, store: "ShelvedStore | None" = None) -> None:
        self.store = store or ShelvedStore()
        self.opened = 0

    def __call__(self, folder: Path, *, retention: Retention, read_only: bool) -> "ShelvedStore":
        """The store, or what stands for its trouble."""
        self.opened += 1
        if self.store.trouble_at_opening and not read_only:
            raise self.store.trouble_at_opening
        return self.store


class ShelvedStore(MemoryStore):
    """A store in memory that can be made to fail where a file would."""

    set_aside: str = ""
    trouble: Exception | None = None
    """What the next appends raise."""
    trouble_at_opening: Exception | None = None

    def append(self, records: Sequence[Record]) -> None:
        """Keep them, or raise the trouble."""
        if self.trouble:
            raise self.trouble
        super().append(records)

    def close(self) -> None:
        """Stay: it is opened again."""


async def _main(folder: Path) -> None:
    recorder = Recorder(folder, kept_config(folder))
    number = 0
    while True:
        number += 1
        now = time.time()
        recorder.take(record(now, number))
        print(number, now, recorder.words, flush=True)
        await asyncio.sleep(EVERY_S)


PROCESS = [sys.executable, "-m", "tests.parts.recording"]
"""To be run in ROOT, with the folder."""
__all__ = ["PROCESS", "ROOT", "Shelf", "ShelvedStore", "kept_config", "read_row", "record"]

if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1])))
