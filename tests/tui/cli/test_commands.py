"""The commands as a shell, cron and Nagios see them: words, exit statuses, what is loaded, what is never shown."""

import json
import os
import pty
import socket
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.parts.command import LIMIT_S, ROOT, clean_environment, watchfloor

SECRET = "correct-horse-battery"


@pytest.fixture
def listening() -> Iterator[int]:
    """A port that takes connections."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as server:
        yield server.getsockname()[1]


@pytest.fixture
def shut() -> Iterator[int]:
    """A port that refuses connections."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


def tcp(name: str, port: int) -> str:
    """A target as TOML."""
    return f'[[tcp]]\nname = "{name}"\nhost = "127.0.0.1"\nport = {port}\n'


def configured(folder: Path, text: str) -> Path:
    """The folder with this config in it."""
    (folder / "watchfloor.toml").write_text(text)
    return folder


WARN = '[[threshold]]\nmetric = "tcp.connect_s"\nwarning = "0s"\nfor = "5m"\n'
MUTE_ENGINE = '[[docker]]\nname = "none"\nurl = "unix:///nowhere/docker.sock"\n'


def test_check_ends_with_0_when_all_is_ok(tmp_path: Path, listening: int) -> None:
    done = watchfloor("check", cwd=configured(tmp_path, tcp("db", listening)))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("OK: 1 ok\n")
    assert "✓ up" in done.stdout or "✓ ok" in done.stdout
    assert "tcp:db" in done.stdout
    assert "\x1b" not in done.stdout


def test_check_ends_with_1_on_a_warning_without_waiting_for_it_to_stand(tmp_path: Path, listening: int) -> None:
    done = watchfloor("check", cwd=configured(tmp_path, tcp("db", listening) + WARN))
    assert done.returncode == 1, done.stdout
    assert done.stdout.startswith("WARNING: 1 warning\n▲")


def test_check_ends_with_2_after_a_single_failure(tmp_path: Path, shut: int, listening: int) -> None:
    text = tcp("ok", listening) + tcp("gone", shut) + MUTE_ENGINE
    done = watchfloor("check", cwd=configured(tmp_path, text))
    assert done.returncode == 2, done.stdout
    lines = done.stdout.splitlines()
    assert lines[0] == "CRITICAL: 1 critical, 1 unknown, 1 ok"
    assert lines[1].startswith("● down")
    assert "refused" in lines[1]


def test_check_ends_with_3_when_something_can_not_be_asked(tmp_path: Path, listening: int) -> None:
    done = watchfloor("check", cwd=configured(tmp_path, tcp("ok", listening) + MUTE_ENGINE))
    assert done.returncode == 3, done.stdout
    assert done.stdout.startswith("UNKNOWN: 1 unknown, 1 ok\n?")


def test_check_of_nothing_is_unknown_and_says_how_to_go_on(tmp_path: Path) -> None:
    done = watchfloor("check", cwd=configured(tmp_path, ""))
    assert done.returncode == 3
    assert "names nothing to watch" in done.stdout


def test_check_of_named_targets_leaves_the_others_alone(tmp_path: Path, shut: int, listening: int) -> None:
    folder = configured(tmp_path, tcp("one", listening) + tcp("two", listening) + tcp("gone", shut))
    done = watchfloor("check", "--only", "one", "--only", "tcp:two", "--json", cwd=folder)
    assert done.returncode == 0
    assert [row["id"] for row in json.loads(done.stdout)["rows"]] == ["tcp:one", "tcp:two"]


def test_check_of_an_unknown_name_tells_the_nearest(tmp_path: Path, listening: int) -> None:
    done = watchfloor("check", "--only", "checkot", cwd=configured(tmp_path, tcp("checkout", listening)))
    assert (done.returncode, done.stdout) == (64, "")
    assert done.stderr == 'watchfloor: no target is called "checkot"; did you mean "checkout"?\n'


def test_board_prints_every_row_with_its_facts_and_does_not_judge(tmp_path: Path, shut: int) -> None:
    folder = configured(tmp_path, tcp("gone", shut) + '[[host]]\nname = "here"\n')
    done = watchfloor("board", "--json", cwd=folder)
    assert done.returncode == 0
    board = json.loads(done.stdout)
    assert board["mode"] == "live"
    kinds = {row["kind"]: row for row in board["rows"]}
    assert kinds["tcp"]["level"] == "critical"
    assert kinds["host"]["facts"]["cores"] >= 1
    shown = watchfloor("board", cwd=folder)
    assert shown.returncode == 0
    assert "host.disk:here/" in shown.stdout


def test_a_wrong_config_starts_nothing_and_tells_everything(tmp_path: Path) -> None:
    folder = configured(tmp_path, '[[tcp]]\nname = "a"\nprt = 1\n[keys]\npane.zom = "z"\n')
    for command in ("check", "board"):
        done = watchfloor(command, cwd=folder)
        assert (done.returncode, done.stdout) == (78, "")
        for place in ("watchfloor.toml:1: tcp[0].host", "watchfloor.toml:3: tcp[0].prt", "watchfloor.toml:5: keys."):
            assert place in done.stderr, done.stderr
        assert "did you mean pane.zoom" in done.stderr


def test_a_config_can_be_named_before_and_after_the_command(tmp_path: Path, listening: int) -> None:
    (tmp_path / "a.toml").write_text(tcp("db", listening))
    for arguments in (("--config", "a.toml", "check"), ("check", "--config", "a.toml")):
        assert watchfloor(*arguments, cwd=tmp_path).returncode == 0
    missing = watchfloor("check", "--config", "nope.toml", cwd=tmp_path)
    assert missing.returncode == 78
    assert "nope.toml: there is no such file" in missing.stderr


def test_no_secret_is_in_any_output(tmp_path: Path, shut: int) -> None:
    text = (
        f'[[postgres]]\nname = "shop"\ndsn = "postgresql://watch:{SECRET}1@127.0.0.1:{shut}/shop"\n'
        f'[[service]]\nname = "api"\nurl = "http://127.0.0.1:{shut}/{SECRET}2"\nheaders_env = {{ X-Token = "TOKEN" }}\n'
    )
    environment = clean_environment(TOKEN=f"{SECRET}2")
    for arguments in (
        ("check",),
        ("check", "--json"),
        ("board",),
        ("board", "--json"),
        ("doctor",),
        ("doctor", "--json"),
    ):
        done = watchfloor(*arguments, cwd=configured(tmp_path, text), environment=environment)
        assert done.stdout, done.stderr
        assert SECRET not in done.stdout + done.stderr


def test_a_bug_is_told_without_secrets_and_never_as_a_verdict(tmp_path: Path) -> None:
    program = (
        "from collectors.base import Secret\nfrom ops.redact import remember\nfrom tui.cli import entry, settings\n"
        f"remember(Secret('{SECRET}'))\n"
        f"def broken(named): raise ZeroDivisionError('{SECRET}')\n"
        "import tui.cli.check as check\ncheck.load_config = broken\nraise SystemExit(entry.run(['check']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 70
    assert "ZeroDivisionError: ***" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param(("chek",), 'there is no command "chek"; did you mean "check"?', id="an unknown command"),
        pytest.param(
            ("check", "--jsn"), "unrecognized arguments: --jsn; see `watchfloor check --help`", id="an unknown option"
        ),
        pytest.param(("check", "--js"), "unrecognized arguments: --js", id="half an option"),
        pytest.param(("completion",), "shell; see `watchfloor completion --help`", id="a missing word"),
        pytest.param(("completion", "ksh"), "invalid choice: 'ksh'", id="an unknown shell"),
        pytest.param(
            (), "standard output is not a terminal; for a pass without a screen: watchfloor check", id="no screen"
        ),
        pytest.param(("--config", "x"), "standard output is not a terminal", id="no screen, with a config"),
        pytest.param(("\x1b[2J",), "there is no command", id="a hostile word"),
    ],
)
def test_wrong_use_ends_with_64_and_one_sentence(arguments: tuple[str, ...], told: str, tmp_path: Path) -> None:
    done = watchfloor(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (64, "")
    assert told in done.stderr
    assert "\x1b" not in done.stderr
    assert done.stderr.count("\n") == 1


def test_help_and_version_end_well(tmp_path: Path) -> None:
    assert watchfloor("--version", cwd=tmp_path).stdout == f"watchfloor {version('watchfloor')}\n"
    whole = watchfloor("--help", cwd=tmp_path)
    assert whole.returncode == 0
    for name in ("check", "board", "init", "doctor", "demo", "completion"):
        assert f"\n    {name} " in whole.stdout
        done = watchfloor(name, "--help", cwd=tmp_path)
        assert done.returncode == 0
        assert "examples:\n  " in done.stdout


def test_a_reader_that_goes_away_is_silent_and_changes_no_verdict(tmp_path: Path, shut: int) -> None:
    folder = configured(tmp_path, tcp("gone", shut))
    for arguments, status in ((("check",), 2), (("board", "--json"), 0), (("--help",), 141)):
        read, write = os.pipe()
        os.close(read)
        done = subprocess.run(
            [sys.executable, "-m", "tui", *arguments],
            cwd=folder, env=clean_environment(), stdout=write, stderr=subprocess.PIPE, timeout=LIMIT_S, check=False,
        )  # fmt: skip
        os.close(write)
        assert (done.returncode, done.stderr) == (status, b"")


def test_a_full_disk_under_the_output_is_told(tmp_path: Path, shut: int) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "tui", "check"], cwd=configured(tmp_path, tcp("gone", shut)),
            env=clean_environment(), stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 73
    assert "No space left on device" in done.stderr


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({}, id="cron's empty environment"),
        pytest.param({"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}, id="a terminal without UTF-8"),
    ],
)
def test_it_works_in_a_bare_environment(more: dict[str, str], tmp_path: Path, listening: int) -> None:
    environment = {"PYTHONPATH": str(ROOT), **more}
    done = watchfloor("check", cwd=configured(tmp_path, tcp("dβ", listening)), environment=environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert "tcp:d" in done.stdout
    if more:
        assert done.stdout.isascii()


def test_colour_is_for_terminals_that_want_it(tmp_path: Path, listening: int) -> None:
    folder = configured(tmp_path, tcp("db", listening))
    assert "\x1b[32m" in _on_a_terminal(folder, TERM="xterm")
    assert "\x1b" not in _on_a_terminal(folder, TERM="xterm", NO_COLOR="1")
    assert "\x1b" not in _on_a_terminal(folder, TERM="dumb")


def _on_a_terminal(folder: Path, **more: str) -> str:
    ours, theirs = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "tui", "check"], cwd=folder, env=clean_environment(**more), stdout=theirs, check=False
    )
    assert done.returncode == 0
    shown = os.read(ours, 10_000).decode()
    os.close(ours)
    os.close(theirs)
    return shown


@pytest.mark.parametrize(
    "arguments", [["check"], ["board", "--json"], ["doctor"], ["init", "--force"], ["completion", "zsh"]]
)
def test_no_command_loads_the_screen(arguments: list[str], tmp_path: Path, listening: int) -> None:
    program = (
        "import sys\nfrom tui.cli.entry import run\n"
        f"status = run({arguments!r})\n"
        "loaded = {'textual', 'rich', 'plotext'} & sys.modules.keys()\n"
        "print(f'{status} {sorted(loaded)}', file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=configured(tmp_path, tcp("db", listening)),
        env=clean_environment(), capture_output=True, text=True, timeout=LIMIT_S, check=True,
    )  # fmt: skip
    assert done.stderr.endswith("0 []\n")


def test_the_entry_itself_loads_next_to_nothing(tmp_path: Path) -> None:
    program = "import sys\nimport tui.__main__\nprint({'argparse', 'asyncio', 'msgspec', 'ops'} & sys.modules.keys())"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "set()\n"
