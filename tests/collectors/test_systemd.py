"""systemd: a real one of a user, and what keeps us from one."""

import os
from pathlib import Path

import pytest

from collectors.base import NoData
from collectors.systemd import Systemd, SystemdConfig
from collectors.units import Duration
from tests.parts.collecting import fault, first, parts
from tests.parts.polled import poll
from tests.parts.scripted_programs import program
from tests.parts.systemd import Systemctl
from tests.parts.wait import until


def collector(*units: str, user: bool = True, timeout: float = 5) -> Systemd:
    return Systemd(SystemdConfig(name="test", units=units, user=user, timeout=Duration(timeout)), {})


async def test_a_running_unit_is_told_as_systemctl_tells_it(systemctl: Systemctl) -> None:
    systemctl("start", "app-one")
    (unit,) = (await parts(collector("app-one.service"), "systemd.unit")).values()
    assert unit.key == unit.name == "app-one.service"
    assert unit.facts["pid"] == int(systemctl.show("app-one", "MainPID"))
    assert (unit.facts["state"], unit.facts["sub"], unit.facts["load"]) == ("active", "running", "loaded")
    assert unit.facts["description"] == "One of the shop"
    assert unit.facts["restarts"] == 0
    assert unit.facts["exit_code"] is None
    assert unit.facts["stopped_s"] is None
    uptime = unit.facts["uptime_s"]
    assert isinstance(uptime, float)
    assert 0 <= uptime < 30


async def test_a_unit_that_failed_is_shown_unasked_and_gone_when_it_is_well(systemctl: Systemctl) -> None:
    reader = collector()
    assert (await first(reader)).facts["failed"] == 0
    systemctl("start", "app-bad")
    until(lambda: systemctl.show("app-bad", "ActiveState") == "failed", "the unit to fail")
    reading = await reader.collect()
    own, unit = reading.entities
    assert (own.kind, own.name) == ("systemd", "test")
    assert (own.facts["failed"], own.facts["failed_units"]) == (1, "app-bad.service")
    assert own.facts["system_state"] == "degraded"
    assert isinstance(own.facts["units"], int)
    assert (unit.facts["state"], unit.facts["result"], unit.facts["exit_code"]) == ("failed", "exit-code", 7)
    assert isinstance(unit.facts["stopped_s"], float)
    systemctl("reset-failed")
    assert [entity.kind for entity in (await reader.collect()).entities] == ["systemd"]


async def test_a_kill_is_told_by_its_signal(systemctl: Systemctl) -> None:
    systemctl("start", "app-one")
    systemctl("kill", "--signal=KILL", "app-one")
    until(lambda: systemctl.show("app-one", "ActiveState") == "failed", "the unit to fail")
    (unit,) = (await parts(collector(), "systemd.unit")).values()
    assert (unit.facts["result"], unit.facts["exit_code"]) == ("signal", -9)


async def test_restarts_are_counted(systemctl: Systemctl) -> None:
    systemctl("start", "--no-block", "app-loop")
    until(lambda: int(systemctl.show("app-loop", "NRestarts")) >= 2, "two restarts")
    (unit,) = (await parts(collector("app-loop"), "systemd.unit")).values()
    restarts = unit.facts["restarts"]
    assert isinstance(restarts, int)
    assert restarts >= 2
    assert unit.facts["state"] in ("activating", "active")


async def test_a_unit_that_a_glob_found_is_still_shown_once_systemd_forgot_it(systemctl: Systemctl) -> None:
    systemctl("start", "app-one", "app-two")
    reader = collector("app-*.service", "nope.service")
    found = await parts(reader, "systemd.unit")
    assert sorted(found) == ["app-one.service", "app-two.service", "nope.service"]
    assert found["nope.service"].facts["state"] == "not-found"
    systemctl("stop", "app-two")
    until(lambda: "app-two" not in systemctl("list-units", "--all", "app-*"), "systemd to forget the unit")
    again = await parts(reader, "systemd.unit")
    assert sorted(again) == sorted(found)
    assert again["app-two.service"].facts["state"] == "inactive"


async def test_names_that_look_like_options_are_only_names(systemctl: Systemctl) -> None:
    names = ("--version", "-H", "--host:evil", "..")
    found = await parts(collector(*names), "systemd.unit")
    assert {unit.facts["state"] for unit in found.values()} == {"not-found"}
    assert len(found) == len(names)


@pytest.mark.skipif(os.path.isdir("/run/systemd/system"), reason="this machine runs systemd")
async def test_a_host_without_systemd_has_no_data() -> None:
    error = await fault(collector(user=False))
    assert isinstance(error, NoData)
    assert error.message in ("this host was not booted with systemd", "there is no systemd here: no systemctl")


async def test_no_systemctl_is_no_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/no/programs")
    told = await poll(collector(user=False))
    assert (told.outcome, told.error) == ("no_data", "there is no systemd here: no systemctl")


@pytest.mark.parametrize(
    ("script", "user", "outcome", "words"),
    [
        pytest.param(
            "echo 'System has not been booted with systemd as init system (PID 1). Can'\"'\"'t operate.' >&2; exit 1",
            False,
            "no_data",
            "this host was not booted with systemd",
            id="another init",
        ),
        pytest.param(
            "echo 'Failed to connect to bus: No medium found' >&2; exit 1",
            True,
            "failed",
            "no systemd of this user answers: Failed to connect to bus: No medium found",
            id="a user without a session",
        ),
        pytest.param(
            "echo 'Failed to get properties: Access denied' >&2; exit 4",
            False,
            "failed",
            "systemd does not answer: Failed to get properties: Access denied",
            id="refused",
        ),
        pytest.param("exit 3", False, "failed", "systemd does not answer: systemctl ended with 3", id="silent"),
        pytest.param("exit 0", False, "failed", "systemctl shows nothing of its manager", id="empty"),
        pytest.param("head -c 300000 /dev/urandom", False, "", "", id="garbage"),
        pytest.param("sleep 60", False, "failed", "no answer within 0.3 s while asking for systemd's state", id="hung"),
    ],
)
async def test_a_systemctl_that_is_no_good(
    script: str, user: bool, outcome: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path, "systemctl", script)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    told = await poll(collector("a.service", user=user, timeout=0.3 if "sleep" in script else 5))
    assert told.outcome == outcome if outcome else told.outcome != "broken"
    assert told.error == words or not outcome


async def test_more_units_than_fit_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = "for i in $(seq 4000); do printf 'Id=u%s.service\\nLoadState=loaded\\nActiveState=active\\n\\n' $i; done"
    program(tmp_path, "systemctl", f'case "$*" in *SystemState*) echo NFailedUnits=0;; *) {blocks};; esac')
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    reading = await collector("*", user=False).collect()
    assert len(reading.entities) == 301
    assert reading.entities[0].hints == ("only the first 300 units are shown",)


@pytest.mark.parametrize(
    "units", [("",), (" a.service",), ("a\nb",), ("/dev/sda",), ("$(id)",), ("é",), tuple("x" * 101)]
)
def test_what_is_no_unit_is_refused(units: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="units"):
        SystemdConfig(name="test", units=units)
