"""Who asks for incidents where none were ever written is told how to ask for those of the demo that runs."""

import shlex
import socket
from pathlib import Path

import pytest

from ops.demo.registry import control_socket, home, remember
from tui.cli.booked import NOTHING, nothing


@pytest.fixture
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return tmp_path


def test_without_a_demo_nothing_is_made_or_said_of_one(runtime: Path) -> None:
    assert nothing() == NOTHING
    assert not home().exists()


def test_a_demo_that_runs_is_named_with_its_config(runtime: Path) -> None:
    directory = runtime / "watchfloor-demo-x"
    control_socket(directory).parent.mkdir(parents=True)
    remember(directory)
    assert nothing() == NOTHING, "it does not answer"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(control_socket(directory)))
        listening.listen()
        config = shlex.quote(str(directory / "watchfloor.toml"))
        assert nothing().endswith(f"watchfloor --config {config} incident list")


def test_a_folder_that_others_can_write_stops_nobody(runtime: Path) -> None:
    home().mkdir()
    home().chmod(0o777)
    assert nothing() == NOTHING
