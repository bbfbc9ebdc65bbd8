"""`watchfloor drift` as people and scripts run it: capture, detect, diff, summary, accept, and how each ends."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.parts.command import LIMIT_S, ROOT, clean_environment, watchfloor
from tests.parts.drift_floor import CANARY, Floor
from tests.parts.git import Repository


@pytest.fixture
def floor(tmp_path: Path) -> Floor:
    """A floor that nothing is agreed on yet."""
    return Floor(tmp_path)


@pytest.fixture
def agreed(floor: Floor) -> Floor:
    """The same with a baseline."""
    floor.say("capture")
    return floor


def test_what_is_agreed_is_no_drift_and_what_is_changed_is(floor: Floor) -> None:
    refused = floor.run("detect")
    assert refused.returncode == 1
    assert "there is no baseline yet → watchfloor drift capture makes one" in refused.stderr

    said = floor.say("capture")
    assert 'baseline "baseline": 3 items of 2 sources' in said
    assert "it is what is compared with from now on" in said
    assert "as agreed" in floor.say("detect")

    floor.write("motd", "go away\n")
    said = floor.say("detect", status=2)
    assert f"{floor.path('motd', 'text')}  changed from welcome to go away" in said
    floor.write("motd", "welcome\n")
    floor.say("detect")


def test_a_diff_is_read_line_by_line_and_says_what_puts_it_right(agreed: Floor) -> None:
    agreed.write("hosts", "127.0.0.1 localhost\n10.0.0.7 db\n")
    agreed.write("new", "x\n")
    lines = agreed.say("diff", status=2).splitlines()
    assert f"files:{agreed.folder}/etc/hosts" in lines
    assert "    + 10.0.0.7 db" in lines
    assert not any("fix:" in line for line in lines)

    said = agreed.say("diff", agreed.path("hosts"), status=2)
    assert "fix: restore" in said
    assert "[drift.restore-file]" in said
    assert "etc/new" not in said
    assert agreed.told("diff", agreed.path("hosts"), status=2)["mending"].keys() == {agreed.path("hosts", "text")}
    assert "as agreed" in agreed.say("diff", agreed.path("motd"))


def test_a_summary_counts_by_source_and_tells_of_the_last_look(agreed: Floor) -> None:
    early = agreed.run("summary", "--last")
    assert (early.returncode, "drift was not looked for yet" in early.stderr) == (1, True)
    agreed.write("hosts", "none\n")
    (agreed.folder / "shop.env").write_text(f"TOKEN={CANARY}\nDEBUG=1\n")
    told = agreed.told("summary", status=2)
    assert told["verdict"] == "drift"
    assert {name: sum(counts.values()) for name, counts in told["by_source"].items() if any(counts.values())} == {
        "env_files": 1,
        "files": 1,
    }
    agreed.write("hosts", "127.0.0.1 localhost\n")
    assert agreed.told("summary", "--last", status=2)["counts"] == told["counts"]
    assert agreed.told("summary", "--last", "--only", "git")["verdict"] == "none"
    assert agreed.told("summary", "--only", "files")["verdict"] == "none"


def test_what_is_accepted_is_expected_until_it_is_taken_back(agreed: Floor) -> None:
    agreed.write("motd", "go away\n")
    agreed.say("detect", status=2)
    assert agreed.run("accept", "files:*").returncode == 64, "without a reason"
    assert agreed.say("accept", agreed.path("motd"), "--reason", "the release").startswith("1 difference accepted")
    assert "1 expected" in agreed.say("detect")
    assert "; accepted by " in agreed.say("detect", "--all")

    agreed.write("motd", "go far away\n")
    agreed.say("detect", status=2)
    agreed.write("motd", "go away\n")
    agreed.say("detect")
    assert agreed.say("withdraw", "files:*motd").startswith("1 acceptance taken back")
    agreed.say("detect", status=2)
    assert "nothing that was accepted" in agreed.run("withdraw", "files:*").stderr


def test_baselines_are_kept_listed_compared_chosen_and_exported(agreed: Floor) -> None:
    agreed.write("motd", "friday\n")
    agreed.say("capture", "friday")
    listed = agreed.told("list")
    assert (listed["current"], [one["name"] for one in listed["baselines"]]) == ("friday", ["friday", "baseline"])
    assert agreed.told("compare", "baseline", "friday", status=2)["against"] == "friday"
    agreed.say("compare", "friday", "friday")
    agreed.say("detect")
    agreed.say("detect", "--baseline", "baseline", status=2)
    agreed.say("use", "baseline")
    agreed.say("detect", status=2)

    file = agreed.folder / "copy.toml"
    agreed.say("export", "friday", "--out", str(file))
    assert agreed.run("export", "friday", "--out", str(file)).returncode == 1, "it is there already"
    assert agreed.say("export", "friday") == file.read_text()
    agreed.say("detect", "--baseline", str(file))
    file.write_text(file.read_text().replace("friday\\n", "monday\\n").replace("friday\n", "monday\n"))
    edited = agreed.run("detect", "--baseline", str(file))
    assert (edited.returncode, "was changed by hand" in edited.stderr) == (1, True)
    agreed.say("detect", "--baseline", str(file), "--force", status=2)
    assert agreed.run("export", "--json", "--out", "x").returncode == 64
    assert [one["warning"] for one in agreed.told("history")] == [1, 0]


def test_what_was_edited_is_exported_as_it_is_and_stays_doubtful(agreed: Floor) -> None:
    (kept,) = (agreed.folder / "store" / "drift" / "baselines").glob("*.toml")
    kept.write_text(kept.read_text().replace("welcome", "go away"))
    copy = agreed.folder / "copy.toml"
    copy.write_text(agreed.say("export", "--force"))
    assert copy.read_bytes() == kept.read_bytes()
    assert "was changed by hand" in agreed.run("detect", "--baseline", str(copy)).stderr
    assert "was changed by hand" in agreed.told("export", status=1)["said"]
    assert agreed.told("list")["edited"] == ["baseline"]
    assert agreed.say("list").splitlines()[1].rstrip().endswith("changed by hand")
    refused = agreed.run("fix", "--dry-run").stderr
    assert "capture a new one, or use another" in " ".join(refused.split())


def test_what_was_compared_with_another_baseline_is_not_accepted_for_the_one_in_use(agreed: Floor) -> None:
    agreed.write("motd", "go away\n")
    agreed.say("detect", status=2)
    agreed.say("capture", "second")
    done = agreed.run("accept", "files:*", "--reason", "x")
    assert (done.returncode, "compared with another baseline" in done.stderr) == (1, True)
    agreed.say("use", "baseline")
    agreed.say("accept", "files:*", "--reason", "x")


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        pytest.param(("detect", "--only", "nosuch"), 64, 'no source of facts is called "nosuch"', id="no such source"),
        pytest.param(("detect", "foo"), 64, "arguments: foo; see `watchfloor drift detect --help`", id="a word more"),
        pytest.param(("detect", "--baseline", "nosuch"), 1, 'there is no baseline "nosuch"', id="no such baseline"),
        pytest.param(("fix", "--only", "nosuch"), 64, 'no source of facts is called "nosuch"', id="of a fix as well"),
        pytest.param(("fix", "files:/nosuch"), 64, "knows nothing that is called", id="a fix of nothing"),
        pytest.param(("diff", "files:/nosuch"), 64, "knows nothing that is called", id="a path of nothing"),
        pytest.param(("diff", "nosuch:x"), 64, 'no source of facts is called "nosuch"', id="a path of no source"),
        pytest.param(("capture", "../x"), 1, "can't be the name of a baseline", id="a name that is a path"),
        pytest.param(("accept", "files:*", "--reason", "x"), 1, "was not looked for yet", id="before the first look"),
        pytest.param(("diff", "--last", "--baseline", "x"), 64, "leave --baseline or --last out", id="both of them"),
        pytest.param(("history", "--last", "some"), 64, "is no number", id="no number"),
        pytest.param((), 64, "required", id="nothing to do"),
    ],
)
def test_what_can_not_be_is_one_sentence(agreed: Floor, words: tuple[str, ...], status: int, said: str) -> None:
    done = agreed.run(*words)
    assert (done.returncode, done.stdout) == (status, "")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_scripts_are_told_an_error_as_json_too(floor: Floor) -> None:
    assert floor.told("detect", status=1).keys() == {"verdict", "said", "remedy"}
    (floor.folder / "watchfloor.toml").write_text("[[drift]]\nname = 1\n")
    assert floor.told("detect", status=1)["verdict"] == "error"


def test_what_was_not_agreed_on_is_not_said_to_be_as_agreed(floor: Floor) -> None:
    floor.say("capture", "--only", "files")
    done = floor.run("detect", "--only", "env")
    assert (done.returncode, "knows nothing of env_files" in done.stderr) == (1, True)
    floor.say("capture", "--only", "env")
    floor.say("detect", "--only", "files,env")


def test_nothing_tells_a_value_of_the_environment(agreed: Floor) -> None:
    (agreed.folder / "shop.env").write_text(f"TOKEN={CANARY[::-1]}\nOTHER={CANARY}\n")
    for words in (("detect",), ("diff",), ("diff", "env_files:*"), ("summary", "--all"), ("history",), ("fix",)):
        for more in ((), ("--json",)):
            done = agreed.run(*words, *more)
            assert CANARY not in done.stdout + done.stderr
            assert CANARY[::-1] not in done.stdout + done.stderr
    assert CANARY not in agreed.say("export")


def test_a_config_that_is_read_only_agrees_on_nothing(agreed: Floor) -> None:
    agreed.write("motd", "x\n")
    agreed.configure("read_only = true")
    agreed.say("detect", status=2)
    writing = (("capture",), ("use", "baseline"), ("accept", "files:*", "--reason", "x"), ("withdraw", "files:*"))
    for words in writing:
        assert "read_only = true" in agreed.run(*words).stderr
    agreed.say("detect", status=2)


def test_progress_is_shown_on_a_terminal_alone(agreed: Floor) -> None:
    assert agreed.run("detect").stderr == ""
    ours, theirs = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "tui", "drift", "detect"], cwd=agreed.folder, stderr=theirs, stdin=subprocess.DEVNULL,
        env=clean_environment(TERM="xterm"), stdout=subprocess.PIPE, timeout=LIMIT_S, check=True,
    )  # fmt: skip
    os.close(theirs)
    shown = os.read(ours, 100_000).decode()
    os.close(ours)
    assert "looking 100%" in shown
    assert shown.endswith("\r\x1b[K")
    assert b"looking" not in done.stdout


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository without a config, with the Makefile of this house and an interpreter that is there already."""
    repository = Repository(tmp_path)
    (tmp_path / "Makefile").write_bytes((ROOT / "Makefile").read_bytes())
    (tmp_path / ".ci").mkdir()
    (tmp_path / ".ci" / "setup").write_text("exit 0\n")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    program = tmp_path / ".venv" / "bin" / "watchfloor"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m tui "$@"\n')
    program.chmod(0o755)
    (tmp_path / ".gitignore").write_text("/.venv\n/state\n/reports\n/.env\n")
    (tmp_path / ".env").write_text(f"TOKEN={CANARY}\n")
    (tmp_path / "compose.yaml").write_text("services:\n  web:\n    image: nginx:1.27\n")
    repository("init", "--quiet")
    repository("add", "--all")
    repository("commit", "--quiet", "--message", "first")
    (tmp_path / "reports").mkdir()
    return tmp_path


def test_the_lines_for_ci_and_cron_work_in_a_checkout_without_a_config(checkout: Path) -> None:
    own = {"XDG_STATE_HOME": str(checkout / "state"), "HOME": str(checkout), "ARGS": "--only git,env,compose"}

    def shell(line: str, **more: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["sh", "-c", line], cwd=checkout, env=clean_environment(**{**own, **more}), stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=LIMIT_S, check=False,
        )  # fmt: skip

    first = shell("make drift-capture && make drift-detect")
    assert first.returncode == 0, first.stdout + first.stderr
    assert "3 items of 3 sources" in first.stdout
    cron = shell("make drift-capture && make drift-detect > reports/drift-$(date +%Y%m%d).txt")
    assert cron.returncode == 0, cron.stderr
    assert "as agreed" in next((checkout / "reports").iterdir()).read_text()

    (checkout / ".env").write_text("TOKEN=another\n")
    (checkout / "compose.yaml").write_text("services:\n  web:\n    image: nginx:1.28\n")
    assert shell("make drift-detect").returncode == 2
    summary = shell("make drift-summary", ARGS="--json --only env")
    assert '"verdict": "drift"' in summary.stdout
    fixing = shell("AUTO_FIX=true make drift-detect")
    assert (fixing.returncode, "there is no config file" in fixing.stderr) == (2, True)

    words = ("drift", "detect", "--only", "git,env,compose", "--json")
    done = watchfloor(*words, cwd=checkout, environment=clean_environment(**own))
    assert done.returncode == 2
    sources = {one["path"].partition(":")[0] for one in json.loads(done.stdout)["differences"]}
    assert sources == {"git", "env_files", "compose"}


def test_doctor_says_whether_there_is_something_to_compare_with(floor: Floor) -> None:
    def found() -> list[tuple[str, str]]:
        done = watchfloor("doctor", "--json", cwd=floor.folder)
        return [(one["level"], one["text"]) for one in json.loads(done.stdout) if one["subject"] == "drift"]

    assert found() == [("unknown", "no baseline was captured yet")]
    floor.say("capture")
    ((level, text),) = found()
    assert (level, text.startswith('baseline "baseline" of ')) == ("ok", True)
    (baseline,) = (floor.folder / "store" / "drift" / "baselines").glob("*.toml")
    baseline.write_text(baseline.read_text().replace("welcome", "go away"))
    ((level, text),) = found()
    assert (level, "was changed by hand" in text) == ("warning", True)
