"""Units of a real systemd are started, stopped, enabled and disabled as agreed: "drift.unit"."""

from pathlib import Path

import pytest

from ops.actions.errors import Refused
from tests.parts.drift_stage import Stage
from tests.parts.systemd import Systemctl
from tests.parts.wait import until

_TOML = '[[systemd]]\nname = "own"\nuser = true\nunits = ["app-*.service"]\n'


@pytest.fixture
def stage(tmp_path: Path, systemctl: Systemctl, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """A floor whose only units are those of that systemd; its files are below the home of the user."""
    monkeypatch.setenv("HOME", systemctl.environment["HOME"])
    return Stage(tmp_path, f'{_TOML}[[drift]]\nname = "here"\nunits = ["wf-none-*.service"]\n', "units")


async def test_a_unit_that_was_stopped_is_started_again(stage: Stage, systemctl: Systemctl) -> None:
    systemctl("start", "app-one")
    await stage.agree()
    assert await stage.changes() == {}
    systemctl("stop", "app-one")
    found = await stage.differences()
    assert {name: (one.before, one.after) for name, one in found.items()} == {
        "own/app-one.service#state": ("active", "inactive")
    }
    (difference,) = found.values()
    assert stage.offered(difference)[0] == "drift.unit"
    plan = await stage.planned("drift.unit", difference)
    assert [call.told for call in plan.calls] == ["systemctl --user --no-ask-password start -- app-one.service"]
    assert systemctl.show("app-one", "ActiveState") == "inactive"
    await stage.fix("drift.unit", difference, plan.seen)
    assert await stage.changes() == {}


async def test_a_unit_that_was_enabled_and_started_is_neither_again(stage: Stage, systemctl: Systemctl) -> None:
    file = Path(systemctl.environment["HOME"]) / ".config/systemd/user/app-two.service"
    file.write_text("[Service]\nExecStart=/bin/sleep 600\n[Install]\nWantedBy=default.target\n")
    systemctl("daemon-reload")
    await stage.agree()
    systemctl("enable", "--now", "app-two")
    found = await stage.differences()
    assert {name: (one.before, one.after) for name, one in found.items()} == {
        "own/app-two.service#enabled": ("disabled", "enabled"),
        "own/app-two.service#state": ("inactive", "active"),
    }
    for difference in found.values():
        await stage.fix("drift.unit", difference)
    assert await stage.changes() == {}


async def test_what_failed_and_was_stopped_is_only_forgotten(stage: Stage, systemctl: Systemctl) -> None:
    await stage.agree()
    systemctl("start", "app-bad")
    until(lambda: systemctl.show("app-bad", "ActiveState") == "failed", "the unit to fail")
    difference = (await stage.differences())["own/app-bad.service#state"]
    plan = await stage.planned("drift.unit", difference)
    assert [call.told for call in plan.calls] == ["systemctl --user --no-ask-password reset-failed -- app-bad.service"]
    await stage.fix("drift.unit", difference, plan.seen)
    assert await stage.changes() == {}


async def test_one_that_is_as_agreed_by_now_is_left_alone(stage: Stage, systemctl: Systemctl) -> None:
    await stage.agree()
    systemctl("start", "app-one")
    difference = (await stage.differences())["own/app-one.service#state"]
    systemctl("stop", "app-one")
    with pytest.raises(Refused, match="is as agreed by now"):
        await stage.fix("drift.unit", difference)
