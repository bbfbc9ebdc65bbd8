"""`watchfloor alerts`: what fires, why somebody heard of it or not, silences, and which way an alert would go."""

import json
from pathlib import Path

import msgspec
import pytest

from ops.alerts.structs import Alert, Step
from ops.incidents.book import IncidentBook
from tests.parts.alerts import alert
from tests.parts.command import clean_environment, watchfloor

CONFIG = """
[watchfloor]
name = "shop"

[[tcp]]
name = "db"
host = "127.0.0.1"
port = 1

[[notify]]
name = "hook"
kind = "webhook"
url = "http://127.0.0.1:9/hook"

[[notify]]
name = "bell"
kind = "terminal"

[route]
receivers = ["bell"]

[[route.routes]]
match = ["severity=critical"]
receivers = ["hook"]
group_wait = "0s"

[[alert]]
name = "down"
labels = { team = "shop" }
"""
STEPS = (
    Step(stage="sample", passed=True, text="service:api is read"),
    Step(stage="silence", passed=False, text="silenced by alice until 23:13 UTC: migration"),
)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a config; its floor's state is below it."""
    (tmp_path / "watchfloor.toml").write_text(CONFIG)
    return tmp_path


def run(place: Path, *words: str) -> tuple[int, str, str]:
    """Exit status, output and errors of one `watchfloor alerts …`."""
    done = watchfloor("alerts", *words, cwd=place, environment=clean_environment(XDG_STATE_HOME=str(place / "state")))
    return done.returncode, done.stdout, done.stderr


def keep(place: Path, *alerts: Alert) -> IncidentBook:
    """The floor's book with these alerts, each with the same steps."""
    book = IncidentBook(place / "state" / "watchfloor" / "shop")
    with book.transaction() as connection:
        for one in alerts:
            row = (one.key, msgspec.msgpack.encode(one), msgspec.msgpack.encode(STEPS))
            connection.execute("INSERT INTO alerts (key, whole, why) VALUES (?, ?, ?)", row)
    return book


def test_list_tells_what_fires_first_and_why_nobody_heard(place: Path) -> None:
    waiting = alert("host:db1", "cpu", severity="warning", state="pending", fired_at=None)
    keep(place, waiting, alert(incident=42)).close()
    status, out, _ = run(place, "list")
    head, first, second = out.splitlines()
    assert (status, head.split()[:3]) == (0, ["severity", "alert", "incident"])
    assert first.split()[:4] == ["firing", "critical", "down/service:api", "42"]
    assert "silenced by alice" in first
    assert second.split()[:3] == ["pending", "warning", "cpu/host:db1"]
    told = json.loads(run(place, "list", "--json", "severity=critical", "--state", "firing")[1])
    assert [(one["key"], one["stopped"]) for one in told] == [("down/service:api", STEPS[1].text)]
    assert run(place, "list", "service=nothing")[1] == "no alert like that\n"


def test_before_anybody_looked_nothing_is_made(place: Path) -> None:
    status, out, said = run(place, "list")
    assert (status, out, "nothing was looked at yet" in said) == (0, "", True)
    assert run(place, "silences")[1] == "nothing is silenced\n"
    assert run(place, "why", "down/service:api")[0] == 64
    assert not (place / "state").exists()


def test_why_tells_each_stage_and_the_one_that_stopped_it(place: Path) -> None:
    keep(place, alert()).close()
    status, out, _ = run(place, "why", "service:api")
    assert status == 0
    assert out.splitlines()[1].split(None, 2) == ["passed", "sample", "service:api is read"]
    assert "stopped by silence: silenced by alice until 23:13 UTC: migration" in out.splitlines()[-1]
    (told,) = json.loads(run(place, "why", "down/service:api", "--json")[1])
    assert [step["stage"] for step in told["why"]] == ["sample", "silence"]
    status, _, said = run(place, "why", "down/service:ap")
    assert (status, 'did you mean "down/service:api"?' in said) == (64, True)


def test_a_silence_is_made_listed_and_ended(place: Path) -> None:
    keep(place, alert()).close()
    status, out, _ = run(place, "silence", "rule=down", "--for", "2h", "--comment", "the  migration")
    assert status == 0
    assert "silence 1  active until" in out
    assert out.endswith(": the migration\n1 alert that it is for fires now\n")
    (told,) = json.loads(run(place, "silences", "--json")[1])
    assert (told["matchers"], told["state"], told["end"] - told["start"]) == (["rule=down"], "active", 7200)
    assert run(place, "unsilence", "1")[1].startswith("silence 1  expired since")
    status, _, said = run(place, "unsilence", "1")
    assert (status, "is over since" in said) == (70, True)


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        pytest.param(["row=~.+", "--for", "1h"], 70, "matches everything", id="for everything"),
        pytest.param(["row", "--for", "1h"], 64, "is no matcher", id="for what is no matcher"),
        pytest.param(["row=x", "--for", "soon"], 64, "--for", id="for no length of time"),
        pytest.param(["row=x", "--until", "2020-01-01"], 64, "is over", id="until a day that is over"),
        pytest.param(["row=x"], 64, "--for --until", id="without an end"),
        pytest.param(
            ["servce=api", "--for", "1h"], 64, 'a label "servce"; did you mean "service"?', id="for a mistyped label"
        ),
        pytest.param(["rule=dwn", "--for", "1h"], 64, 'no rule "dwn"; did you mean "down"?', id="for a mistyped rule"),
    ],
)
def test_silences_that_can_t_be(place: Path, words: list[str], status: int, said: str) -> None:
    found, _, complaint = run(place, "silence", *words, "--comment", "why")
    assert (found, said in complaint) == (status, True)


def test_labels_of_own_rules_and_of_what_fires_are_known(place: Path) -> None:
    keep(place, alert(labels={"row": "service:api", "zone": "a"})).close()
    for words in (["silence", "team=shop", "zone=a", "--for", "1h", "--comment", "why"], ["route-test", "team=shop"]):
        status, _, said = run(place, *words)
        assert (status, said) == (0, ""), said


def test_a_read_only_floor_silences_nothing(place: Path) -> None:
    (place / "watchfloor.toml").write_text(CONFIG.replace('name = "shop"', 'name = "shop"\nread_only = true'))
    status, _, said = run(place, "silence", "row=x", "--for", "1h", "--comment", "why")
    assert (status, "read_only" in said) == (70, True)


def test_route_test_tells_who_would_hear(place: Path) -> None:
    status, out, _ = run(place, "route-test", "severity=critical")
    assert status == 0
    assert out.splitlines()[0] == "severity=critical: hook"
    assert "first told after 0 ms, news after 5m, again after 4h" in out
    assert run(place, "route-test", "severity=info", "--expect", "bell")[0] == 0
    status, _, said = run(place, "route-test", "severity=info", "--expect", "hook")
    assert (status, "expected hook, found bell" in said) == (1, True)
    told = json.loads(run(place, "route-test", "severity=critical", "--json")[1])
    assert told["receivers"] == ["hook"]


def test_a_way_that_only_climbs_is_no_missing_receiver(place: Path) -> None:
    (place / "watchfloor.toml").write_text(
        '[[host]]\nname = "here"\n[[notify]]\nname = "hook"\nkind = "webhook"\nurl = "http://127.0.0.1:9/"\n'
    )
    status, out, _ = run(place, "route-test", "severity=critical")
    assert (status, "no receiver" in out) == (0, False), out
    assert "severity=critical: nobody at once, it climbs " in out


def test_route_test_asks_for_a_warning_where_no_severity_is_given(place: Path) -> None:
    told = json.loads(run(place, "route-test", 'service="api"', "--json")[1])
    assert (told["labels"], told["receivers"]) == ({"service": "api", "severity": "warning"}, ["bell"])


@pytest.mark.parametrize("command", ["route-test", "notify test"])
@pytest.mark.parametrize(
    ("labels", "said"),
    [
        pytest.param(["service!=x"], '"service!=x" is no label of an alert', id="what is no label but a matcher"),
        pytest.param(["severity=~crit.*"], "write label=value, such as severity=critical", id="a pattern"),
        pytest.param(["service"], '"service" is no label of an alert', id="a label without a value"),
        pytest.param(["severity=criticl"], 'no severity "criticl"; did you mean "critical"?', id="a mistyped severity"),
        pytest.param(["severty=critical"], 'a label "severty"; did you mean "severity"?', id="a mistyped label"),
        pytest.param(["service=a", "service=b"], 'label "service" is given twice', id="two values of one label"),
    ],
)
def test_both_commands_that_try_a_route_refuse_alike(command: str, labels: list[str], said: str, place: Path) -> None:
    words = ["alerts", "route-test", *labels]
    if command != "route-test":
        words = ["notify", "test", *(word for label in labels for word in ("--route", label))]
    done = watchfloor(*words, cwd=place, environment=clean_environment())
    assert (done.returncode, done.stdout, said in done.stderr) == (64, "", True)
    assert ("--route: " in done.stderr) == (command != "route-test")
