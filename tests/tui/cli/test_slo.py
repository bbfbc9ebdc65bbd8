"""`watchfloor slo`, as cron, CI and people use it: a history in a folder, words, files and exit statuses."""

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from ops.config.load import load
from ops.store.about import about
from ops.store.opening import open_store
from tests.parts.command import LIMIT_S, clean_environment, watchfloor
from tests.parts.promised import HOUR, MINUTE, counted, fill, steady

SLO = """[[slo]]
service = "api"
objective = 99.9
errors = 0.5
window = "2d"
latency = { p50 = "200ms", p95 = "500ms" }
"""
FLOOR = (
    '[watchfloor]\nname = "shop"\n[store]\npath = "history"\n[[service]]\nname = "api"\nurl = "http://127.0.0.1:1/"\n'
)


@pytest.fixture
def floor(tmp_path: Path) -> Path:
    """A folder with a config, and nothing recorded."""
    (tmp_path / "watchfloor.toml").write_text(FLOOR + SLO)
    return tmp_path


@pytest.fixture
def recorded(floor: Path) -> Path:
    """The same with four hours recorded, of which two minutes failed."""
    now = time.time()
    store = open_store(floor / "history")
    fill(store, steady(now - 4 * HOUR, now - MINUTE, [(now - 2 * HOUR, now - 2 * HOUR + 2 * MINUTE)]))
    store.close()
    return floor


def test_without_a_history_it_says_so_and_how_to_get_one(floor: Path) -> None:
    for command in ("check", "report"):
        done = watchfloor("slo", command, cwd=floor)
        assert done.returncode == 3, done.stderr
        assert "nothing was recorded yet" in done.stderr
        assert "watchfloor slo monitor" in done.stderr
        assert "NO DATA" in done.stdout
        assert command == "report" or done.stdout.startswith("NO DATA: 4 objectives\n")
    assert not (floor / "history").exists(), "looking leaves nothing behind"


def test_check_tells_each_objective_and_ends_with_2_when_one_is_breached(recorded: Path) -> None:
    done = watchfloor("slo", "check", cwd=recorded)
    assert done.returncode == 2, done.stdout + done.stderr
    head, *lines = done.stdout.splitlines()
    assert head == "FAIL: 2 BREACHED, 2 OK"
    assert [line.split()[2:4] for line in lines] == [["api", kind] for kind in ("availability", "errors", "p50", "p95")]
    assert lines[0].startswith("● BREACHED")
    assert lines[2].startswith("✓ OK")
    told = json.loads(watchfloor("slo", "check", "--json", cwd=recorded).stdout)
    assert told["status"] == "breached"
    assert [one["status"] for one in told["objectives"]] == ["breached", "breached", "met", "met"]
    assert told["objectives"][0]["bad"] == 10


def test_a_service_that_nobody_asked_is_told_apart_from_one_that_nobody_watched(floor: Path) -> None:
    now, store = time.time(), open_store(floor / "history")
    fill(store, [(now - MINUTE * ago, counted(0)) for ago in range(90, 0, -1)])
    store.close()
    done = watchfloor("slo", "check", cwd=floor)
    assert done.returncode == 3, done.stdout + done.stderr
    assert "no traffic" in done.stdout.splitlines()[1]
    assert "known 1h30m of 2 d" in done.stdout
    assert "  SLI: no traffic\n" in watchfloor("slo", "report", cwd=floor).stdout


def test_check_ends_with_0_when_all_is_met(recorded: Path) -> None:
    (recorded / "watchfloor.toml").write_text(FLOOR + '[[slo]]\nservice = "api"\nobjective = 99\nwindow = "2d"\n')
    done = watchfloor("slo", "check", cwd=recorded)
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "PASS: 1 OK")


def test_a_window_and_a_moment_can_be_chosen(recorded: Path) -> None:
    done = watchfloor("slo", "check", "--window", "1h", cwd=recorded)
    assert done.returncode == 0, "the outage is two hours ago"
    assert "1 h" in done.stdout
    before = watchfloor("slo", "check", "--at", "-3h", cwd=recorded)
    assert before.returncode == 0, before.stdout + before.stderr
    assert watchfloor("slo", "check", "--at=-1h", cwd=recorded).returncode == 2


def test_the_report_in_every_format_and_in_a_file(recorded: Path) -> None:
    shown = watchfloor("slo", "report", cwd=recorded)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout.startswith("SERVICE LEVEL OBJECTIVE REPORT\n")
    assert "\x1b" not in shown.stdout
    told = json.loads(watchfloor("slo", "report", "--format", "json", cwd=recorded).stdout)
    assert told["slos"][0]["objectives"][0]["budget"]["bad"] == 10
    assert told["slos"][0]["objectives"][0]["spells"][0]["bad"] == 10
    for form, begins in (("md", "# Service"), ("csv", "slo,objective"), ("json", "{"), ("text", "SERVICE")):
        out = recorded / f"report.{form}"
        out.write_text("from yesterday")
        done = watchfloor("slo", "report", "--format", form, "--out", str(out), cwd=recorded)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        assert out.read_text("utf-8").startswith(begins)


def test_a_report_without_utf8_is_plain(recorded: Path) -> None:
    plain = clean_environment(LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0", LANG="C")
    done = watchfloor("slo", "report", cwd=recorded, environment=plain)
    assert done.stdout.isascii()
    assert "?" not in done.stdout
    assert "X BREACHED" in done.stdout


@pytest.mark.parametrize("out", [".", "missing/report.md", "/dev/null"])
def test_what_can_not_be_written_is_told_and_nothing_is_lost(recorded: Path, out: str) -> None:
    done = watchfloor("slo", "report", "--out", out, cwd=recorded)
    assert done.returncode == 73
    assert done.stderr.count("\n") == 1
    assert sorted(path.name for path in recorded.iterdir()) == ["history", "watchfloor.toml"]
    assert Path("/dev/null").is_char_device()


def test_a_correction_is_entered_listed_and_undone(recorded: Path) -> None:
    options = ("--from", "-130m", "--to", "-110m", "--reason", "the load test")
    done = watchfloor("slo", "correct", "api", *options, cwd=recorded)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("#1  api  20")
    assert "the load test" in done.stdout
    assert re.search(r"\ntakes out \S+:00\S* to \S+:00\S*, whole minutes: 10[05] events\n", done.stdout)
    assert watchfloor("slo", "check", cwd=recorded).returncode == 0
    report = watchfloor("slo", "report", cwd=recorded).stdout
    assert "20m taken out" in report or "21m taken out" in report
    assert "#1  api" in report
    assert watchfloor("slo", "undo", "1", cwd=recorded).returncode == 0
    assert watchfloor("slo", "check", cwd=recorded).returncode == 2
    (listed,) = json.loads(watchfloor("slo", "corrections", "--json", cwd=recorded).stdout)
    assert (listed["id"], listed["slo"], listed["reason"]) == (1, "api", "the load test")
    assert listed["undone_at"] > listed["entered_at"]
    again = watchfloor("slo", "undo", "1", cwd=recorded)
    assert again.returncode == 70
    assert "undone already" in again.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        pytest.param(("check", "--slo", "apii"), 'no SLO "apii"; did you mean "api"?', id="a wrong name"),
        pytest.param(("check", "--window", "7days"), "--window: '7days' is not a duration", id="a wrong length"),
        pytest.param(("check", "--window", "0s"), "--window", id="no length"),
        pytest.param(("check", "--window", "59s"), "counts are kept by minute", id="less than a minute"),
        pytest.param(("report", "--at", "3am"), '"3am" is no time; did you mean "03:00"?', id="a wrong time"),
        pytest.param(("report", "--at", "tomorrow"), "in the future", id="a time to come"),
        pytest.param(("report", "--format", "html"), "invalid choice: 'html'", id="a wrong format"),
        pytest.param(("report", "--store", "nowhere"), 'there is no store "nowhere"', id="a store that is not there"),
        pytest.param(
            ("correct", "apii", "--from", "-2h", "--to", "-1h", "--reason", "x"), "did you mean", id="a wrong SLO"
        ),
        pytest.param(
            ("correct", "api", "--from", "-1h", "--to", "-2h", "--reason", "x"), "--from is not before", id="backwards"
        ),
        pytest.param(("correct", "api", "--from", "-2h", "--to", "-1h", "--reason", " "), "--reason", id="no reason"),
        pytest.param(("correct", "api", "--from", "-2h", "--to", "-1h"), "--reason", id="the reason is missing"),
        pytest.param(("undo", "x"), "invalid int value", id="no number"),
        pytest.param((), "what", id="nothing to do"),
        pytest.param(("reprot",), "invalid choice", id="a wrong word"),
    ],
)
def test_bad_input_gets_one_sentence(recorded: Path, words: tuple[str, ...], told: str) -> None:
    done = watchfloor("slo", *words, cwd=recorded)
    assert (done.returncode, done.stdout) == (64, ""), done.stdout
    assert told in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_config_that_promises_nothing_is_told(tmp_path: Path) -> None:
    (tmp_path / "watchfloor.toml").write_text(FLOOR)
    done = watchfloor("slo", "check", cwd=tmp_path)
    assert (done.returncode, "no [[slo]]" in done.stderr) == (64, True)


def test_another_store_can_be_read_as_folder_or_file_and_without_the_config(recorded: Path) -> None:
    (recorded / "history").rename(recorded / "copied")
    for named in ("copied", "copied/history.sqlite"):
        assert watchfloor("slo", "check", "--store", named, cwd=recorded).returncode == 2
    store = open_store(recorded / "copied")
    for key, value in about(load(str(recorded / "watchfloor.toml"))).items():
        store.note(key, value)
    store.close()
    (recorded / "watchfloor.toml").write_text(FLOOR)
    assert watchfloor("slo", "check", "--store", "copied", cwd=recorded).returncode == 2, "the store tells the SLOs"


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Path]:
    """A folder with a config of a service that answers."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Page) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        text = FLOOR.replace(":1/", f":{server.server_port}/") + 'interval = "100ms"\n' + SLO
        (tmp_path / "watchfloor.toml").write_text(text)
        yield tmp_path
        server.shutdown()


@pytest.mark.parametrize("record", [True, False], ids=["into the history", "without a history"])
def test_monitor_polls_tells_each_interval_and_ends_with_the_report(served: Path, record: bool) -> None:
    config = served / "watchfloor.toml"
    config.write_text(
        config.read_text().replace('path = "history"', f'path = "history"\nrecord = {str(record).lower()}')
    )
    done = watchfloor("slo", "monitor", "--interval", "1s", "--duration", "3s", cwd=served)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    lines = done.stdout.splitlines()
    assert sum(" PASS  api availability 100%, 100.0% left" in line for line in lines) == 3
    assert "SERVICE LEVEL OBJECTIVE REPORT" in lines
    assert "PASS: 4 OK" in lines
    assert (served / "history").exists() is record
    assert watchfloor("slo", "check", cwd=served).returncode == (0 if record else 3)


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_monitor_ends_at_a_signal_with_its_report(served: Path, sign: signal.Signals) -> None:
    command = [sys.executable, "-m", "tui", "slo", "monitor", "--interval", "500ms", "--duration", "1h"]
    with subprocess.Popen(
        command, cwd=served, env=clean_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        process.send_signal(sign)
        out, err = process.communicate(timeout=LIMIT_S)
    assert "api availability" in first
    assert (process.returncode, err) == (0, "")
    assert "SERVICE LEVEL OBJECTIVE REPORT" in out


@pytest.mark.parametrize("command", ["check", "report"])
def test_a_moment_of_the_past_is_its_last_whole_minute_with_exactly_its_window(floor: Path, command: str) -> None:
    (floor / "watchfloor.toml").write_text(
        FLOOR + '[[slo]]\nservice = "api"\nobjective = 99\nlatency = { p95 = "200ms" }\n'
    )
    minute, store = time.time() // MINUTE * MINUTE - 20 * MINUTE, open_store(floor / "history")
    took = {-9: 0.304, -6: 7.0, 0: 7.0}
    course = [(minute + MINUTE * place + 1, counted(10, 0, [took.get(place, 0.05)] * 10)) for place in range(-30, 10)]
    fill(store, course)
    store.close()
    told = "--json" if command == "check" else "--format=json"
    for seconds, window in ((0, 5), (40, 5), (0, 2), (59, 90)):
        words = ("--at", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(minute + seconds)), "--window", f"{window}m")
        found = json.loads(watchfloor("slo", command, *words, told, cwd=floor).stdout)
        assert found["at"] == minute
        if command == "report":
            (slo,) = found["slos"]
            assert (slo["start"], slo["end"]) == (minute - window * MINUTE, minute)
            budgets = [one["budget"] for one in slo["objectives"]]
        else:
            budgets = found["objectives"]
        known = min(window, 30)
        assert [one["total"] for one in budgets] == [10 * known] * 2
        assert [one["known_s"] for one in budgets] == [known * MINUTE - (window > 30)] * 2, "it began a second late"
        assert budgets[1]["bad"] == (20 if window > 9 else 0)
        said = watchfloor("slo", command, *words, cwd=floor).stdout
        at = time.strftime("%Y-%m-%dT%H:%M:00+00:00", time.gmtime(minute))
        assert (f", as of {at}" if command == "check" else f"Timestamp: {at}") in said.replace("Z", "+00:00")
