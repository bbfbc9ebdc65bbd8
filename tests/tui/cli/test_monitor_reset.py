"""`watchfloor monitor --reset`: who lets policy act again on what it gave up is on record, or it does not."""

import json
from pathlib import Path

from tests.parts.command import clean_environment, watchfloor

CONFIG = '[watchfloor]\nname = "shop"\n\n[[tcp]]\nname = "db"\nhost = "127.0.0.1"\nport = 1\n'
CONFIG += '[[fix]]\nname = "again"\nwhen = { row = "tcp:d*" }\nrun = { kind = "command", argv = ["true"] }\n'


def test_a_pardon_is_on_record(tmp_path: Path) -> None:
    (tmp_path / "watchfloor.toml").write_text(CONFIG)
    state = clean_environment(XDG_STATE_HOME=str(tmp_path / "state"))
    done = watchfloor("monitor", "--reset", "tcp:db", cwd=tmp_path, environment=state)
    assert (done.returncode, "policy acts again on tcp:db" in done.stderr) == (0, True)
    (entry,) = json.loads(watchfloor("audit", "show", "--json", cwd=tmp_path, environment=state).stdout)
    assert (entry["kind"], entry["data"]["row"], entry["data"]["by"]["via"]) == ("pardon", "tcp:db", "command")
    assert watchfloor("audit", "verify", cwd=tmp_path, environment=state).returncode == 0


def test_what_can_not_be_put_on_record_is_not_done(tmp_path: Path) -> None:
    (tmp_path / "watchfloor.toml").write_text(CONFIG)
    home = tmp_path / "state" / "watchfloor" / "shop"
    (home / "audit.jsonl").mkdir(parents=True)
    state = clean_environment(XDG_STATE_HOME=str(tmp_path / "state"))
    done = watchfloor("monitor", "--reset", "*", cwd=tmp_path, environment=state)
    assert (done.returncode, "so policy does not act again" in done.stderr) == (64, True)
    assert not (home / "policy.json").exists()


def test_a_row_that_policy_never_heard_of_is_refused_with_those_it_knows(tmp_path: Path) -> None:
    (tmp_path / "watchfloor.toml").write_text(CONFIG)
    state = clean_environment(XDG_STATE_HOME=str(tmp_path / "state"))
    done = watchfloor("monitor", "--reset", "service:web", cwd=tmp_path, environment=state)
    assert (done.returncode, 'nothing to do with "service:web"; it knows tcp:d*' in done.stderr) == (64, True)
    assert not list(tmp_path.rglob("policy.json"))
