"""Killed at any moment: what is visible is whole and can be read, and what was there before still is."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from ops.backup.doing.prune import prune
from ops.backup.doing.run import run
from ops.backup.doing.verify import verify
from tests.parts.backup_sets import Stage

KILLS = int(os.environ.get("WATCHFLOOR_TEST_KILLS", "8"))
"""100 of them take two minutes."""
SEED = int(os.environ.get("WATCHFLOOR_TEST_SEED", "0"))


def killed_after(folder: Path, seconds: float) -> None:
    """Let a process work, and kill it with its whole group."""
    taker = subprocess.Popen(
        [sys.executable, "-m", "tests.parts.backup_taker", str(folder)], stdout=subprocess.PIPE, process_group=0
    )
    assert taker.stdout is not None
    assert taker.stdout.readline() == b"ready\n"
    # The moment is what is tried here: nothing is waited for.
    time.sleep(seconds)
    os.killpg(taker.pid, signal.SIGKILL)
    taker.communicate()


async def test_at_random_moments_nothing_half_is_seen_and_nothing_older_is_lost(tmp_path: Path) -> None:
    moments = random.Random(SEED)
    stage = Stage(tmp_path).sealed()
    stage.fill(a=os.urandom(400_000), b=b"hello" * 1000)
    first = await run(stage.work())
    assert (await verify(stage.work(), first.id)).ok
    proven, moment_of = {first.id}, {first.id: first.at}
    for _ in range(KILLS):
        before = set(stage.ids())
        killed_after(tmp_path, moments.uniform(0.0, 0.6))
        assert stage.ids(), "all were lost"
        standing = await stage.desk.standing("media")
        assert [one.id for one in standing.kept if one.broken] == []
        kept = {one.id for one in standing.kept}
        assert kept == set(stage.ids())
        # An older one is only gone where the rule let it go, with a newer one that was proven.
        if before - kept:
            newest = max(one.manifest.at for one in standing.kept if one.verified_at is not None)
            assert newest >= max(moment_of[gone] for gone in before - kept if gone in moment_of)
        moment_of |= {one.id: one.manifest.at for one in standing.kept}
        for backup in kept - proven:
            assert (await verify(stage.work(), backup)).ok
            proven.add(backup)
    last = await run(stage.work())
    await verify(stage.work(), last.id)
    # What is half deleted names no owner, so it is left alone for an hour.
    await prune(stage.work(clock=lambda: time.time() + 7200))
    assert stage.unfinished() == []
    assert last.id in stage.ids()
    assert not list((tmp_path / "state" / "backups" / "scratch" / "media").glob("*"))
