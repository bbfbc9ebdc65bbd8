"""What exit codes say."""

from typing import cast

import pytest

from collectors.base import Value
from collectors.exec import Exec, ExecConfig
from collectors.registry import AnyCollector
from ops.config.structs import TargetSpec
from tests.parts.targets import Watched, said


def _spec(plugin: bool) -> TargetSpec:
    config = ExecConfig(name="it", command=("check",), plugin=plugin)
    return TargetSpec(id="exec:it", collector=cast("AnyCollector", Exec), config=config)


@pytest.mark.parametrize(
    ("plugin", "facts", "level", "word", "reason"),
    [
        pytest.param(True, {"exit_code": 0, "output": "OK"}, "ok", "ok", "", id="well"),
        pytest.param(True, {"exit_code": 1, "output": "DISK 9 %"}, "warning", "warning", "DISK 9 %", id="warning"),
        pytest.param(True, {"exit_code": 2, "output": "DISK 2 %"}, "critical", "critical", "DISK 2 %", id="critical"),
        pytest.param(
            True,
            {"exit_code": 3, "output": None},
            "unknown",
            "unknown",
            "it ended with 3 and printed nothing",
            id="silent",
        ),
        pytest.param(
            True,
            {"exit_code": 127, "output": "sh: 1: x: not found"},
            "unknown",
            "failed",
            "ended with 127 (what it should run is not there): sh: 1: x: not found",
            id="a plugin's own program is missing",
        ),
        pytest.param(True, {"exit_code": -9}, "unknown", "killed", "ended by SIGKILL", id="killed"),
        pytest.param(True, {"exit_code": 139}, "unknown", "killed", "ended by SIGSEGV", id="its program crashed"),
        pytest.param(True, {"exit_code": 42}, "unknown", "failed", "ended with 42", id="no code of a plugin"),
        pytest.param(False, {"exit_code": 0, "output": "done"}, "ok", "ok", "", id="a script that is well"),
        pytest.param(
            False, {"exit_code": 1, "output": "no"}, "critical", "failed", "ended with 1: no", id="any other code"
        ),
        pytest.param(
            False, {"exit_code": -15}, "critical", "killed", "ended by SIGTERM", id="a script that was killed"
        ),
        pytest.param(True, {"exit_code": None}, "unknown", "unknown", "its exit code is not known", id="not known"),
    ],
)
def test_states(plugin: bool, facts: dict[str, Value], level: str, word: str, reason: str) -> None:
    assert said(Watched(_spec(plugin)).reads(facts)) == (level, word, reason)
