"""What is done to systemd's units, to a real systemd of a user; of the system's the argument lists."""

import os
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.base import Value
from ops.actions.base import Case
from ops.actions.errors import ActionError, Refused
from ops.actions.registry import discover
from ops.actions.systemd import Unit
from ops.board import Level, Row
from ops.config.structs import Config
from ops.remediations.systemd_reload import SystemdReload
from ops.remediations.systemd_reset_failed import SystemdResetFailed
from ops.remediations.systemd_restart import SystemdRestart
from ops.runner.calls import Program
from ops.runner.dry import DryRunner
from tests.parts.acting import act, case_of, config_of, planned, read, row_of
from tests.parts.scripted_programs import program
from tests.parts.systemd import Systemctl
from tests.parts.wait import until

ACTIONS = ("systemd.restart", "systemd.reload", "systemd.reset-failed")


def config(*units: str, user: bool = True) -> Config:
    named = ", ".join(f'"{unit}"' for unit in units)
    return config_of(f'[[systemd]]\nname = "own"\nuser = {str(user).lower()}\nunits = [{named}]\n')


def row(state: str = "active", level: Level = "ok", key: str = "app.service", **facts: Value) -> Row:
    known: dict[str, Value] = {"state": state, "load": "loaded", "can_reload": False}
    return Row(
        id=f"systemd.unit:own/{key}", kind="systemd.unit", name=key, key=key, target="systemd:own", level=level,
        word=state, reason="" if level == "ok" else "why", since=0, at=0,
        facts=known | facts,
    )  # fmt: skip


def offered(one: Row) -> list[str]:
    """Names of what is offered for a row, best first."""
    offers = [offer for name in ACTIONS for offer in discover()[name].offers(one, [one])]
    return [offer.action for offer in sorted(offers, key=lambda offer: -offer.score)]


@pytest.mark.parametrize(
    ("one", "names"),
    [
        pytest.param(
            row("failed", "critical"), ["systemd.restart", "systemd.reset-failed"], id="restart first for what failed"
        ),
        pytest.param(row(can_reload=True), ["systemd.restart", "systemd.reload"], id="reload for what can"),
        pytest.param(row(), ["systemd.restart"], id="no reload for what can't"),
        pytest.param(row("inactive", "warning"), ["systemd.restart"], id="restart starts what is stopped"),
        pytest.param(row("not-found", "critical", load="not-found"), [], id="nothing for what is not there"),
        pytest.param(row("inactive", "warning", load="masked"), [], id="nothing for what is masked"),
        pytest.param(row("failed", key="data.mount"), ["systemd.reset-failed"], id="a mount is never restarted"),
        pytest.param(row("active", key="multi-user.target"), [], id="a target is never restarted"),
    ],
)
def test_what_is_offered_by_state(one: Row, names: list[str]) -> None:
    assert offered(one) == names


def test_a_unit_that_failed_is_offered_a_restart_before_all() -> None:
    (offer,) = SystemdRestart().offers(row("failed", "critical"), [])
    assert (offer.score >= 90, offer.why, offer.risk) == (True, "it failed", "interrupts")
    (reset,) = SystemdResetFailed().offers(row("failed", "critical", result="start-limit-hit"), [])
    assert (reset.why, reset.risk) == ("systemd gave up starting it", "safe")


async def test_a_unit_that_was_killed_is_restarted_and_seen_active(systemctl: Systemctl) -> None:
    shop = config("app-one.service")
    systemctl("start", "app-one")
    systemctl("kill", "--signal=KILL", "app-one")
    until(lambda: systemctl.show("app-one", "ActiveState") == "failed", "the unit to fail")
    bad = row_of(await read(shop), "systemd.unit:own/app-one.service")
    assert (bad.level, bad.word) == ("critical", "failed")
    plan = await planned(shop, "systemd.restart", bad.id)
    assert systemctl.show("app-one", "ActiveState") == "failed"
    (call,) = plan.calls
    assert isinstance(call, Program)
    assert call.argv == ("systemctl", "--user", "--no-ask-password", "restart", "--", "app-one.service")
    assert plan.steps[-1] == "wait up to 30 s until app-one.service is active"
    await act(shop, "systemd.restart", bad.id, plan.seen)
    assert systemctl.show("app-one", "ActiveState") == "active"
    assert row_of(await read(shop), bad.id).level == "ok"


async def test_a_unit_that_fails_again_says_so_at_once(systemctl: Systemctl) -> None:
    systemctl("start", "app-bad")
    until(lambda: systemctl.show("app-bad", "ActiveState") == "failed", "the unit to fail")
    with pytest.raises(ActionError, match=r"app-bad\.service failed again: exit-code") as caught:
        await act(config("app-bad.service"), "systemd.restart", "systemd.unit:own/app-bad.service")
    assert caught.value.remedy == "read what it says: journalctl --user --unit app-bad.service"


async def test_a_unit_is_reloaded_without_a_stop(systemctl: Systemctl) -> None:
    shop = config("app-conf.service")
    systemctl("start", "app-conf")
    pid, proof = systemctl.show("app-conf", "MainPID"), Path(systemctl.environment["HOME"]) / "reloaded"
    (offer,) = SystemdReload().offers(row_of(await read(shop), "systemd.unit:own/app-conf.service"), [])
    plan = await planned(shop, "systemd.reload", offer.row)
    assert not proof.exists()
    assert [call.told for call in plan.calls] == ["systemctl --user --no-ask-password reload -- app-conf.service"]
    await act(shop, "systemd.reload", offer.row, plan.seen)
    assert proof.read_text() == "again\n"
    assert systemctl.show("app-conf", "MainPID") == pid


async def test_what_can_not_reload_is_refused(systemctl: Systemctl) -> None:
    shop = config("app-one.service", "app-two.service")
    systemctl("start", "app-one")
    with pytest.raises(Refused, match="does not say how to reload"):
        await planned(shop, "systemd.reload", "systemd.unit:own/app-one.service")
    with pytest.raises(Refused, match="is not active"):
        await planned(shop, "systemd.reload", "systemd.unit:own/app-two.service")


async def test_a_failure_is_forgotten_and_the_system_is_no_longer_degraded(systemctl: Systemctl) -> None:
    shop = config()
    systemctl("start", "app-bad")
    until(lambda: systemctl.show("app-bad", "ActiveState") == "failed", "the unit to fail")
    assert row_of(await read(shop), "systemd:own").word == "degraded"
    plan = await planned(shop, "systemd.reset-failed", "systemd.unit:own/app-bad.service")
    assert systemctl.show("app-bad", "ActiveState") == "failed"
    await act(shop, "systemd.reset-failed", "systemd.unit:own/app-bad.service", plan.seen)
    assert systemctl.show("app-bad", "ActiveState") == "inactive"
    assert row_of(await read(shop), "systemd:own").level == "ok"


async def test_a_unit_that_is_gone_since_the_plan_is_refused_and_nothing_is_called(systemctl: Systemctl) -> None:
    file = Path(systemctl.environment["HOME"]) / ".config/systemd/user/app-gone.service"
    file.write_text("[Service]\nExecStart=/bin/sleep infinity\n")
    systemctl("daemon-reload")
    shop = config("app-gone.service")
    board = await read(shop)
    case = case_of(shop, board, "systemd.unit:own/app-gone.service", {})
    await SystemdRestart().run(case, DryRunner())
    file.unlink()
    systemctl("daemon-reload")
    after = DryRunner()
    with pytest.raises(Refused, match="is not-found, not loaded"):
        await SystemdRestart().run(case, after)
    assert not after.calls


async def test_units_of_the_system_are_called_without_user_and_hostile_names_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = r"printf 'Id=%s\nLoadState=loaded\nActiveState=active\nCanReload=yes\n' app.service"
    note = f'printf "%s\\n" "$*" >> {tmp_path}/called'
    program(tmp_path, "systemctl", f'case "$*" in *show*) {shown};; *) {note};; esac')
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    shop = config("app.service", user=False)
    for name in ACTIONS:
        await act(shop, name, "systemd.unit:own/app.service")
    called = (tmp_path / "called").read_text().splitlines()
    verbs = ("restart", "reload", "reset-failed")
    assert called == [f"--no-ask-password {verb} -- app.service" for verb in verbs]
    case = case_of(shop, await read(shop), "systemd.unit:own/app.service", {})
    for key in ("app-*", "-H root@there", "a b.service", "$(id).service", "a;b", "x\n.service", "[a].service", "é"):
        runner = DryRunner()
        with pytest.raises(Refused, match="is no name of a unit"):
            await SystemdRestart().run(msgspec.structs.replace(case, row=row(key=key)), runner)
        assert not runner.steps


@given(st.text(min_size=1, max_size=30))
def test_whatever_a_unit_is_called_it_stands_after_the_dashes_or_is_refused(key: str) -> None:
    one, shop = row(key=key), config(user=False)
    case = Case(row=one, rows=[one], spec=shop.targets[0], config=shop)
    try:
        unit = Unit(case)
    except Refused:
        return
    assert unit.call("restart").argv == ("systemctl", "--no-ask-password", "restart", "--", key)
    assert not set(key) & set("*?[] \n/$;")
