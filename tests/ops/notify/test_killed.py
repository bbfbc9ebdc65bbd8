"""Whoever promises and sends is killed at any moment, and the sink fails at random: nothing is lost or doubled."""

import json
import os
import socketserver
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random

from ops.incidents.database import connect
from ops.notify.outbox import Outbox
from tests.parts.command import ROOT

TIMES = int(os.environ.get("WATCHFLOOR_KILLS", "8"))
"""How often; 100 takes some minutes."""
MOST = 10**6
Got = tuple[int, str, str, str]
"""Id, receiver, group and action of a message."""


class Sink(socketserver.ThreadingTCPServer):
    """Takes a message, or fails: before it took it, after it took it, or without a word."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Taken)
        self.chance, self.got, self.lock, self.faults = Random(11), list[Got](), threading.Lock(), True

    def take(self, line: bytes) -> str:
        """The answer to a message; "" is none."""
        with self.lock:
            fault = self.chance.random() if self.faults else 1.0
            if fault < 0.1:
                return ""
            if fault < 0.2:
                return "503"
            number, receiver, group, action = json.loads(line)
            self.got.append((number, receiver, group, action))
            return "" if fault < 0.35 else "ok"


class _Taken(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        assert isinstance(self.server, Sink)
        line = self.rfile.readline()
        # Whoever was killed while he wrote said nothing.
        if line.endswith(b"\n"):
            self.wfile.write(self.server.take(line).encode() + b"\n")


@contextmanager
def sink() -> Iterator[Sink]:
    """One that serves."""
    with Sink() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def run(folder: Path, port: int, *more: str, steps: int) -> None:
    """Let it take so many steps, and kill it; or let it end."""
    command = [sys.executable, "-m", "tests.parts.promiser", str(folder), str(port), *more]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        for _ in range(steps):
            if not process.stdout.readline():
                break
        else:
            process.kill()
    assert process.returncode == (0 if more else -9)


def once(got: list[Got]) -> list[Got]:
    """What a receiver makes of it, who knows a message by its id: what came again is nothing new."""
    return list(dict.fromkeys(got))


def test_nothing_is_lost_and_nothing_doubled_however_often_it_is_killed(tmp_path: Path) -> None:
    chance = Random(5)
    with sink() as server:
        port = server.server_address[1]
        for _ in range(TIMES):
            run(tmp_path, port, steps=chance.randint(1, 120))
        server.faults = False
        run(tmp_path, port, "end", steps=MOST)
    got = once(server.got)
    assert len(server.got) > len(got), "some came twice on the wire"
    with closing(connect(tmp_path)) as file:
        messages = Outbox(file).messages(limit=MOST)
        sent = {message.id for message in messages if message.state == "sent"}
        told = {name for (name,) in file.execute("SELECT name FROM notes WHERE name LIKE 'told:%'")}
        left = [file.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("groups", "records")]
    assert {message.state for message in messages} == {"sent", "dropped"}
    assert {number for number, *_ in got} == sent
    assert len(got) == len(sent), "a message that came again was the same"
    assert told == {f"told:{number}" for number in sent}
    assert left == [0, 0]
    _in_order(got)


def _in_order(got: list[Got]) -> None:
    heard: defaultdict[tuple[str, str], list[tuple[int, str]]] = defaultdict(list)
    for number, receiver, group, action in got:
        heard[receiver, group].append((number, action))
    assert len(heard) == 8, "both receivers heard of all four incidents"
    for who, messages in heard.items():
        assert messages == sorted(messages), who
        fires = False
        for _, action in messages:
            assert fires or action == "firing", (who, messages)
            fires = action != "resolved"
        assert not fires, (who, messages)
