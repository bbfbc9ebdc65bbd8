"""`watchfloor notify`: a real test of real receivers, and what was promised to whom."""

import asyncio
import json
import subprocess
import time
from contextlib import closing
from pathlib import Path

import pytest

from ops.incidents.database import connect, writing
from ops.notify.outbox import Outbox
from ops.notify.structs import Delivery
from tests.parts import sinks
from tests.parts.command import clean_environment, watchfloor
from tests.parts.messages import message
from tests.parts.sinks import HttpSink

CONFIG = """
[watchfloor]
name = "shop"
[[notify]]
kind = "slack"
name = "chat"
url_env = "HOOK"
[[notify]]
kind = "pagerduty"
name = "pager"
url = "{pager}"
key_env = "KEY"
"""
KEY = "not-a-real-routing-key"
TOKEN = "abcdefghijklmnopqrstuvwx"


async def tried(folder: Path, chat: HttpSink, pager: HttpSink, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run `watchfloor notify test` against two sinks."""
    (folder / "watchfloor.toml").write_text(CONFIG.format(pager=pager.url))
    environment = clean_environment(XDG_STATE_HOME=str(folder / "state"), HOOK=f"{chat.url}/services/{TOKEN}", KEY=KEY)
    return await asyncio.to_thread(watchfloor, "notify", "test", *arguments, cwd=folder, environment=environment)


async def test_all_are_tried_and_what_was_opened_is_ended(tmp_path: Path) -> None:
    async with sinks.slack_sink() as chat, sinks.pagerduty_sink() as pager:
        done = await tried(tmp_path, chat, pager)
        assert (done.returncode, done.stderr) == (0, "")
        assert [line.split()[1:3] for line in done.stdout.splitlines()] == [["taken", "chat"], ["taken", "pager"]]
        assert len(chat.taken) == 1
        assert [got.json["event_action"] for got in pager.taken] == ["trigger", "resolve"]
        assert len({got.json["dedup_key"] for got in pager.taken}) == 1


async def test_who_does_not_take_it_is_told_without_a_secret(tmp_path: Path) -> None:
    async with sinks.slack_sink() as chat, sinks.pagerduty_sink() as pager:
        chat.always = sinks.answering(403, f"no hook at /services/{TOKEN}".encode())
        done = await tried(tmp_path, chat, pager, "--json")
        outcomes = {one["receiver"]: one["delivery"]["outcome"] for one in json.loads(done.stdout)}
        assert (done.returncode, outcomes) == (1, {"chat": "retry", "pager": "sent"})
        assert TOKEN not in done.stdout + done.stderr
        assert KEY not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("severity", "chats", "pages"),
    [
        pytest.param("critical", 1, 2, id="a critical one goes to both"),
        pytest.param("warning", 1, 0, id="a warning goes to Slack alone"),
    ],
)
async def test_the_route_says_who_is_tried(severity: str, chats: int, pages: int, tmp_path: Path) -> None:
    async with sinks.slack_sink() as chat, sinks.pagerduty_sink() as pager:
        done = await tried(tmp_path, chat, pager, "--route", f"severity={severity}")
        assert done.returncode == 0
        assert (len(chat.taken), len(pager.taken)) == (chats, pages)


async def test_a_route_without_a_severity_is_that_of_a_warning(tmp_path: Path) -> None:
    async with sinks.slack_sink() as chat, sinks.pagerduty_sink() as pager:
        done = await tried(tmp_path, chat, pager, "--route", 'service="api"')
        assert (done.returncode, len(chat.taken), len(pager.taken)) == (0, 1, 0)


async def test_what_nobody_would_hear_of(tmp_path: Path) -> None:
    async with sinks.slack_sink() as chat, sinks.pagerduty_sink() as pager:
        done = await tried(tmp_path, chat, pager, "--route", "severity=info")
        assert (done.returncode, chat.asked, pager.asked) == (1, 0, 0)
        assert "stays on the screen" in done.stderr


async def test_a_name_that_nobody_has(tmp_path: Path) -> None:
    async with sinks.slack_sink() as chat, sinks.pagerduty_sink() as pager:
        done = await tried(tmp_path, chat, pager, "pagr")
        assert (done.returncode, 'did you mean "pager"?' in done.stderr) == (64, True)


@pytest.fixture
def state(tmp_path: Path) -> dict[str, str]:
    """An environment whose state is below the test's folder, which has a config too."""
    (tmp_path / "watchfloor.toml").write_text('[watchfloor]\nname = "shop"\n')
    return clean_environment(XDG_STATE_HOME=str(tmp_path / "state"))


def test_an_outbox_that_was_never_used(tmp_path: Path, state: dict[str, str]) -> None:
    done = watchfloor("notify", "outbox", cwd=tmp_path, environment=state)
    assert (done.returncode, done.stdout) == (0, "")
    assert "nothing was promised to anybody" in done.stderr
    assert not (tmp_path / "state").exists()


def test_the_outbox_tells_what_became_of_each(tmp_path: Path, state: dict[str, str]) -> None:
    now = time.time()
    with closing(connect(tmp_path / "state" / "watchfloor" / "shop")) as connection:
        box = Outbox(connection)
        with writing(connection):
            first = box.promise(message(id=0, made_at=now, due_at=now))
            box.promise(message(id=0, incident=43, group="incident=43", made_at=now, due_at=now, title="\x1b[31mred"))
        box.begin(first.id)
        box.done(first.id, Delivery(outcome="refused", said="answered 400: invalid"), now, None)
    done = watchfloor("notify", "outbox", cwd=tmp_path, environment=state)
    lines = done.stdout.splitlines()
    assert (done.returncode, done.stderr, lines[0]) == (1, "", "undelivered: 1")
    assert "queued" in lines[2]
    assert "\x1b" not in done.stdout
    assert "dead" in lines[3]
    assert lines[4] == "  answered 400: invalid"
    one = watchfloor("notify", "outbox", "--incident", "INC-43", "--json", cwd=tmp_path, environment=state)
    assert [told["incident"] for told in json.loads(one.stdout)] == [43]
    everything = watchfloor("notify", "outbox", "--last", "0", "--json", cwd=tmp_path, environment=state)
    assert len(json.loads(everything.stdout)) == 2


@pytest.mark.parametrize(
    ("words", "found"),
    [
        pytest.param(("notify", "outbox", "--json"), 1, id="what was promised"),
        pytest.param(("alerts", "list", "--json"), 0, id="what fires"),
        pytest.param(("incident", "list", "--json"), 0, id="what goes on"),
    ],
)
def test_a_store_that_is_named_is_read_without_a_config(words: tuple[str, ...], found: int, tmp_path: Path) -> None:
    (tmp_path / "watchfloor.toml").write_text("this is no config")
    now = time.time()
    with closing(connect(tmp_path / "copy")) as connection, writing(connection):
        Outbox(connection).promise(message(id=0, made_at=now, due_at=now))
    done = watchfloor(*words, "--store", "copy", cwd=tmp_path, environment=clean_environment())
    assert (done.returncode, len(json.loads(done.stdout))) == (0, found)
    assert watchfloor(*words, cwd=tmp_path, environment=clean_environment()).returncode == 78


def test_a_damaged_file_is_set_aside_and_told_of(tmp_path: Path, state: dict[str, str]) -> None:
    folder = tmp_path / "state" / "watchfloor" / "shop"
    folder.mkdir(parents=True)
    (folder / "incidents.sqlite").write_bytes(b"no database" * 1000)
    done = watchfloor("notify", "outbox", cwd=tmp_path, environment=state)
    (kept,) = folder.glob("incidents.sqlite.corrupt-*")
    assert (done.returncode, f"it is kept as {kept}" in done.stderr) == (0, True)


@pytest.mark.parametrize(("option", "said"), [("--last", "is no number"), ("--incident", '"x" is no incident')])
def test_a_number_that_is_none(option: str, said: str, tmp_path: Path, state: dict[str, str]) -> None:
    done = watchfloor("notify", "outbox", option, "x", cwd=tmp_path, environment=state)
    assert (done.returncode, said in done.stderr) == (64, True)


def test_doctor_says_whether_a_receivers_secret_is_there(tmp_path: Path, state: dict[str, str]) -> None:
    (tmp_path / "watchfloor.toml").write_text(CONFIG.format(pager="http://127.0.0.1:1"))
    done = watchfloor("doctor", "--json", cwd=tmp_path, environment={**state, "HOOK": f"http://127.0.0.1:1/{TOKEN}"})
    told = {finding["subject"]: finding for finding in json.loads(done.stdout)}
    assert (told["notify chat url"]["level"], told["notify chat url"]["text"]) == ("ok", "variable HOOK is there")
    assert told["notify pager key"]["level"] == "critical"
    assert TOKEN not in done.stdout
