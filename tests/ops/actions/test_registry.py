"""Actions are found by their names, without being loaded where only that is asked."""

import subprocess
import sys

import pytest

from ops.actions.registry import discover, is_there, module_names
from tests.parts.command import ROOT

CONFIG = """
[[service]]
name = "api"
url = "http://127.0.0.1:9/"
[[fix]]
name = "a"
when = { service = "api" }
run = { kind = "container.restart" }
[[fix]]
name = "b"
when = { service = "api" }
run = { kind = "rabbitmq.requeue" }
"""
PROGRAM = """
import sys
from ops.config.decode import decode
assert len(decode(sys.argv[1], "x.toml").config.fixes) == 2
print([name for name in sys.modules if name.startswith("ops.remediations.")])
"""


def test_every_action_is_there_under_its_own_name() -> None:
    assert all(map(is_there, discover()))
    assert len(module_names()) == len(discover())


@pytest.mark.parametrize(
    "name",
    ["", ".", "container", "container_restart", "container-restart", "container.restart.", "redis.purge.memory", "../x",
     "redis.purge_memory", "postgres-drop.slot", "container.restart\0", "os.path"],
)  # fmt: skip
def test_what_is_nearly_a_name_is_none(name: str) -> None:
    assert not is_there(name)


def test_a_config_with_fixes_loads_no_action() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM, CONFIG], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
