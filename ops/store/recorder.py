"""The recorder: takes what each poll adds at almost no cost, and has a thread of its own that writes it down."""

import asyncio
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from ops.config.structs import Config
from ops.store.backlog import Backlog
from ops.store.contract import Record, Retention, Store
from ops.store.hold import KeptStore, OpenStore
from ops.store.writer import Writer

EVERY_S = 0.9
"""From one batch to the next; with the time that a batch takes, what can be lost is about a second."""
SILENT_S = 10.0
"""A disk that takes longer for one batch is told in the header."""
CLOSE_S = 1.0
"""How long the end of the program waits for the last batch."""


def open_embedded(folder: Path, *, retention: Retention, read_only: bool) -> KeptStore:
    """Open the embedded store; its library is loaded by the first who needs it."""
    from ops.store.opening import open_store

    return open_store(folder, retention=retention, read_only=read_only)


class Recorder:
    """Records one floor. Everything here is for the event loop; nothing waits for the disk, `close` a second at most.

    Rows are handed over by reference, which is safe as they never change. When the disk is slower than the readings
    come, the oldest give way, and how many is told.
    """

    def __init__(
        self,
        folder: Path,
        config: Config,
        *,
        open_store: OpenStore = open_embedded,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.folder = folder
        self._backlog = Backlog()
        self._writer = Writer(folder, config, self._backlog, open_store, clock)
        self._broken: BaseException | None = None
        self._turn_since: float | None = None
        self._ending = threading.Event()
        self._ended = threading.Event()
        self._wake: Callable[[], object] = lambda: None
        self._thread = threading.Thread(target=self._run, name="watchfloor-recorder", daemon=True)
        self._thread.start()

    def take(self, record: Record) -> None:
        """Have a record written within about a second."""
        if self._broken is None:
            self._backlog.put((record,))

    @property
    def words(self) -> str:
        """Why nothing is recorded now, for the header; "" while all is well."""
        if self._broken is not None:
            return "not recording"
        since = self._turn_since
        if since is not None and time.monotonic() - since > SILENT_S:
            return "disk does not answer, not recording"
        return self._writer.words

    @property
    def leads(self) -> bool:
        """Whether this process is the one that records this floor, and so the one that alerts."""
        return self._broken is None and self._writer.leads

    @property
    def notes(self) -> tuple[str, ...]:
        """What the operator should know about the history, one sentence each."""
        if self._broken is not None:
            what = f"{type(self._broken).__name__}: {self._broken}"
            return (*self._writer.notes, f"recording ended by a fault of watchfloor itself ({what})")
        return self._writer.notes

    @property
    def store(self) -> Store | None:
        """What can be read of the history; None until it is open, and where there is none."""
        return self._writer.store

    async def close(self) -> None:
        """Have the rest written and let go of the store; a disk that hangs is left alone after a second."""
        loop = asyncio.get_running_loop()
        ended = loop.create_future()
        self._wake = lambda: loop.call_soon_threadsafe(lambda: None if ended.done() else ended.set_result(None))
        self._writer.hurry = True
        self._ending.set()
        if not self._ended.is_set():
            await asyncio.wait((ended,), timeout=CLOSE_S)
        self._wake = lambda: None

    def _run(self) -> None:
        with self:
            while not self._ending.is_set():
                begun = time.monotonic()
                self._turn(self._writer.turn)
                self._ending.wait(max(EVERY_S - (time.monotonic() - begun), 0.05))
            self._turn(self._writer.finish)
        self._ended.set()
        self._wake()

    def _turn(self, work: Callable[[], None]) -> None:
        self._turn_since = time.monotonic()
        work()
        self._turn_since = None

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> bool:
        """Keep a fault of the thread for whoever looks at `words`: a thread has nobody else to tell."""
        self._broken = error
        return True
