"""Policy with nobody there: a real service dies, a fix brings it back, and what never helps is given up."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.parts.command import ROOT, clean_environment, watchfloor
from tests.parts.servers import free_port
from tests.parts.wait import until

SERVER = """
import http.server, os, pathlib, sys
if os.fork():
    os._exit(0)
os.setsid()
server = http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), http.server.SimpleHTTPRequestHandler)
pathlib.Path(sys.argv[2]).write_text(str(os.getpid()))
null = os.open(os.devnull, os.O_RDWR)
for number in (0, 1, 2):
    os.dup2(null, number)
server.serve_forever()
"""


class Shop:
    """A service as a real process of its own, and a config that can start it anew."""

    def __init__(self, folder: Path, *, helps: bool) -> None:
        self.folder, self.port = folder, free_port()
        self.pid_file, script = folder / "server.pid", folder / "start.py"
        script.write_text(SERVER)
        self.start = [sys.executable, str(script), str(self.port), str(self.pid_file)]
        argv = self.start if helps else [sys.executable, "-c", "print('nothing changed')"]
        self.config = folder / "watchfloor.toml"
        self.config.write_text(
            f"""
[watchfloor]
name = "shop"
refresh = "200ms"
[store]
path = "history"
[[service]]
name = "api"
url = "http://127.0.0.1:{self.port}/"
interval = "300ms"
timeout = "2s"
failures = 1
successes = 1
[[fix]]
name = "restart api"
when = {{ service = "api", state = "down" }}
run = {{ kind = "command", argv = {json.dumps(argv)} }}
verify = {{ service = "api", within = "{"20s" if helps else "500ms"}" }}
auto = {{ after = 2, grace = "300ms", cooldown = "300ms" }}
"""
        )
        self.config.chmod(0o600)

    def up(self) -> None:
        """Start the service and wait for it."""
        subprocess.run(self.start, check=True, cwd=self.folder, timeout=20)
        until(self._told_pid, "the service")

    def pid(self) -> int:
        """Of the service as it runs now."""
        until(self._told_pid, "the service to tell its id")
        return int(self._told_pid())

    def _told_pid(self) -> str:
        return self.pid_file.read_text() if self.pid_file.exists() else ""

    def kill(self) -> None:
        """End it, if it runs."""
        with suppress(ProcessLookupError, ValueError):
            os.kill(int(self._told_pid()), signal.SIGKILL)


class Told:
    """What a monitor says, line by line."""

    def __init__(self, file: Path) -> None:
        self._file = file

    @property
    def lines(self) -> list[dict[str, Any]]:
        """All that is whole so far."""
        return [json.loads(line) for line in self._file.read_text().splitlines(keepends=True) if line.endswith("\n")]

    def has(self, kind: str, **more: str) -> Callable[[], bool]:
        """Whether there is such a line."""
        return lambda: any(
            line["kind"] == kind and all(words in str(line.get(name)) for name, words in more.items())
            for line in self.lines
        )


@contextmanager
def monitor(shop: Shop, *options: str, name: str = "told") -> Iterator[tuple["subprocess.Popen[bytes]", Told]]:
    """`watchfloor monitor --json` over the shop."""
    command = [sys.executable, "-m", "tui", "--config", str(shop.config), "monitor", "--json", *options]
    file = shop.folder / name
    environment = clean_environment(XDG_STATE_HOME=str(shop.folder / "state"), PYTHONUNBUFFERED="1")
    with file.open("wb") as output, subprocess.Popen(command, stdout=output, cwd=ROOT, env=environment) as process:
        try:
            yield process, Told(file)
        finally:
            process.kill()


@pytest.fixture
def shop(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Shop]:
    """A shop whose fix helps, or not."""
    made = Shop(tmp_path, helps=getattr(request, "param", True))
    yield made
    made.kill()


def test_a_service_that_dies_is_brought_back_without_a_person(shop: Shop) -> None:
    shop.up()
    first = shop.pid()
    with monitor(shop, "--auto") as (process, told):
        until(told.has("policy", text="auto"), "policy", 30)
        shop.kill()
        began = time.monotonic()
        until(told.has("fix-ended", verdict="verified"), "the fix", 30)
        assert time.monotonic() - began < 20
        assert shop.pid() != first
        until(told.has("level", level="ok", row="service:api"), "a service that is well")
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    (line,) = [line for line in told.lines if line["kind"] == "fix-began"]
    assert (line["fix"], line["row"], line["text"]) == (
        "restart api", "service:api", "job 1 by policy began: restart api"
    )  # fmt: skip
    (ended,) = [line for line in told.lines if line["kind"] == "fix-ended"]
    assert "after it began to fail" in ended["text"], "the time from the fault to the verified fix is told"
    assert line["at"].endswith("Z")


@pytest.mark.parametrize("shop", [False], indirect=True, ids=["a fix that changes nothing"])
def test_a_fix_that_never_helps_is_given_up_after_two_tries(shop: Shop) -> None:
    with monitor(shop, "--auto") as (process, told):
        until(told.has("policy", text="gave up on api"), "giving up", 40)
        until(told.has("proposal", text="policy gave up: 2 tries in a row did not mend it"), "a person to be called")
        tries = [line for line in told.lines if line["kind"] == "fix-began"]
        until(lambda: len([line for line in told.lines if line.get("verdict") == "unverified"]) == 2, "both ends")
        assert len(tries) == 2
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
    with monitor(shop, "--auto", "--for", "4s", name="again") as (process, told):
        assert process.wait(30) == 0
    assert told.has("policy", text="gave up on api")(), "also after a restart"
    assert not told.has("fix-began")()
    reset = watchfloor("--config", str(shop.config), "monitor", "--reset", "service:api", cwd=ROOT)
    assert (reset.returncode, "policy acts again on service:api" in reset.stderr) == (0, True)
    with monitor(shop, "--auto", name="reset") as (_, told):
        until(told.has("fix-began"), "another try, since a person said so", 30)


def test_of_two_monitors_one_acts_and_the_other_ends_with_a_status_of_its_own(shop: Shop) -> None:
    with monitor(shop, "--auto") as (_, one):
        until(one.has("policy", text="auto"), "the first", 30)
        with monitor(shop, "--auto", name="second") as (second, two):
            assert second.wait(30) == 75
            assert not two.lines
        until(one.has("fix-ended", verdict="verified"), "the fix", 30)
        assert len([line for line in one.lines if line["kind"] == "fix-began"]) == 1


def test_without_auto_nothing_is_done(shop: Shop) -> None:
    with monitor(shop, "--for", "4s") as (process, told):
        assert process.wait(30) == 0
    assert told.has("level", level="critical", row="service:api")()
    assert {line["kind"] for line in told.lines} <= {"monitor", "level", "note", "recording", "incident"}
    assert not (shop.folder / "history" / "jobs").exists()


def test_what_a_config_that_others_can_write_says_is_not_done(shop: Shop) -> None:
    shop.config.chmod(0o666)
    with monitor(shop, "--auto") as (_, told):
        until(told.has("note", text="writable by others; chmod go-w"), "why not", 30)
        assert not told.has("fix-began")()
