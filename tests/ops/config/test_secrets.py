"""Secrets from variables, files and commands: resolved where they are there, told where not, shown nowhere."""

import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import msgspec
import pytest

from collectors.base import Collector, Reading, TargetConfig
from ops.config import secrets
from ops.config.decode import Located, decode
from ops.config.problems import ConfigError
from ops.config.resolve import with_secrets
from ops.config.structs import Config
from ops.redact import mask

VALUE = "tr0ub4dor&3 é"


class VaultConfig(TargetConfig, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A target with every kind of secret."""

    dsn: str = ""
    ca_file: str = ""
    password_env: str = ""
    password_file: str = ""
    password_command: tuple[str, ...] = ()
    headers_env: dict[str, str] = msgspec.field(default_factory=dict)


class Vault(Collector[VaultConfig]):
    """Reads nothing."""

    name: ClassVar[str] = "vault"
    section: ClassVar[str] = "vault"
    title: ClassVar[str] = "Vault"
    Config = VaultConfig

    async def collect(self) -> Reading:
        """Nothing."""
        return Reading(())


def located(keys: str, folder: Path) -> Located:
    """A config with one vault."""
    text = f'[[vault]]\nname = "a"\n{keys}\n'
    return decode(text, str(folder / "f.toml"), {"vault": Vault})  # type: ignore[dict-item]


def resolved(keys: str, folder: Path, environ: Mapping[str, str] | None = None) -> Config:
    """The same with its secrets; raises ConfigError."""
    place = located(keys, folder)
    config = with_secrets(place, environ or {})
    place.problems.stop()
    return config


def python(program: str) -> str:
    """The setting for a command that runs a Python program."""
    return f"password_command = [{sys.executable!r}, '-c', '''{program}''']"


def test_a_secret_comes_from_a_variable(tmp_path: Path) -> None:
    config = resolved('password_env = "PW"', tmp_path, {"PW": VALUE})
    assert config.targets[0].secrets["password"].reveal() == VALUE


def test_a_secret_comes_from_a_file_beside_the_config_without_its_last_line_end(tmp_path: Path) -> None:
    (tmp_path / "pw").write_text(f"{VALUE}\n")
    (tmp_path / "pw").chmod(0o600)
    config = resolved('password_file = "pw"', tmp_path)
    assert config.targets[0].secrets["password"].reveal() == VALUE
    assert not config.notes


def test_a_file_that_others_may_read_is_noted(tmp_path: Path) -> None:
    (tmp_path / "pw").write_text(VALUE)
    (tmp_path / "pw").chmod(0o644)
    assert "mode 0644" in resolved('password_file = "pw"', tmp_path).notes[0]


def test_a_secret_comes_from_a_command_without_a_shell(tmp_path: Path) -> None:
    config = resolved(python(f"print({VALUE!r})"), tmp_path)
    assert config.targets[0].secrets["password"].reveal() == VALUE


def test_headers_are_secrets_by_their_names_and_a_certificate_file_is_none(tmp_path: Path) -> None:
    keys = 'ca_file = "/nowhere"\nheaders_env = { Authorization = "TOKEN", X-B = "OTHER" }'
    config = resolved(keys, tmp_path, {"TOKEN": "Bearer abc123", "OTHER": "qwertz"})
    assert set(config.targets[0].secrets) == {"headers.Authorization", "headers.X-B"}


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        pytest.param(
            'password_env = "NOPE"', "password_env: the environment variable NOPE is not set", id="no variable"
        ),
        pytest.param(
            'password_env = "EMPTY"', "password_env: variable EMPTY gives an empty secret", id="an empty variable"
        ),
        pytest.param('password_file = "nope"', "nope can't be read (No such file or directory)", id="no file"),
        pytest.param('password_file = "\\u0000"', "can't be read (embedded null byte)", id="an impossible name"),
        pytest.param('password_file = "."', "can't be read (Is a directory)", id="a folder"),
        pytest.param('password_file = "pipe"', "is not a plain file", id="a pipe that nobody writes into"),
        pytest.param('password_file = "/dev/zero"', "is not a plain file", id="a device without end"),
        pytest.param('password_file = "large"', "gives more than 64 KiB", id="a large file"),
        pytest.param('password_file = "binary"', "gives bytes that are not UTF-8", id="bytes"),
        pytest.param('password_command = ["/nope"]', "command /nope can't be started", id="no such command"),
        pytest.param(python("raise SystemExit(3)"), "ended with status 3", id="a command that fails"),
        pytest.param(python("pass"), "gives an empty secret", id="a command that says nothing"),
        pytest.param(python("while True: print(7)"), "gives more than 64 KiB", id="a command that never stops talking"),
        pytest.param(
            'password_env = "PW"\npassword_file = "pw"', "password_file: gives password a second time", id="two at once"
        ),
        pytest.param(
            'headers_env = { A = "NOPE" }', "[0].headers_env.A: the environment variable NOPE", id="no header"
        ),
    ],
)
def test_a_secret_that_is_not_to_be_had_is_told_with_its_place(keys: str, expected: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "large").write_bytes(b"x" * 100_000)
    (tmp_path / "binary").write_bytes(b"\xff\xfe\xfd")
    with pytest.raises(ConfigError) as caught:
        resolved(keys, tmp_path, {"PW": VALUE, "EMPTY": ""})
    assert expected in caught.value.message
    assert caught.value.problems[0].line >= 3
    assert VALUE not in caught.value.message


def test_a_command_that_hangs_ends_at_its_time_with_all_that_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secrets, "TIMEOUT_S", 0.5)
    child = tmp_path / "child"
    program = (
        "import subprocess, sys, pathlib, time\n"
        'other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])\n'
        f'pathlib.Path("{child}").write_text(str(other.pid))\n'
        "time.sleep(60)\n"
    )
    started = time.monotonic()
    with pytest.raises(ConfigError, match=r"took longer than 0\.5 s"):
        resolved(python(program), tmp_path)
    assert time.monotonic() - started < 10
    deadline = time.monotonic() + 5
    while child.exists() and _runs(int(child.read_text())):
        assert time.monotonic() < deadline, "the command's child is still there"
        time.sleep(0.02)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_no_command_is_started_while_something_else_is_wrong(tmp_path: Path) -> None:
    made = tmp_path / "made"
    keys = 'password_env = "NOPE"\n[[vault]]\nname = "b"\n' + python(f'open("{made}", "w")')
    with pytest.raises(ConfigError, match="NOPE is not set"):
        resolved(keys, tmp_path)
    assert not made.exists()


def test_no_secret_is_in_any_form_of_the_config(tmp_path: Path) -> None:
    dsn = "postgresql://watch:p@ss/w#rd9@db/shop?sslmode=require"
    config = resolved(f'dsn = "{dsn}"\npassword_env = "PW"', tmp_path, {"PW": VALUE})
    for shown in (repr(config), str(config.targets[0].config), repr(config.targets[0].secrets), mask(f"x {VALUE} y")):
        assert VALUE not in shown
        assert "w#rd9" not in shown
    assert mask("could not log in with p@ss/w#rd9") == "could not log in with ***"
