"""Commands in poor surroundings: no UTF-8, no output, no reader, an empty environment, a config that is none."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.parts.command import LIMIT_S, ROOT, clean_environment, watchfloor
from tests.parts.servers import free_port

COMMANDS = [
    pytest.param(["check"], 2, id="check"),
    pytest.param(["check", "--json"], 2, id="check as JSON"),
    pytest.param(["board"], 0, id="board"),
    pytest.param(["board", "--json"], 0, id="board as JSON"),
    pytest.param(["doctor"], 1, id="doctor"),
    pytest.param(["doctor", "--json"], 1, id="doctor as JSON"),
    pytest.param(["init", "found.toml"], 0, id="init"),
    pytest.param(["completion", "bash"], 0, id="completion"),
    pytest.param(["--version"], 0, id="the version"),
    pytest.param(["check", "--help"], 0, id="a help"),
    pytest.param(["demo", "--list-faults"], 0, id="a list"),
]
"""Command lines, and how each ends over one service that is down."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the config of one service that is down."""
    text = f'[[tcp]]\nname = "dβ"\nhost = "127.0.0.1"\nport = {free_port()}\n'
    (tmp_path / "watchfloor.toml").write_text(text)
    return tmp_path


@pytest.mark.parametrize(("arguments", "status"), COMMANDS)
def test_each_ends_as_documented_also_without_any_output(arguments: list[str], status: int, folder: Path) -> None:
    done = watchfloor(*arguments, cwd=folder)
    assert done.returncode == status, done.stderr
    (folder / "found.toml").unlink(missing_ok=True)
    closed = subprocess.run(
        ["sh", "-c", 'exec "$@" <&- >&-', "sh", sys.executable, "-m", "tui", *arguments], cwd=folder,
        env=clean_environment(), stderr=subprocess.PIPE, text=True, timeout=LIMIT_S, check=False,
    )  # fmt: skip
    assert closed.returncode == status
    assert "Traceback" not in closed.stderr
    assert not closed.stderr or arguments[-1] == "--help", "a help that can't be printed goes where errors go"


@pytest.mark.parametrize(("arguments", "status"), COMMANDS[1::2])
def test_a_reader_that_leaves_is_no_error(arguments: list[str], status: int, folder: Path) -> None:
    script = '"$@" | head -c 0; echo "${PIPESTATUS[0]}"'
    done = subprocess.run(
        ["bash", "-c", script, "bash", sys.executable, "-m", "tui",
         *arguments], cwd=folder, env=clean_environment(), capture_output=True, text=True, timeout=LIMIT_S, check=False,
    )  # fmt: skip
    assert done.stderr == ""
    assert int(done.stdout) in (status, 141)


@pytest.mark.parametrize(("arguments", "status"), COMMANDS[::2])
def test_each_works_in_an_empty_environment(arguments: list[str], status: int, folder: Path) -> None:
    done = watchfloor(*arguments, cwd=folder, environment={"PYTHONPATH": str(ROOT)})
    assert done.returncode == status, done.stderr
    assert done.stderr == ""


@pytest.mark.parametrize("locale", [{"LC_ALL": "C"}, {"LANG": "C"}, {"LANG": "en_US.ISO-8859-1"}], ids=str)
def test_where_the_locale_has_no_utf8_nothing_else_is_printed(locale: dict[str, str], folder: Path) -> None:
    environment = {"PYTHONPATH": str(ROOT), **locale}
    for arguments in (["check"], ["doctor"], ["check", "--only", "dγ"], ["check", "--json"]):
        done = watchfloor(*arguments, cwd=folder, environment=environment)
        assert (done.stdout + done.stderr).isascii(), arguments
    assert json.loads(done.stdout)["rows"][0]["name"] == "dβ", "JSON loses nothing"


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        pytest.param(b"[[tcp]]\nname = 'a'\nhost = 'h'\nport = 1\nprot = 2\n",
                     'f.toml:5: tcp[0].prot: there is no such key; did you mean "port"?', id="an unknown key"),
        pytest.param(b"[[tcp]]\nname = 'a'\nhost = 'h'\nport = 'one'\n",
                     "f.toml:4: tcp[0].port: must be a whole number", id="a wrong type"),
        pytest.param(b"[[redis]]\nname = 'a'\npassword_env = 'NOT_SET_ANYWHERE'\n",
                     "f.toml:3: redis[0].password_env: the environment variable NOT_SET_ANYWHERE is not set",
                     id="a missing variable"),
        pytest.param(b"[[tcp]]\n\tname\t= 'a\tb'\n\thost = 'h'\n\tport = x\n",
                     "f.toml:4: this is not TOML", id="tabs and a mistake"),
        pytest.param(b"# x\n" * 2_500_000, "f.toml: is larger than 1 MiB", id="10 MB"),
        pytest.param(b"[[tcp]]\nname = '\xff'\n", "f.toml:2: is not UTF-8 text", id="not UTF-8"),
    ],
)  # fmt: skip
def test_a_config_that_is_none_is_one_line_and_nothing_starts(raw: bytes, told: str, tmp_path: Path) -> None:
    (tmp_path / "f.toml").write_bytes(raw)
    done = watchfloor("check", "--config", "f.toml", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (78, "")
    assert done.stderr.startswith(f"watchfloor: {told}")
    assert done.stderr.count("\n") == 1


def test_an_empty_config_is_right_and_says_how_to_go_on(tmp_path: Path) -> None:
    (tmp_path / "f.toml").touch()
    done = watchfloor("check", "--config", "f.toml", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (3, "")
    assert "names nothing to watch" in done.stdout
