"""Commands: real monitoring plugins compared with their own words, and scripts that behave badly."""

import asyncio
import os
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from collectors.base import Poll, Secret
from collectors.exec import Exec, ExecConfig
from collectors.units import Duration
from ops.config.decode import decode
from ops.config.problems import ConfigError
from tests.parts import servers
from tests.parts.need import need
from tests.parts.polled import facts, first, poll
from tests.parts.scripted_programs import alive, program
from tests.parts.servers import running
from tests.parts.wait import until_async

_PLUGINS = Path("/usr/lib/nagios/plugins")


def collector(*command: str, secrets: dict[str, Secret] | None = None, **settings: Any) -> Exec:
    return Exec(ExecConfig(name="test", command=command, **settings), secrets or {})


async def run(*command: str, **settings: Any) -> Poll:
    return await poll(collector(*command, **settings))


def plugin(name: str) -> str:
    file = _PLUGINS / name
    need(file.exists(), f"{name} of monitoring-plugins")
    return str(file)


def own_words(*command: str) -> tuple[int, str, dict[str, float]]:
    """What a plugin says by itself: exit code, its line, and its figures by label, without their units."""
    told = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    line, _, data = told.stdout.split("\n")[0].partition("|")
    pairs = (field.split("=") for field in data.split())
    figures = {label: float(value.split(";")[0].rstrip("sBm%")) for label, value in pairs}
    return told.returncode, line.strip(), figures


@pytest.mark.parametrize(
    ("command", "close_to"),
    [
        pytest.param(("check_disk", "-w", "1%", "-c", "0%", "-p", "/"), {"perf./_bytes": ("/", 0.2)}, id="a disk"),
        pytest.param(
            ("check_load", "-w", "900,900,900", "-c", "999,999,999"), {"perf.load15": ("load15", 0.3)}, id="load"
        ),
        pytest.param(("check_procs", "-w", "1:9999"), {"perf.procs": ("procs", 0.5)}, id="processes"),
        pytest.param(("check_file_age", "-f", "/etc/passwd"), {"perf.size_bytes": ("size", 0.0)}, id="a file's age"),
        pytest.param(("check_users", "-w", "500", "-c", "900"), {"perf.users": ("users", 0.5)}, id="users"),
    ],
)
async def test_a_real_plugins_figures_are_told_as_it_tells_them(
    command: tuple[str, ...], close_to: dict[str, tuple[str, float]]
) -> None:
    whole = (plugin(command[0]), *command[1:])
    code, _, figures = await asyncio.to_thread(own_words, *whole)
    found = facts(await run(*whole))
    assert found["exit_code"] == code
    for fact, (label, off) in close_to.items():
        assert found[fact] == pytest.approx(figures[label], rel=off, abs=2 if off else 0)


@pytest.mark.parametrize("code", [0, 1, 2, 3])
async def test_every_state_of_a_real_plugin(code: int) -> None:
    whole = (plugin("check_dummy"), str(code), "hello there")
    found = facts(await run(*whole))
    assert (found["exit_code"], found["output"]) == (await asyncio.to_thread(own_words, *whole))[:2]


async def test_a_real_plugin_sees_a_server_go_and_come() -> None:
    async with running(servers.hang) as server:
        reader = collector(plugin("check_tcp"), "-H", "127.0.0.1", "-p", str(server.port), "-t", "5")
        found = facts(await poll(reader))
        assert (found["exit_code"], str(found["output"])[:6]) == (0, "TCP OK")
        assert isinstance(found["perf.time_s"], float)
        assert 0 < found["perf.time_s"] < 5
    gone = facts(await poll(reader))
    assert (gone["exit_code"], "refused" in str(gone["output"])) == (2, True)


async def test_texts_hold_the_long_output_the_ranges_and_what_went_to_the_other_output(tmp_path: Path) -> None:
    path = program(tmp_path, "check", "printf 'DISK OK | /=5MB;6;7\\nmore\\nlines | /b=1MB\\n'; echo oh >&2")
    own = first(await run(path))
    assert own.facts["output"] == "DISK OK"
    assert (own.facts["perf./_bytes"], own.facts["perf./b_bytes"]) == (5 * 2**20, 2**20)
    assert dict(own.texts) == {"output": "DISK OK\nmore\nlines ", "ranges": "/: warning 6, critical 7", "errors": "oh"}


@pytest.mark.parametrize(
    ("script", "code", "output"),
    [
        pytest.param("exit 126", 126, None, id="not runnable"),
        pytest.param("/no/such/thing", 127, "/tmp", id="not there"),
        pytest.param("kill -SEGV $$", -11, None, id="it crashes"),
        pytest.param("echo only here >&2; exit 2", 2, "only here", id="it writes to the other output alone"),
        pytest.param("printf '\\n\\nOK after blanks\\n'", 0, "OK after blanks", id="blank lines first"),
        pytest.param(r"printf 'A\033[2J\033]52;c;ZXZpbA==\a\342\200\256B'", 0, "A␛[2J␛]52;c;ZXZpbA==␇�B", id="escapes"),
        pytest.param("echo '| a=1'", 0, "| a=1", id="figures without a line"),
    ],
)
async def test_scripts_that_behave_badly(script: str, code: int, output: str | None, tmp_path: Path) -> None:
    found = facts(await run(program(tmp_path, "check", script)))
    assert found["exit_code"] == code
    said = found["output"]
    if script.startswith("/no"):
        assert "not found" in str(said)
    else:
        assert said == output


async def test_binary_output_is_inert_and_bounded(tmp_path: Path) -> None:
    own = first(await run(program(tmp_path, "check", "head -c 10000000 /dev/urandom; exit 1")))
    assert own.facts["exit_code"] == 1
    assert "it wrote more than is kept, so the end is missing" in own.hints
    texts = [str(value) for value in own.facts.values()] + list(own.texts.values())
    assert all(line.isprintable() for text in texts for line in text.split("\n"))
    assert sum(map(len, texts)) < 300_000


async def test_one_that_hangs_is_ended_with_its_group(tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    path = program(tmp_path, "check_slow", f"(echo $BASHPID; exec sleep 600) & echo $! > {mark}; wait")
    began = time.monotonic()
    told = await run(path, timeout=Duration(0.5))
    assert time.monotonic() - began < 10
    assert (told.outcome, told.reason) == ("failed", "timeout")
    assert told.error == "no answer within 0.5 s while running check_slow"
    pid = int(await asyncio.to_thread(mark.read_text))
    await until_async(lambda: not alive(pid), "its child to end")


async def test_one_that_forks_and_holds_the_pipe_gives_its_verdict(tmp_path: Path) -> None:
    own = first(await run(program(tmp_path, "check", "sleep 600 & echo OK; exit 0")))
    assert (own.facts["exit_code"], own.facts["output"]) == (0, "OK")
    assert own.hints == ("it left something running that kept its output open; that was ended",)


async def test_a_command_that_is_no_plugin_has_no_figures(tmp_path: Path) -> None:
    path = program(tmp_path, "backup", "echo; echo 'a | b=1'; exit 5")
    assert facts(await run(path, plugin=False)) | {"took_s": 0} == {"exit_code": 5, "took_s": 0, "output": "a | b=1"}


async def test_it_gets_its_folder_its_variables_and_its_secrets(tmp_path: Path) -> None:
    (tmp_path / "word").write_text("s3cret-word")
    reader = collector(
        "sh",
        "-c",
        'echo "$PWD $SHOP ${#PGPASSWORD} ${OTHER-none}"; test "$PGPASSWORD" = "$(cat word)"',
        folder=str(tmp_path),
        environment={"SHOP": "a b"},
        environment_env={"PGPASSWORD": "X"},
        secrets={"environment.PGPASSWORD": Secret("s3cret-word")},
        plugin=False,
    )
    found = facts(await poll(reader))
    assert (found["exit_code"], found["output"]) == (0, f"{os.path.abspath(tmp_path)} a b 11 none")  # noqa: ASYNC240
    assert "s3cret-word" not in repr(reader.config)


async def test_a_plugin_that_is_not_there_fails_with_the_way_out() -> None:
    told = await run("/usr/lib/nagios/plugins/check_none")
    assert (told.outcome, told.reason, told.remedy) == ("failed", "missing", "install it, or correct its path")


def _problems(toml: str) -> str:
    with pytest.raises(ConfigError) as caught:
        decode(toml, "f.toml")
    return "\n".join(map(str, caught.value.problems))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        pytest.param(
            'command = "check_disk -w 20%"',
            'command must be a list, since no shell takes a text apart: command = ["check_disk", "an argument"',
            id="a shell's line",
        ),
        pytest.param("command = []", "command is empty", id="nothing"),
        pytest.param('command = [""]', "command is empty", id="an empty name"),
        pytest.param('command = ["a", 1]', "text in quotes", id="a number among the arguments"),
        pytest.param('command = ["a\\u0000b"]', "NUL", id="a NUL"),
        pytest.param('command = ["a"]\nenvironment = { "A B" = "x" }', "cannot be the name of a variable", id="a name"),
        pytest.param("plugin = true", "is missing", id="no command"),
    ],
)
def test_what_is_no_command_is_refused(line: str, words: str) -> None:
    assert words in _problems(f'[[exec]]\nname = "x"\n{line}\n')


def test_a_bare_number_as_the_command_is_refused() -> None:
    assert "command" in _problems('[[exec]]\nname = "x"\ncommand = 5\n')
