"""Units of systemd: what is agreed of each by its properties, and a real systemd of a user."""

from pathlib import Path

import pytest

from collectors.systemd_api.parse import Block
from ops.actions.registry import discover
from ops.drift.system.unit_facts import CALLED, files, is_passing, state
from tests.parts.drift_stage import Stage
from tests.parts.systemd import Systemctl

_TOML = '[[systemd]]\nname = "own"\nuser = true\nunits = ["app-*.service"]\n'


@pytest.mark.parametrize(
    ("block", "word"),
    [
        pytest.param({"ActiveState": "active", "Type": "simple"}, "active", id="it runs"),
        pytest.param({"ActiveState": "reloading", "Type": "notify"}, "active", id="it runs while it reloads"),
        pytest.param({"ActiveState": "failed", "Type": "oneshot"}, "failed", id="what failed, whatever its kind"),
        pytest.param({"ActiveState": "activating", "Type": "oneshot"}, CALLED, id="what runs to its end is called"),
        pytest.param(
            {"ActiveState": "active", "Type": "oneshot", "RemainAfterExit": "yes"}, "active", id="unless it stays"
        ),
        pytest.param({"ActiveState": "inactive", "TriggeredBy": "apt.timer"}, CALLED, id="what a timer starts"),
        pytest.param({"ActiveState": "active", "Type": "dbus", "UnitFileState": "static"}, CALLED, id="by the bus"),
        pytest.param(
            {
                "ActiveState": "inactive",
                "Type": "notify",
                "BusName": "org.freedesktop.hostname1",
                "UnitFileState": "static",
            },
            CALLED,
            id="by the bus, where it says itself that it is ready",
        ),
        pytest.param({"ActiveState": "active", "Type": "dbus", "UnitFileState": "enabled"}, "active", id="at boot"),
    ],
)
def test_whether_it_runs(block: Block, word: str) -> None:
    assert state(block) == word


@pytest.mark.parametrize(
    ("name", "block", "passing"),
    [
        pytest.param("nginx.service", {"UnitFileState": "enabled"}, False, id="a unit of its own"),
        pytest.param("user@1000.service", {"UnitFileState": "static"}, True, id="of somebody who logged in"),
        pytest.param("getty@tty1.service", {"UnitFileState": "enabled"}, False, id="an instance that was enabled"),
        pytest.param("sshd@4-10.0.0.1.service", {"UnitFileState": "static"}, True, id="an instance of a connection"),
        pytest.param("run-u12.service", {"Transient": "yes"}, True, id="made by systemd-run"),
    ],
)
def test_what_comes_and_goes(name: str, block: Block, passing: bool) -> None:
    assert is_passing(name, block) is passing


def test_the_files_in_the_order_in_which_they_count() -> None:
    block = {"FragmentPath": "/lib/x.service", "DropInPaths": "/etc/a.conf /etc/b.conf"}
    assert files(block) == ("/lib/x.service", "/etc/a.conf", "/etc/b.conf")


@pytest.fixture
def stage(tmp_path: Path, systemctl: Systemctl, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """A floor whose only units are those of that systemd; its files are below the home of the user."""
    monkeypatch.setenv("HOME", systemctl.environment["HOME"])
    return Stage(tmp_path, f'{_TOML}[[drift]]\nname = "here"\nunits = ["wf-none-*.service"]\n', "units")


async def test_a_unit_whose_file_says_something_else(stage: Stage, systemctl: Systemctl) -> None:
    await stage.agree()
    file = Path(systemctl.environment["HOME"]) / ".config/systemd/user/app-conf.service"
    before = file.read_text()
    file.write_text(f"{before}Environment=TOKEN=wf-canary-7\n")
    try:
        found = await stage.differences()
        assert found.keys() == {"own/app-conf.service#definition"}
        assert "wf-canary" not in str(found)
        assert list(discover()["drift.unit"].offers(stage.case(*found.values()).row, [])) == []
        assert "put the files" in stage.desk.by_hand(*found.values())
    finally:
        file.write_text(before)


async def test_a_systemd_that_is_not_there_hides_its_units(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.agree()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "none"))
    found = await stage.differences()
    assert {name: one.kind for name, one in found.items()} == {"own": "unreadable"}
