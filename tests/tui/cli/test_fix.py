"""`watchfloor fix` as people and scripts run it, against a real service that a real command mends."""

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.actions.base import Param
from tests.parts.command import clean_environment, watchfloor
from tests.parts.fixes import offer
from tests.parts.servers import free_port
from tests.parts.wait import until
from tui.cli.fix_run import meant

SERVE = """
import http.server, os, sys
class Api(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if os.path.exists("mended") else 503)
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *words):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Api)
print("ready", flush=True)
server.serve_forever()
"""
TOML = """
[watchfloor]
name = "fixing"
{settings}

[[service]]
name = "api"
url = "http://127.0.0.1:{port}/"
interval = "250ms"
timeout = "2s"

[[tcp]]
name = "port"
host = "127.0.0.1"
port = {port}

[[slo]]
service = "api"
objective = 99

[store]
path = "store"

[[fix]]
name = "mend"
about = "mend the api"
when = {{ service = "api", state = "down" }}
run = {{ kind = "command", argv = ["touch", "mended"], folder = "{folder}" }}
verify = {{ service = "api", within = "10s" }}

[[fix]]
name = "vain"
when = {{ service = "api" }}
run = {{ kind = "command", argv = ["echo", "{{word}}"], params = {{ word = {{ title = "a word" }} }} }}
verify = {{ within = "1s" }}

[[fix]]
name = "broken"
when = {{ service = "api" }}
run = {{ kind = "command", argv = ["false"] }}

[[fix]]
name = "slow"
when = {{ service = "api" }}
run = {{ kind = "command", argv = ["sleep", "60"] }}
"""


@pytest.fixture
def api(tmp_path: Path) -> Iterator[int]:
    """The port of a service that is down until the file "mended" is beside it."""
    port = free_port()
    serving = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(port)], cwd=tmp_path, stdout=subprocess.PIPE, text=True
    )
    assert serving.stdout is not None
    assert serving.stdout.readline() == "ready\n"
    configure(tmp_path, port)
    yield port
    serving.kill()
    serving.wait()
    serving.stdout.close()


def configure(folder: Path, port: int, settings: str = "") -> None:
    (folder / "watchfloor.toml").write_text(TOML.format(settings=settings, port=port, folder=folder))


def fix(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return watchfloor("fix", *words, cwd=folder, environment=clean_environment(XDG_STATE_HOME=str(folder / "state")))


def everything(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_list_says_what_fits_why_how_it_did_and_what_it_costs(tmp_path: Path, api: int) -> None:
    done = fix(tmp_path, "list", "--row", "service:*")
    assert (done.returncode, done.stderr) == (0, "")
    head, *lines = done.stdout.splitlines()
    assert head.split() == ["row", "fix", "why", "record", "price"]
    assert [line.split()[1] for line in lines] == ["broken", "mend", "slow", "vain"]
    assert "mend · mend the api (now: answers 503)" in lines[1]
    assert "never tried here" in lines[1]
    found = json.loads(fix(tmp_path, "list", "--json").stdout)
    assert {one["offer"]["fix"] for one in found} == {"mend", "vain", "broken", "slow"}


@pytest.mark.parametrize(
    ("given", "title"),
    [
        pytest.param({}, "one session", id="the best of them where nothing was given"),
        pytest.param({"longer_than": "5m"}, "idle ones", id="the best that takes what was given"),
        pytest.param({"longer_than": "5m", "what": "queries"}, "queries", id="not one that says something else"),
    ],
)
def test_of_several_ways_on_one_row_that_is_meant_which_takes_what_was_given(given: dict[str, str], title: str) -> None:
    session, longer = Param(name="session", title="which"), Param(name="longer_than", title="longer than")
    ways = (
        offer(title="one session", ask=(session,)),
        offer(title="idle ones", params={"what": "idle"}, ask=(longer,)),
        offer(title="queries", params={"what": "queries"}, ask=(longer,)),
    )
    assert meant(ways, "end sessions", given).title == title


def test_a_dry_run_shows_the_plan_and_changes_nothing(tmp_path: Path, api: int) -> None:
    before = everything(tmp_path)
    done = fix(tmp_path, "mend", "--dry-run")
    assert done.returncode == 0
    assert f"  $ touch mended   (in {tmp_path})" in done.stdout.splitlines()
    assert "service:api good again within 10 s (service.reach), now down: answers 503" in done.stdout
    plan = json.loads(fix(tmp_path, "mend", "--dry-run", "--json").stdout)
    assert plan["steps"] == [{"kind": "call", "text": f"touch mended   (in {tmp_path})"}]
    assert everything(tmp_path) == before


def test_what_a_right_denies_is_told_on_a_line_of_its_own(tmp_path: Path, api: int) -> None:
    with (tmp_path / "watchfloor.toml").open("a") as file:
        file.write('\n[[right]]\neffect = "deny"\nactions = ["command"]\n')
    done = fix(tmp_path, "mend", "--dry-run")
    assert done.returncode == 0
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("  denied")]
    assert line.endswith("may not use command on service:api: the 1st [[right]] denies it")
    head, *lines = fix(tmp_path, "list").stdout.splitlines()
    assert head.split()[-1] == "refused"
    assert all(line.endswith("the 1st [[right]] denies it") for line in lines)


def test_from_the_fault_to_the_verified_fix_and_its_record(tmp_path: Path, api: int) -> None:
    done = fix(tmp_path, "mend", "--yes")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert f"$ touch mended   (in {tmp_path})" in lines
    assert "# service:api: good (2 of 2 good)" in lines
    assert lines[-1].startswith("job 1: verified: service:api is good again, ")
    (job,) = json.loads(fix(tmp_path, "history", "--json").stdout)
    assert (job["verdict"], job["request"]["by"]["via"]) == ("verified", "command")
    assert "verified" in fix(tmp_path, "history").stdout.splitlines()[1]
    assert "verified" in fix(tmp_path, "history", "--last", "0").stdout.splitlines()[1]
    shown = fix(tmp_path, "show", "1")
    assert f"$ touch mended   (in {tmp_path})" in shown.stdout.splitlines()
    assert fix(tmp_path, "show", "1", "--follow").returncode == 0
    again = fix(tmp_path, "mend", "--yes")
    assert (again.returncode, "service:api is up" in again.stderr) == (3, True)
    assert "1 of 1 worked" in fix(tmp_path, "mend", "api", "--dry-run").stdout


def test_what_ran_but_is_not_fixed_ends_with_1_and_what_failed_with_2(tmp_path: Path, api: int) -> None:
    done = fix(tmp_path, "vain", "--set", "word=hello", "--yes")
    assert done.returncode == 1
    assert "  hello" in done.stdout.splitlines()
    assert "unverified: it ran, but service:api is not good after 1 s: down: answers 503" in done.stdout
    failed = fix(tmp_path, "broken", "--yes", "--json")
    assert failed.returncode == 2
    assert json.loads(failed.stdout)["verdict"] == "failed"
    assert "0 of 1 worked" in fix(tmp_path, "list").stdout
    assert "the last try ran, but it was not fixed" in fix(tmp_path, "vain", "--set", "word=x", "--dry-run").stdout


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        pytest.param(("mend",), 3, "nobody is there to say yes", id="without a terminal it needs --yes"),
        pytest.param(("mend", "service:gone", "--yes"), 64, 'no row is called "service:gone"', id="no such row"),
        pytest.param(("mend", "port", "--yes"), 3, "mend does not fit tcp:port, which is up", id="another's row"),
        pytest.param(("mind", "--yes"), 64, 'did you mean "mend"?', id="no such fix"),
        pytest.param(
            ("nosuch",), 64, '"nosuch"; `watchfloor fix list --all` shows what there is\n', id="nothing like any fix"
        ),
        pytest.param(("vain", "--yes"), 64, "say a word with --set word=", id="a parameter is missing"),
        pytest.param(("vain", "--set", "word=-rf", "--yes"), 3, "does not match", id="a value like an option"),
        pytest.param(("vain", "--set", "wort=x"), 64, 'did you mean "word"?', id="no such parameter"),
        pytest.param(("vain", "--set", "word"), 64, "is no NAME=VALUE", id="no value"),
        pytest.param(("mend", "--wait", "soon"), 64, "--wait: ", id="no time"),
        pytest.param(("show", "7"), 64, "there is no job 7", id="no such job"),
        pytest.param(("history", "--last", "-3"), 64, "-3 is no number of jobs", id="fewer than no jobs"),
        pytest.param(("cancel",), 64, "say which job", id="no number"),
        pytest.param(("show", "9" * 5000), 64, "say which job", id="a number beyond all numbers"),
    ],
)  # fmt: skip
def test_what_is_not_done_is_told(tmp_path: Path, api: int, words: tuple[str, ...], status: int, said: str) -> None:
    done = fix(tmp_path, *words)
    assert done.returncode == status
    assert said in done.stderr
    assert not (tmp_path / "mended").exists()


@pytest.mark.parametrize(
    ("settings", "confirm", "status", "said"),
    [
        pytest.param('environment = "production"', (), 3, "this needs its name: api", id="no name in production"),
        pytest.param('environment = "production"', ("--confirm", "apj"), 3, "typed wrong", id="a wrong name"),
        pytest.param('environment = "production"', ("--confirm", "api"), 0, "", id="the right name"),
        pytest.param("read_only = true", (), 3, "read-only", id="read-only"),
    ],
)
def test_production_asks_for_the_name_and_read_only_for_nothing(
    tmp_path: Path, api: int, settings: str, confirm: tuple[str, ...], status: int, said: str
) -> None:
    configure(tmp_path, api, settings)
    done = fix(tmp_path, "mend", "--yes", *confirm)
    assert (done.returncode, said in done.stderr) == (status, True)
    assert (tmp_path / "mended").exists() == (status == 0)


@pytest.mark.parametrize(
    ("typed", "status"),
    [pytest.param("y", 0, id="yes"), pytest.param("", 3, id="enter is no"), pytest.param("\x04", 3, id="end of input")],
)
def test_on_a_terminal_it_asks_and_no_is_the_default(tmp_path: Path, api: int, typed: str, status: int) -> None:
    ours, theirs = pty.openpty()
    asking = subprocess.Popen(
        [sys.executable, "-m", "tui", "fix", "mend"],
        cwd=tmp_path,
        env=clean_environment(XDG_STATE_HOME=str(tmp_path / "state")),
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(theirs)
    os.write(ours, (typed if typed == "\x04" else typed + "\n").encode())
    _, said = asking.communicate(timeout=30)
    os.close(ours)
    assert "do it? [y/N] " in said
    assert (asking.returncode, (tmp_path / "mended").exists()) == (status, status == 0)


def test_ctrl_c_lets_go_of_the_job_which_another_command_ends(tmp_path: Path, api: int) -> None:
    going = subprocess.Popen(
        [sys.executable, "-m", "tui", "fix", "slow", "--yes"],
        cwd=tmp_path,
        env=clean_environment(XDG_STATE_HOME=str(tmp_path / "state")),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert going.stdout is not None
    while not going.stdout.readline().startswith("$ sleep 60"):
        assert going.poll() is None
    going.send_signal(signal.SIGINT)
    _, said = going.communicate(timeout=20)
    assert going.returncode == 130
    assert "job 1 goes on; `watchfloor fix show 1 --follow` shows it" in said
    held = fix(tmp_path, "mend", "--yes")
    assert (held.returncode, "being fixed by" in held.stderr) == (3, True)
    configure(tmp_path, api, "read_only = true")
    refused = fix(tmp_path, "cancel", "1")
    assert (refused.returncode, "read-only" in refused.stderr) == (3, True)
    assert json.loads(fix(tmp_path, "show", "1", "--json").stdout)["job"]["state"] == "running"
    configure(tmp_path, api)
    assert fix(tmp_path, "cancel", "1").returncode == 0

    def ended() -> bool:
        return bool(json.loads(fix(tmp_path, "show", "1", "--json").stdout)["job"]["verdict"] == "cancelled")

    until(ended, "the job to be cancelled", 15)
    assert fix(tmp_path, "cancel", "1").returncode == 3


def test_of_two_that_start_the_same_at_once_one_runs_and_one_is_told_who_holds_it(tmp_path: Path, api: int) -> None:
    both = [
        subprocess.Popen(
            [sys.executable, "-m", "tui", "fix", "slow", "--yes"],
            cwd=tmp_path,
            env=clean_environment(XDG_STATE_HOME=str(tmp_path / "state")),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(2)
    ]
    until(lambda: any(one.poll() is not None for one in both), "one of them to be refused", 20)
    (refused,) = [one for one in both if one.poll() is not None]
    said, _ = refused.communicate()
    assert (refused.returncode, "being fixed by" in said) == (3, True)
    jobs = json.loads(fix(tmp_path, "history", "--json").stdout)
    (runs,) = [job["id"] for job in jobs if job["state"] != "ended"]
    assert fix(tmp_path, "cancel", str(runs)).returncode == 0
    (winner,) = [one for one in both if one is not refused]
    winner.communicate(timeout=20)
    assert winner.returncode == 2
