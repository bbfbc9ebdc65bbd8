"""systemd and its units: what their states say."""

import pytest

from collectors.base import Value
from tests.parts.targets import Watched, entity, said, target


def unit(*readings: dict[str, Value], step_s: float = 10.0) -> tuple[str, str, str]:
    """What is said of a unit after those readings."""
    watched = Watched(target("systemd", "host", source_only=True), step_s=step_s)
    for facts in readings:
        watched.reads({"failed": 0, "system_state": "running"}, entity("systemd.unit", facts, "app.service"))
    return said(watched.row("systemd.unit:host/app.service"))


@pytest.mark.parametrize(
    ("facts", "level", "word", "reason"),
    [
        pytest.param({"state": "active", "sub": "running"}, "ok", "active", "", id="active"),
        pytest.param(
            {"state": "failed", "result": "exit-code", "exit_code": 7},
            "critical",
            "failed",
            "failed: its main process ended with an error (7)",
            id="ended with an error",
        ),
        pytest.param(
            {"state": "failed", "result": "signal", "exit_code": -9},
            "critical",
            "failed",
            "failed: its main process was killed, ended by SIGKILL",
            id="killed",
        ),
        pytest.param(
            {"state": "failed", "result": "new-reason"}, "critical", "failed", "failed: new-reason", id="a new reason"
        ),
        pytest.param(
            {"state": "activating", "sub": "auto-restart", "exit_code": 1},
            "critical",
            "restarting",
            "restarting: it ended with exit code 1 and waits for its next start",
            id="between two starts",
        ),
        pytest.param(
            {"state": "activating", "sub": "auto-restart", "exit_code": -9},
            "critical",
            "restarting",
            "restarting: it was ended by SIGKILL and waits for its next start",
            id="between two starts, after it was killed",
        ),
        pytest.param(
            {"state": "not-found"}, "critical", "missing", "missing: there is no such unit", id="no such unit"
        ),
        pytest.param(
            {"state": "inactive", "load": "loaded", "type": "simple", "stopped_s": 300.0},
            "warning",
            "stopped",
            "stopped 5m ago",
            id="somebody stopped it",
        ),
        pytest.param(
            {"state": "inactive", "load": "loaded", "type": "oneshot", "stopped_s": 300.0}, "ok", "done", "", id="done"
        ),
        pytest.param(
            {"state": "inactive", "load": "loaded", "enabled": "disabled"}, "ok", "inactive", "", id="never wanted"
        ),
        pytest.param(
            {"state": "inactive", "load": "masked"}, "warning", "masked", "masked: it can't be started", id="masked"
        ),
        pytest.param(
            {"state": "inactive", "load": "bad-setting"},
            "critical",
            "unreadable",
            "its unit file can't be used: bad-setting",
            id="a broken unit file",
        ),
        pytest.param({"state": "activating", "sub": "start"}, "ok", "starting", "", id="starting"),
        pytest.param({"state": "reloading"}, "ok", "reloading", "", id="reloading"),
        pytest.param({"state": None}, "unknown", "unknown", "its state is not known", id="not known"),
    ],
)
def test_states_of_units(facts: dict[str, Value], level: str, word: str, reason: str) -> None:
    assert unit(facts) == (level, word, reason)


def test_a_start_that_never_ends_is_told() -> None:
    starting: dict[str, Value] = {"state": "activating", "sub": "start"}
    assert unit(*[starting] * 9)[0] == "ok"
    assert unit(*[starting] * 11) == ("warning", "starting", "has been starting for longer than 1m30s")


def test_one_that_is_active_but_restarts_again_and_again() -> None:
    def at(restarts: int) -> dict[str, Value]:
        return {"state": "active", "restarts": restarts, "exit_code": -11}

    assert unit(at(4))[0] == "ok", "restarts before our time are no news"
    assert unit(at(4), at(6)) == (
        "warning",
        "restarting",
        "restarting again and again (2 restarts in the last 5 min), ended by SIGSEGV",
    )
    assert unit(at(4), at(6), at(7))[0] == "critical"


@pytest.mark.parametrize(
    ("facts", "level", "word", "reason"),
    [
        pytest.param({"failed": 0, "system_state": "running"}, "ok", "running", "", id="well"),
        pytest.param(
            {"failed": 1, "failed_units": "a.service", "system_state": "degraded"},
            "warning",
            "degraded",
            "1 unit failed: a.service",
            id="one failed",
        ),
        pytest.param({"failed": 0, "system_state": "starting"}, "ok", "starting", "", id="booting"),
        pytest.param(
            {"failed": 2, "system_state": "maintenance"},
            "critical",
            "maintenance",
            "in maintenance: only the rescue or emergency target is active",
            id="maintenance",
        ),
        pytest.param(
            {"failed": 0, "system_state": "stopping"}, "warning", "stopping", "the host is going down", id="going down"
        ),
    ],
)
def test_states_of_the_manager(facts: dict[str, Value], level: str, word: str, reason: str) -> None:
    assert said(Watched(target("systemd", source_only=True)).reads(facts)) == (level, word, reason)
