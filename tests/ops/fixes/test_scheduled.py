"""What a schedule of backups may begin: backups and nothing else, in production too, within everybody's rights."""

import pytest
from msgspec.structs import replace

from collectors.backup import BackupConfig, Keep
from collectors.registry import discover
from ops.actions.base import Offer, Risk
from ops.actions.errors import Refused
from ops.config.fixing import Right
from ops.config.structs import Config, Settings, TargetSpec
from ops.fixes.gate import SCHEDULED, agreed, may, still_agreed
from ops.fixes.rights import allowed
from ops.fixes.structs import Plan, Price, Record
from ops.fixes.who import me
from ops.jobs.structs import By, Proof, Request
from tests.parts.boards import row

SCHEDULE = By(user="schedule", uid=4711, via="schedule")
PRODUCTION = Config(path="/x.toml", settings=Settings(environment="production"), targets=(), thresholds=())


def plan(action: str, risk: Risk) -> Plan:
    """One for which the name is to be typed."""
    return Plan(
        offer=Offer(action=action, row="backup:shop", title="x", risk=risk), key="", steps=(), seen={}, interrupts="",
        undone="", record=Record(), price=Price(), proof=Proof(row="backup:shop"), locks=(), risk=risk, typed="shop",
        timeout_s=1.0,
    )  # fmt: skip


def with_set(*, prunes: bool) -> Config:
    """In production, with a set that may be pruned or not."""
    backup = BackupConfig(name="shop", kind="files", target="file:///b", keep=Keep(last=1, prune=prunes))
    spec = TargetSpec(id="backup:shop", collector=discover()["backup"], config=backup)
    return replace(PRODUCTION, targets=(spec,))


@pytest.mark.parametrize("action", SCHEDULED)
def test_what_a_config_says_is_done_without_a_name_that_is_typed(action: str) -> None:
    risk: Risk = "loses" if action == "backup.prune" else "safe"
    agreed(plan(action, risk), SCHEDULE, "")
    request = Request(
        config="/x.toml", action=action, row="backup:shop", proof=Proof(row="backup:shop"), by=SCHEDULE, risk=risk,
        title="x", asked_at=0.0,
    )  # fmt: skip
    still_agreed(request, row("backup:shop"), with_set(prunes=True))


def test_what_the_config_does_not_let_go_any_more_stays() -> None:
    request = Request(
        config="", action="backup.prune", row="backup:shop", title="x", proof=Proof(row="backup:shop"), by=SCHEDULE,
        risk="loses", asked_at=0.0,
    )  # fmt: skip
    with pytest.raises(Refused, match="does not say prune = true"):
        still_agreed(request, row("backup:shop"), with_set(prunes=False))


@pytest.mark.parametrize("action", ["backup.restore", "backup.delete", "container.restart"])
def test_nothing_else_is_ever_done_by_schedule(action: str) -> None:
    with pytest.raises(Refused, match=f"{action} is not"):
        agreed(plan(action, "safe"), SCHEDULE, "shop")
    request = Request(config="", action=action, row="r", title="x", proof=Proof(row="r"), by=SCHEDULE, asked_at=0.0)
    with pytest.raises(Refused, match=f"{action} is not"):
        still_agreed(request, row("backup:shop"), PRODUCTION)


def test_a_schedule_is_a_user_with_rights_and_without_a_terminal() -> None:
    denied = replace(PRODUCTION, rights=(Right(effect="deny", users=("schedule",)),))
    assert "schedule may not use backup.run" in allowed(denied, SCHEDULE, "backup.run", "backup:shop")
    grouped = replace(PRODUCTION, rights=(Right(effect="allow", groups=("root",)),))
    assert "no [[right]] allows it" in allowed(grouped, SCHEDULE, "backup.run", "backup:shop")
    by = me("schedule", {"SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22", "SUDO_USER": "ann"})
    assert (by.user, by.via, by.tty, by.origin) == ("schedule", "schedule", "", "")


def test_where_nothing_may_be_changed_a_schedule_may_not_either() -> None:
    with pytest.raises(Refused, match="read-only"):
        may(replace(PRODUCTION, settings=Settings(read_only=True)), SCHEDULE, "backup.run", "backup:shop")
