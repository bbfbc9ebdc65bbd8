"""A command of a config's own, with real programs: it mends what was down, and hostile values stay arguments."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ops.actions.errors import Refused
from ops.actions.registry import discover
from ops.config.structs import Config
from ops.runner.calls import Program
from tests.parts.acting import act, config_of, planned, read, row_of

ROW = "process:victim"


def starting(pid_file: Path, argv: str, more: str) -> Config:
    """A config with a process, and a fix that starts it."""
    return config_of(
        f"[[process]]\nname = 'victim'\npid_file = {json.dumps(str(pid_file))}\n"
        f"[[fix]]\nname = 'start it'\nwhen = {{ row = '{ROW}' }}\n"
        f"run.kind = 'command'\nrun.argv = {argv}\nrun.timeout = '20s'\n{more}\n"
    )


START = (
    "import subprocess, sys\n"
    "child = subprocess.Popen(['sleep', '300'], start_new_session=True, stdin=-3, stdout=-3, stderr=-3)\n"
    "open(sys.argv[1], 'w').write(str(child.pid))\n"
    "print('started by', sys.argv[2])"
)


async def test_a_command_starts_what_was_down_and_its_row_is_well_again(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    pid_file = tmp_path / "pid"
    argv = json.dumps([sys.executable, "-c", START, str(pid_file), "{who}"])
    config = starting(pid_file, argv, "run.params.who = { default = 'nobody' }")
    assert row_of(await read(config), ROW).level == "critical"
    plan = await planned(config, "command", ROW, fix="start it", who="somebody")
    assert os.listdir(tmp_path) == []
    assert isinstance(plan.calls[0], Program)
    assert plan.calls[0].timeout_s == 20
    acted = await act(config, "command", ROW, plan.seen, fix="start it", who="somebody")
    request.addfinalizer(_ending(pid_file))
    assert acted.sink.of("out") == ["started by somebody"]
    assert row_of(await read(config), ROW).level == "ok"


def _ending(pid_file: Path) -> Callable[[], None]:
    return lambda: os.kill(int(pid_file.read_text()), signal.SIGKILL)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=40))
def test_a_hostile_value_reaches_the_program_as_it_is_and_nothing_else(value: str, tmp_path: Path) -> None:
    script = "import os, sys; open('seen', 'wb').write(os.fsencode(sys.argv[1]))"
    argv = json.dumps([sys.executable, "-c", script, "{p}"])
    more = f"run.params.p = {{ pattern = '(?s).*' }}\nrun.folder = {json.dumps(str(tmp_path))}"
    asyncio.run(_acted(starting(tmp_path / "pid", argv, more), value))
    assert (tmp_path / "seen").read_bytes() == value.encode()
    assert [path.name for path in tmp_path.iterdir()] == ["seen"]


async def _acted(config: Config, value: str) -> None:
    await act(config, "command", ROW, fix="start it", p=value)


@pytest.mark.parametrize("name", ["command", "http.hook"])
async def test_without_a_fix_there_is_nothing_to_run(name: str) -> None:
    config = config_of("[[process]]\nname = 'victim'\nmatch = 'wf-none-such'\n")
    board = await read(config)
    assert list(discover()[name].offers(row_of(board, ROW), board.rows)) == []
    for fix in ("", "gone"):
        with pytest.raises(Refused) as caught:
            await planned(config, name, ROW, fix=fix)
        assert caught.value.remedy
