"""A process that is killed at any moment leaves a store that opens and counts each record that it kept once."""

import os
import random
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from ops.store.contract import DAY_S, HOUR_S, Step
from ops.store.opening import open_store
from ops.store.sqlite.store import SqliteStore
from tests.parts.command import ROOT
from tests.parts.store_writer import KEPT, NAMES, at_of
from tests.parts.stores import DAY, drained

TIMES = int(os.environ.get("WATCHFLOOR_KILLS", "10"))
"""How often; 100 takes a minute or two."""
STEPS: tuple[Step, ...] = (60, HOUR_S, DAY_S)
FAR = DAY + 400 * DAY_S


def killed(folder: Path, after: int) -> int:
    """Let it write that many records and some, kill it; gives the number of the last one that it said was kept."""
    command = [sys.executable, "-m", "tests.parts.store_writer", str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        said = [process.stdout.readline() for _ in range(after)]
        assert said[-1], "it ended by itself"
        process.kill()
        said += process.stdout.readlines()
    return int([line for line in said if line.endswith("\n")][-1])


def kept(store: SqliteStore, last: int) -> int:
    """How many records it has: the same for every row and step, and at most one more than was said."""
    totals = {
        sum(slot.total for slot in store.slots(f"service:{name}", DAY, FAR, step)) for name in NAMES for step in STEPS
    }
    assert len(totals) == 1, totals
    (total,) = totals
    assert total in (last + 1, last + 2)
    return total


def test_each_record_counts_once_however_often_it_is_killed(tmp_path: Path) -> None:
    chance = random.Random(7)
    for _ in range(TIMES):
        last = killed(tmp_path, chance.randint(1, 150))
        with closing(open_store(tmp_path, retention=KEPT)) as store:
            assert store.set_aside == ""
            total = kept(store, last)
            picture = store.picture(at_of(total - 1))
            assert picture
            assert {made.facts["number"] for made in picture.rows} == {total - 1}
    with closing(open_store(tmp_path, retention=KEPT)) as store:
        drained(store, at_of(total) + 2 * HOUR_S)
        assert kept(store, total - 1) == total
        hours = store.slots("service:api", DAY, FAR, HOUR_S)
        assert all(slot.total == 360 for slot in hours[:-1])
        assert store._connection
        assert store._connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
