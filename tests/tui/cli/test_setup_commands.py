"""`init`, `doctor` and `completion`: what they write, find and offer."""

import json
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from ops.config.load import load
from tests.parts.command import clean_environment, watchfloor
from tests.parts.need import need


def test_init_writes_a_config_that_is_right_and_is_never_written_over(tmp_path: Path) -> None:
    done = watchfloor("init", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    file = tmp_path / "watchfloor.toml"
    assert file.stat().st_mode & 0o777 == 0o600
    assert load(file, {}).targets[0].collector.section == "host"
    file.write_text("# mine\n")
    again = watchfloor("init", cwd=tmp_path)
    assert (again.returncode, file.read_text()) == (73, "# mine\n")
    assert "--force replaces it" in again.stderr
    assert watchfloor("init", "--force", cwd=tmp_path).returncode == 0
    assert "[[host]]" in file.read_text()


def test_init_writes_where_it_is_told(tmp_path: Path) -> None:
    assert watchfloor("init", "a.toml", cwd=tmp_path).returncode == 0
    assert watchfloor("--config", "b.toml", "init", cwd=tmp_path).returncode == 0
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["a.toml", "b.toml"]
    assert watchfloor("init", "no/c.toml", cwd=tmp_path).returncode == 73


def test_doctor_tells_of_each_source_secret_and_permission_what_to_do(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as shut:
        shut.bind(("127.0.0.1", 0))
        text = (
            f'[[tcp]]\nname = "db"\nhost = "127.0.0.1"\nport = {server.getsockname()[1]}\n'
            f'[[service]]\nname = "api"\nurl = "http://127.0.0.1:{shut.getsockname()[1]}/"\n'
            'headers_env = { A = "THERE", B = "NOT_THERE" }\n'
        )
        file = tmp_path / "watchfloor.toml"
        file.write_text(text)
        file.chmod(0o666)
        done = watchfloor("doctor", "--json", cwd=tmp_path, environment=clean_environment(THERE="value-of-it"))
    assert done.returncode == 1
    assert "value-of-it" not in done.stdout
    found = {(finding["subject"], finding["level"]): finding for finding in json.loads(done.stdout)}
    assert found["tcp:db", "ok"]["text"] == "reached"
    assert found["service:api", "critical"]["remedy"]
    assert found["service:api headers.A", "ok"]
    assert "NOT_THERE" in found["service:api headers.B", "critical"]["text"]
    assert "chmod go-w" in found["config", "warning"]["remedy"]
    assert ("terminal", "ok") in found


def test_doctor_ends_with_0_when_all_is_there(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        text = f'[[tcp]]\nname = "db"\nhost = "127.0.0.1"\nport = {server.getsockname()[1]}\n'
        (tmp_path / "watchfloor.toml").write_text(text)
        done = watchfloor("doctor", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert "tcp:db" in done.stdout


def test_doctor_of_a_wrong_config_tells_the_rest_too(tmp_path: Path) -> None:
    (tmp_path / "watchfloor.toml").write_text("x = 1\ny = 1\n")
    done = watchfloor("doctor", cwd=tmp_path)
    assert done.returncode == 1
    assert "watchfloor.toml:1: x" in done.stdout
    assert "watchfloor.toml:2: y" in done.stdout
    assert "terminal" in done.stdout


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        pytest.param(["watchfloor", "ch"], ["check"], id="a command"),
        pytest.param(["watchfloor", "check", "--o"], ["--only"], id="an option of a command"),
        pytest.param(["watchfloor", "--config", "x", "doctor", "--j"], ["--json"], id="an option after a global one"),
        pytest.param(["watchfloor", "completion", ""], ["--help", "--config", "bash", "zsh", "fish"], id="a choice"),
        pytest.param(["watchfloor", "--config", "file"], ["file.toml"], id="a file"),
    ],
)
def test_bash_offers_what_fits(typed: list[str], offered: list[str], tmp_path: Path) -> None:
    need(shutil.which("bash"), "bash")
    (tmp_path / "file.toml").touch()
    script = watchfloor("completion", "bash", cwd=tmp_path).stdout
    words = " ".join(f"'{word}'" for word in typed)
    asked = (
        f'{script}\nCOMP_WORDS=({words}); COMP_CWORD={len(typed) - 1}; _watchfloor; printf "%s\\n" "${{COMPREPLY[@]}}"'
    )
    done = subprocess.run(["bash", "-c", asked], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert (done.stdout.split(), done.stderr) == (offered, "")


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_can_read_their_script(shell: str, tmp_path: Path) -> None:
    script = watchfloor("completion", shell, cwd=tmp_path).stdout
    for name in ("check", "doctor", "--only" if shell == "zsh" else "-l only"):
        assert name in script
    need(shutil.which(shell), f"{shell}, to read its completion script")
    done = subprocess.run([shell, "-n"], input=script, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
