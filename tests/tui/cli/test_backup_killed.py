"""A run that was killed is told until something is done to the set again."""

import os
from pathlib import Path

import msgspec

from ops.backup.doing.run import run
from ops.backup.doing.verify import verify
from ops.backup.locks import Owner, alone, lock_file
from tests.parts.backup_sets import Stage
from tui.panes.backup_said import everything


async def test_a_run_that_was_killed_is_told_until_the_next(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.fill(a=b"one")
    await run(stage.work())
    await verify(stage.work(), "latest")
    folder = stage.work().folder
    now = (await stage.desk.standing("media")).at
    owner = Owner(user="ann", host="here", pid=os.getpid(), what="run", since=now - 180)
    lock_file(folder, "media").write_bytes(msgspec.json.encode(owner))
    standing = await stage.desk.standing("media")
    told = [(one.level, one.word, one.text) for one in everything(standing, now)]
    assert told == [("warning", "killed", "a run that began 3m ago was killed")]
    await run(stage.work())
    assert (await stage.desk.standing("media")).killed == ""
    with alone(folder, "media", "run", say=stage.said.append):
        assert (await stage.desk.standing("media")).killed == ""
