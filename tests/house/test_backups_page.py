"""The page of backups names kinds, targets, settings, commands, keys as they are; examples and runbooks are right."""

import re
import shlex
from collections.abc import Iterator
from typing import get_args, get_type_hints

import pytest

from collectors.backup import KINDS, BackupConfig, Keep, Schedule
from collectors.base import TargetConfig
from ops.backup import places, registry
from ops.config.backed import sets
from ops.config.decode import decode
from tests.house.examples import configs, page
from tests.house.source import ROOT
from tests.house.told import check_commands, rows, section, table, untold_keys
from tui.cli.backup_shared import BAD, FAILED, GOOD, HELD
from tui.cli.parser import build, command

PAGE = page("docs/backups.md")
SECRET_WAYS = ("_env", "_file", "_command")


def test_every_kind_is_told() -> None:
    assert set(table(PAGE, 4, "kind")) == set(KINDS)
    assert set(registry.discover()) == set(KINDS)


def test_every_target_is_told() -> None:
    assert {name.partition(":")[0] for name in table(PAGE, 3, "target")} == set(places.discover())


def test_every_setting_is_told() -> None:
    own = set(BackupConfig.__struct_fields__) - set(TargetConfig.__struct_fields__) - {"file"}
    told = {name for cells in rows(PAGE, 3) for name in re.findall(r"`([a-z_]+)`", cells[0])}
    stems = {name.rpartition("_")[0] for name in told if name.endswith(SECRET_WAYS)}
    secrets = {name for name in own if name.endswith(SECRET_WAYS)}
    assert own - secrets <= told
    assert {name.rpartition("_")[0] for name in secrets} <= stems
    assert told <= own | {"name", *(f"{stem}{way}" for stem in stems for way in SECRET_WAYS)}


def test_every_word_of_schedule_and_keep_is_told() -> None:
    (schedule,) = [cells for cells in rows(PAGE, 3) if cells[0] == "`schedule`"]
    assert all(f"`{name}" in schedule[1] for name in Schedule.__struct_fields__)
    keep = section(PAGE, "Keep")
    assert all(f"`{name}" in keep for name in Keep.__struct_fields__ if name != "rule")
    assert set(table(PAGE, 2, "rule")) == set(get_args(get_type_hints(Keep)["rule"]))


def test_the_exit_statuses_are_those_of_the_commands() -> None:
    assert list(table(PAGE, 2, "exit")) == [str(status) for status in (GOOD, BAD, FAILED, 64, HELD)]


def test_every_command_is_told_and_no_other_with_options_that_are_there() -> None:
    check_commands(PAGE, "backup")


def commands() -> Iterator[str]:
    """Every line of the page that calls watchfloor, of both pages' examples and of the runbooks."""
    for block in re.findall(r"```(?:sh)?\n(.*?)```", PAGE, re.DOTALL):
        for line in block.splitlines():
            if line.startswith("watchfloor "):
                yield re.split(r"\s{2,}| \| ", line.partition(" #")[0])[0]
    yield from (line for line, _ in command("backup").EXAMPLES)


@pytest.mark.parametrize("line", sorted(set(commands())))
def test_each_line_is_a_command_line(line: str) -> None:
    words = shlex.split(line.partition(" > ")[0])[1:]
    name = next(word for word in words if not word.startswith("-") and not word.endswith(".toml"))
    assert build((name,)).parse_args(words).run is not None


def test_the_scenarios_have_runbooks() -> None:
    assert len(re.findall(r"^### .*\n(?:(?!^##).*\n)*?```sh", section(PAGE, "When it is lost"), re.MULTILINE)) == 4


def test_its_examples_are_right_configs() -> None:
    whole, rescue = configs("docs/backups.md")
    (shop,) = sets(decode(whole, "backups.md").config)
    assert shop.config.name == "shop"
    assert isinstance(shop.config, BackupConfig)
    assert (shop.config.keep.monthly, float(shop.config.rpo), float(shop.config.rto)) == (12, 93600.0, 14400.0)
    assert [spec.id for spec in sets(decode(rescue, "backups.md").config)] == ["backup:config"]


def test_every_key_of_the_screen_is_told() -> None:
    untold = untold_keys(section(PAGE, "The screen"), ("backups", "backing"), "app.backups")
    assert untold <= {"backups.back"}, "as everywhere"


def test_what_hooks_see_is_told() -> None:
    engine = "".join(file.read_text() for file in (ROOT / "ops" / "backup").rglob("*.py"))
    for name in re.findall(r"WATCHFLOOR_BACKUP_([A-Z]+)", PAGE):
        assert f'"{name}"' in engine
