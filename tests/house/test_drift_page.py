"""The page of drift names sources, settings, changes, commands and keys as they are; its examples are right."""

import re
from typing import get_args

import pytest

from collectors.base import TargetConfig
from collectors.drift import DriftConfig
from ops.config.decode import decode
from ops.config.drifted import GROUPS, settings
from ops.drift.auto import AGAIN_S, MOST
from ops.drift.base import ITEMS
from ops.drift.registry import discover
from ops.drift.structs import SEVERITIES, Kind
from tests.house.examples import configs, page
from tests.house.source import ROOT
from tests.house.told import below, check_commands, rows, section, table, untold_keys
from tui.cli.drift_told import VERDICTS

PAGE = page("docs/drift.md")
COMMANDS = ("drift", "maintenance")


def test_every_source_is_told_with_its_group() -> None:
    told = {name: cells[1] for name, cells in table(PAGE, 4, "source").items()}
    assert told == {name: source.group for name, source in discover().items()}
    assert set(told.values()) == set(GROUPS)


def test_what_a_source_needs_named_is_a_setting() -> None:
    named = {word for cells in table(PAGE, 4, "source").values() for word in re.findall(r"`([a-z_]+)`", cells[3])}
    assert named <= set(DriftConfig.__struct_fields__)


def test_every_setting_of_its_own_is_told() -> None:
    own = set(DriftConfig.__struct_fields__) - set(TargetConfig.__struct_fields__) - {"file", "about"}
    cells = [cells[0] for cells in rows(PAGE, 3)]
    told = {name for head in cells for name in re.findall(r"`([a-z_]+)`", head)}
    assert own | {"name"} <= told


def test_every_change_and_every_severity_is_told() -> None:
    assert list(table(PAGE, 2, "change")) == list(get_args(Kind))
    assert list(table(PAGE, 2, "severity")) == ["critical", "warning", "info"]
    assert set(table(PAGE, 2, "severity")) == set(SEVERITIES)


def test_the_exit_statuses_are_those_of_detect() -> None:
    assert list(table(PAGE, 2, "exit")) == ["0", "1", "2", "64"]
    assert len(VERDICTS) == 3


def test_limits_are_as_they_are_said_to_be() -> None:
    assert f"{ITEMS:,} items" in PAGE
    assert f"most {MOST} at a time" in PAGE
    assert AGAIN_S == 3600
    assert float(settings(decode('[[drift]]\nname = "x"\n', "x").config).text_limit) == 64 * 1024


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_told_and_no_other_with_options_that_are_there(name: str) -> None:
    check_commands(PAGE, name)


def test_its_targets_are_there_and_forward_as_it_says() -> None:
    makefile = (ROOT / "Makefile").read_text()
    (target, recipe) = re.findall(r"```make\n(.*?):\n\t@watchfloor (.*?)\n```", PAGE)[0]
    assert target == "drift-capture drift-detect drift-summary"
    assert f"\n{target}:\n" in makefile
    assert f"watchfloor {recipe}\n" in makefile
    assert {name.removeprefix("drift-") for name in target.split()} <= set(below("drift"))


def test_every_key_of_the_screen_is_told() -> None:
    untold = untold_keys(section(PAGE, "The screen"), ("drift", "agreeing"), "app.drift")
    assert untold <= {"drift.back"}, "as everywhere"


def test_its_example_is_a_right_config() -> None:
    (text,) = configs("docs/drift.md")
    drift = settings(decode(text, "drift.md").config)
    assert (drift.name, drift.severity) == ("web-1", {"files:/etc/motd": "info"})
