"""A key that is not the one that the newest backup was sealed by is said at once: check, list, the floor and doctor."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from collectors.backup import BackupConfig
from collectors.base import Secret
from ops.backup.doing.run import run
from ops.backup.doing.verify import verify
from ops.backup.rows import told_of
from tests.parts.backup_sets import Stage
from tui.cli.findings_backup import backups
from tui.panes.backup_said import everything


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    made = Stage(tmp_path)
    made.fill(a=b"one" * 1000)
    return made


@pytest.mark.parametrize(
    ("key", "words"),
    [
        pytest.param("6" * 64, "the one that is given is", id="another key"),
        pytest.param("hello", "what is given as key is none", id="no key at all"),
        pytest.param("5" * 64, "", id="the key that it was sealed by"),
        pytest.param("", "no key is given", id="none is given"),
    ],
)
@pytest.mark.parametrize("ask", [True, False])
async def test_a_key_that_does_not_open_the_newest_is_said_at_once(
    stage: Stage, key: str, words: str, *, ask: bool
) -> None:
    await run(stage.sealed().work())
    await verify(stage.work(), "latest")
    stage.secrets = {"key": Secret(key)} if key else {}
    standing = await stage.desk.standing("media", ask=ask)
    assert words in standing.key if words else not standing.key
    found = [(one.level, one.word) for one in everything(standing, standing.at)]
    assert found[:1] == ([("critical", "wrong key")] if words else [])
    assert bool(told_of(standing, BackupConfig(name="media", **stage.settings), "").facts["key"]) is bool(words)
    told = [one.text for one in backups(replace(stage.config, path="floor.toml")) if words and words in one.text]
    assert bool(told) is bool(words and key)


async def test_a_key_that_is_none_is_told_before_the_first_backup(stage: Stage) -> None:
    stage.secrets = {"key": Secret("hello")}
    assert "none" in (await stage.desk.standing("media")).key
