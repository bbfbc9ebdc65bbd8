"""The store in a file answers as the plain one in memory does, whatever was appended and rolled up in any order."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ops.store.contract import HOUR_S, Record, Retention
from ops.store.memory import MemoryStore
from ops.store.opening import open_store
from ops.store.sqlite.store import SqliteStore
from tests.parts.stores import DAY, assert_same, drained, moments, records

LONG = Retention()
SHORT = Retention(raw_s=2 * HOUR_S, minutes_s=5 * HOUR_S, hours_s=30 * HOUR_S)
_QUICK = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""Where nothing waits for a disk."""


class Pair:
    """Both stores, told the same."""

    def __init__(self, retention: Retention) -> None:
        self.folder = tempfile.TemporaryDirectory(dir=_QUICK)
        self.retention = retention
        self.now = DAY
        self.memory = MemoryStore(retention)
        self.file = self._opened()
        self.second = self._opened()

    def _opened(self) -> SqliteStore:
        return open_store(Path(self.folder.name), retention=self.retention)

    def append(self, batch: list[Record], second: bool) -> None:
        """Append to both; to the file through one of its two writers."""
        self.memory.append(batch)
        (self.second if second else self.file).append(batch)

    def roll(self, now: float, pieces: int) -> None:
        """Finish the last round, and begin another one."""
        drained(self.file, self.now)
        self.now = now
        self.memory.roll(now)
        for _ in range(pieces):
            self.file.roll(now)

    def reopen(self) -> None:
        """As a new process does."""
        drained(self.file, self.now)
        self.file.close()
        self.file = self._opened()

    def close(self) -> None:
        """Let go of the file."""
        self.file.close()
        self.second.close()
        self.folder.cleanup()


Act = Callable[[Pair], None]
appends: st.SearchStrategy[Act] = st.builds(
    lambda batch, second: lambda pair: pair.append(batch, second),
    st.lists(records(), min_size=1, max_size=6), st.booleans(),
)  # fmt: skip
rolls: st.SearchStrategy[Act] = st.builds(
    lambda at, later, pieces: lambda pair: pair.roll(at + later, pieces),
    moments, st.sampled_from((0.0, 125.0, 3800.0)), st.integers(1, 40),
)  # fmt: skip
reopens: st.SearchStrategy[Act] = st.just(Pair.reopen)
acts = st.lists(st.one_of(appends, appends, rolls, reopens), min_size=1, max_size=8)
unhurried = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # to make a failure smaller takes minutes
)


def played(done: list[Act], retention: Retention, *, figures: bool) -> None:
    """Do it all with both, and compare before and after the last pieces."""
    pair = Pair(retention)
    try:
        for act in done:
            act(pair)
        assert_same(pair.file, pair.memory, figures=figures)
        drained(pair.file, pair.now)
        assert_same(pair.second, pair.memory, figures=figures)
    finally:
        pair.close()


@unhurried
@given(acts)
def test_a_file_knows_what_memory_knows(done: list[Act]) -> None:
    played(done, LONG, figures=True)


@unhurried
@given(acts)
def test_a_file_forgets_what_memory_forgets(done: list[Act]) -> None:
    # What comes late into an hour whose minutes were dropped is averaged without them.
    played(done, SHORT, figures=False)
