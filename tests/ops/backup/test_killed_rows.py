"""What the floor says of a set whose run was killed or failed is what the screen and the commands say."""

import pytest

from collectors.backup import BackupConfig
from collectors.base import Entity
from collectors.registry import discover
from ops.backup.rows import told_of
from ops.backup.structs import Standing
from ops.config.structs import TargetSpec
from ops.verdicts.defaults import Thresholds
from ops.verdicts.findings import findings
from tests.parts.memory_backups import HOUR, NOW, event, kept, standing
from tui.panes.backup_said import everything

CONFIG = BackupConfig(name="shop", kind="files", target="file:///b")
SPEC = TargetSpec(id="backup:shop", collector=discover()["backup"], config=CONFIG)


def of_the_floor(one: Standing) -> list[tuple[str, str, str]]:
    """Level, word and text of each check that is not ok."""
    told = told_of(one, CONFIG, "")
    facts = {**told.facts, **{name: NOW - at for name, at in told.since.items()}}
    found = findings(Entity(kind="backup", name="shop", facts=facts), SPEC, Thresholds())
    return [(each.level, each.word, each.text) for each in found if each.level != "ok"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        pytest.param(
            {"killed": "run", "killed_at": NOW - HOUR}, ("warning", "killed", "a run that began 1h ago was killed"),
            id="a run that was killed",
        ),
        pytest.param(
            {"last": event("run", HOUR, ok=False, words="the disk is full")},
            ("warning", "run failed", "the last run failed: the disk is full"),
            id="a run that failed, while what was taken before still holds",
        ),
    ],
)  # fmt: skip
def test_both_say_the_same(more: dict[str, object], said: tuple[str, str, str]) -> None:
    one = standing("shop", kept(2 * HOUR), **more)
    assert of_the_floor(one) == [said]
    assert [tuple(each) for each in everything(one, NOW)] == [said]


def test_where_nothing_is_stored_yet_no_figure_says_so() -> None:
    assert told_of(standing("shop", last=None, events=()), CONFIG, "").facts["stored_bytes"] is None
    assert told_of(standing("shop", kept(HOUR)), CONFIG, "").facts["stored_bytes"]
