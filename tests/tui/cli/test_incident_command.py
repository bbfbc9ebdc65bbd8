"""`watchfloor incident` as a process of its own: what it tells, writes, refuses and exits with."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from ops.incidents.book import IncidentBook
from ops.incidents.standing import keep
from tests.parts.alerts import alert
from tests.parts.command import LIMIT_S, clean_environment, watchfloor
from tests.parts.incident_books import ended, opened
from tests.parts.incident_night import night


@pytest.fixture(scope="module")
def floor(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a config and one incident that is over; for those who only look."""
    folder = tmp_path_factory.mktemp("floor")
    night(folder, time.time())
    return folder


@pytest.fixture
def going_on(tmp_path: Path) -> Path:
    """A folder with two incidents that go on and one that is over."""
    (tmp_path / "watchfloor.toml").write_text('[store]\npath = "history"\n[[host]]\nname = "here"\n')
    now = time.time()
    book = IncidentBook(tmp_path / "history")
    book.add(ended("queue emails grows", at=now - 9000, lasted_s=1800))
    book.add(opened(at=now - 60))
    book.add(opened("checkout is slow", at=now - 50, priority="P3"))
    book.close()
    return tmp_path


def told(*words: str, cwd: Path) -> Any:
    """What a command says as JSON."""
    done = watchfloor("incident", *words, "--json", cwd=cwd)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return json.loads(done.stdout)


def test_the_list_has_what_goes_on_gravest_first_then_what_is_over(going_on: Path) -> None:
    done = watchfloor("incident", "list", cwd=going_on)
    head, *lines = done.stdout.splitlines()
    assert done.returncode == 0, done.stderr
    assert head.split() == ["incident", "prio", "state", "opened", "lasted", "owner", "alerts", "title"]
    assert [line.split()[:3] for line in lines] == [
        ["INC-2", "P1", "triggered"], ["INC-3", "P3", "triggered"], ["INC-1", "P2", "resolved"],
    ]  # fmt: skip
    assert [one["number"] for one in told("list", "--open", cwd=going_on)] == [2, 3]
    assert [one["number"] for one in told("list", "emails", "GROWS", cwd=going_on)] == [1]
    assert watchfloor("incident", "list", "nothing", cwd=going_on).stdout == "no incident is called so\n"


def test_looking_leaves_nothing_behind_and_says_how_incidents_begin(tmp_path: Path) -> None:
    (tmp_path / "watchfloor.toml").write_text('[store]\npath = "history"\n[[host]]\nname = "here"\n')
    for words in (("list",), ("report",), ("export",)):
        done = watchfloor("incident", *words, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert "nothing was looked at yet" in done.stderr
    assert not (tmp_path / "history").exists()


def test_what_was_ended_while_it_fired_says_so(going_on: Path) -> None:
    book = IncidentBook(going_on / "history")
    fires = {one.key: replace(one, incident=2) for one in (alert(), alert("postgres:shop"))}
    with book.transaction() as connection:
        keep(connection, ({}, {}), (fires, dict.fromkeys(fires, ())))
    book.close()

    assert "\n  but 2 alerts still fire\n" in watchfloor("incident", "resolve", "2", cwd=going_on).stdout
    (line,) = [line for line in watchfloor("incident", "list", cwd=going_on).stdout.splitlines() if "INC-2" in line]
    assert "2 of 2" in line
    shown = watchfloor("incident", "show", "2", cwd=going_on).stdout
    assert "alerts, 2 of 2 fire" in shown
    assert "critical down/service:api" in shown


def test_show_tells_all_of_one(floor: Path) -> None:
    done = watchfloor("incident", "show", "INC-1", cwd=floor)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("✓ INC-1 P1 resolved: database shop is down\n")
    for said in ("detected after 12 s, acknowledged after 2m48s", "messages, 1 of 1 delivered", "timeline, 12 moments"):
        assert said in done.stdout
    whole = told("show", "1", "--last", "2", cwd=floor)
    assert [one["kind"] for one in whole["timeline"]] == ["action-item", "action-item"]
    assert whole["clocks"]["detect_s"] == 12


def test_what_one_writes_everybody_reads(going_on: Path) -> None:
    def state() -> Any:
        return told("show", "2", cwd=going_on)["incident"]

    def do(*words: str) -> str:
        done = watchfloor("incident", *words, cwd=going_on)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "INC-2 P1 acknowledged: api is down" in do("ack", "2", "--for", "30m")
    assert state()["acked_by"]
    said = do("note", "2", "the", "pool is full")
    assert "for 30m" in said or "for 29m" in said
    assert "the note is in its timeline" in said
    assert "communication bob" in do("assign", "2", "--role", "communication", "bob")
    do("assign", "2", "carol")
    assert state()["assignee"] == "carol"
    assert "P2 " in do("severity", "2", "p2", "--why", "only checkout")
    do("title", "2", "the pool is full")
    do("link", "2", "https://wiki/pool")
    do("todo", "2", "--person", "bob", "alert on the pool", "--due", "friday")
    assert "mitigated" in do("mitigate", "2", "--text", "restarted it")
    assert "INC-4" in do("split", "2", "down/service:api")
    assert "INC-3" in do("merge", "4", "3")
    assert "false alarm" in do("resolve", "2", "--false-alarm", "--text", "the probe was wrong")
    assert "triggered" in do("reopen", "2")
    kinds = [one["kind"] for one in told("show", "2", cwd=going_on)["timeline"]][6:]
    assert kinds == ["ack", "note", "role", "assign", "priority", "title", "link", "action-item", "mitigated", "split",
                     "resolved", "reopened"]  # fmt: skip
    assert state()["reopened"] == 1


def test_what_was_merged_meanwhile_is_told_with_what_it_is_part_of(going_on: Path) -> None:
    for words in (("merge", "3", "2"), ("ack", "3"), ("note", "3", "the pool is full")):
        done = watchfloor("incident", *words, cwd=going_on)
        assert done.returncode == 0, done.stderr
    assert "INC-2 P1 acknowledged: api is down" in done.stdout
    shown = watchfloor("incident", "show", "3", cwd=going_on).stdout
    assert shown.startswith("INC-3 was merged into INC-2, which is this one\n▲ INC-2 P1 acknowledged: api is down\n")
    assert "the pool is full" in shown
    assert "checkout is slow" in shown
    assert told("show", "3", cwd=going_on)["incident"]["number"] == 2
    title, _, standing, *paper = watchfloor("incident", "postmortem", "3", cwd=going_on).stdout.splitlines()
    assert title.endswith(" - api is down")
    assert standing.startswith("INC-2, P1, acknowledged")
    assert "the pool is full" in "\n".join(paper)


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        pytest.param(("show", "9"), 70, "there is no incident 9; `watchfloor incident list`", id="not there"),
        pytest.param(("show", "api"), 64, '"api" is no incident', id="no number"),
        pytest.param(("ack", "1"), 70, "incident 1 is over since", id="an ack of what is over"),
        pytest.param(("severity", "2", "P9"), 64, 'there is no priority "P9"; it is P1, P2', id="no priority"),
        pytest.param(("severity", "2", "P1"), 70, "is P1 already", id="the priority that it has"),
        pytest.param(("split", "2", "down/x"), 70, 'has no alert "down/x"', id="an alert that it has not"),
        pytest.param(("merge", "2", "2"), 70, "can't be merged into itself", id="into itself"),
        pytest.param(("link", "2", "file:///etc/passwd"), 70, "no address of the web", id="no address"),
        pytest.param(("ack", "2", "--for", "soon"), 64, "--for", id="no length of time"),
        pytest.param(("list", "--last", "-1"), 64, "--last", id="no number of incidents"),
        pytest.param(("report", "--since", "tomorrow"), 64, "in the future", id="a time to come"),
        pytest.param(("shwo", "2"), 64, "shwo", id="no such command"),
    ],
)  # fmt: skip
def test_what_can_not_be_done_is_said_in_a_sentence(
    going_on: Path, words: tuple[str, ...], status: int, said: str
) -> None:
    done = watchfloor("incident", *words, cwd=going_on)
    assert (done.returncode, done.stdout) == (status, ""), done.stderr
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_read_only_floor_writes_nothing(going_on: Path) -> None:
    file = going_on / "watchfloor.toml"
    file.write_text(f"[watchfloor]\nread_only = true\n{file.read_text()}")
    done = watchfloor("incident", "ack", "2", cwd=going_on)
    assert done.returncode == 70
    assert "read_only = true" in done.stderr


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param("[watchfloor]\nrefresh = 7\n", id="a setting is wrong"),
        pytest.param("[watchfloor\n", id="it is no config at all"),
    ],
)
def test_a_config_that_was_broken_in_an_outage_stops_nobody_who_names_the_store(going_on: Path, broken: str) -> None:
    file = going_on / "watchfloor.toml"
    file.write_text(broken + file.read_text())
    refused = watchfloor("incident", "ack", "2", cwd=going_on)
    assert (refused.returncode, refused.stdout) == (78, "")
    assert "a monitor that runs goes on with the config it has; to go on as well: --store" in refused.stderr
    if "refresh" in broken:
        assert refused.stderr.endswith(f"--store {going_on / 'history'}\n")
    for words in (("list",), ("ack", "2"), ("note", "2", "on it"), ("report",), ("list", "--config", str(file))):
        done = watchfloor("incident", *words, "--store", "history", cwd=going_on)
        assert done.returncode == 0, done.stderr
    assert "the config is wrong, and is used as far as it can be read" in done.stderr
    file.unlink()
    assert told("show", "2", "--store", "history", cwd=going_on)["incident"]["acked_by"]


def test_a_wrong_config_that_is_read_only_still_is(going_on: Path) -> None:
    file = going_on / "watchfloor.toml"
    file.write_text(f"[watchfloor]\nread_only = true\nrefresh = 7\n{file.read_text()}")
    done = watchfloor("incident", "ack", "2", "--store", "history", cwd=going_on)
    assert (done.returncode, "read_only = true" in done.stderr) == (70, True)


def test_the_report_has_weeks_and_priorities(going_on: Path) -> None:
    done = watchfloor("incident", "report", "--since", "30d", cwd=going_on)
    assert done.returncode == 0, done.stderr
    assert "3 opened, 2 go on, 1 over" in done.stdout
    found = told("report", cwd=going_on)
    assert (found["opened"], found["open"], found["false_ratio"]) == (3, 2, 0.0)
    assert sum(week["opened"] for week in found["weeks"]) == 3
    assert [one["priority"] for one in found["priorities"]] == ["P1", "P2", "P3"]


def test_a_post_mortem_is_printed_written_and_given_as_facts(floor: Path) -> None:
    done = watchfloor("incident", "postmortem", "1", cwd=floor)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("# Incident Post-Mortem: ")
    assert "100 of 105 probes failed" in done.stdout
    file = floor / "1.md"
    assert watchfloor("incident", "postmortem", "1", "--out", str(file), cwd=floor).stdout == ""
    assert "## Lessons Learned" in file.read_text("utf-8")
    facts = told("postmortem", "1", cwd=floor)
    assert facts["failures"][0]["failed"] == 100
    assert facts["deeds"][0]["verdict"] == "verified"
    plain = clean_environment(LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0", LANG="C")
    bare = watchfloor("incident", "postmortem", "1", cwd=floor, environment=plain)
    assert bare.returncode == 0
    assert bare.stdout.isascii()


def test_the_export_has_everything_that_was_written(floor: Path) -> None:
    done = watchfloor("incident", "export", cwd=floor)
    whole = json.loads(done.stdout)
    assert whole["format"] == "watchfloor incidents 1"
    (one,) = whole["incidents"]
    assert len(one["timeline"]) == 12
    assert one["messages"][0]["receipt"] == "dedup 1"
    assert not told("export", "1", "--since", "1h", cwd=floor)["incidents"]


def test_monitor_and_check_lead_to_those_commands(going_on: Path) -> None:
    done = watchfloor("incident", "check", cwd=going_on)
    assert done.returncode in (0, 1, 2, 3), done.stderr
    assert "host:here" in done.stdout
    assert "--auto" in watchfloor("incident", "monitor", "--help", cwd=going_on).stdout


@pytest.mark.parametrize("words", [["list"], ["show", "1"], ["report"], ["postmortem", "1"], ["export"]])
def test_none_loads_the_screen_or_what_sends(words: list[str], floor: Path) -> None:
    program = (
        "import sys\nfrom tui.cli.entry import run\n"
        f"status = run({['incident', *words]!r})\n"
        "loaded = {'textual', 'rich', 'plotext', 'httpx', 'smtplib'} & sys.modules.keys()\n"
        "print(f'{status} {sorted(loaded)}', file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=floor, env=clean_environment(), capture_output=True, text=True,
        timeout=LIMIT_S, check=True,
    )  # fmt: skip
    assert done.stderr == "0 []\n"
