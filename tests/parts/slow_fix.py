"""A service that is broken, and a fix that tells a line each 0.2 s for a while before it mends it; on a real screen."""

import json
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from ops.jobs.book import JobBook
from ops.jobs.structs import Job
from tests.parts.command import clean_environment
from tests.parts.tmux import Screen
from tests.parts.wait import until

WATCHFLOOR = str(Path(sys.executable).parent / "watchfloor")
EACH_S = 0.2
_MEND = """
import pathlib, sys, time
for number in range(int(sys.argv[2])):
    print(f"step {number}", flush=True)
    time.sleep(0.2)
pathlib.Path(sys.argv[1]).unlink()
print("mended", flush=True)
"""


class Broken:
    """The service, which answers 500 while a file is there; its config; its jobs."""

    def __init__(self, folder: Path, port: int, lines: int) -> None:
        self.folder, self.broken = folder, folder / "broken"
        self.broken.touch()
        script, self.config = folder / "mend.py", folder / "watchfloor.toml"
        script.write_text(_MEND)
        argv = [sys.executable, str(script), str(self.broken), str(lines)]
        self.config.write_text(
            f"""
[watchfloor]
name = "hands"
refresh = "200ms"
[store]
path = "history"
[[service]]
name = "api"
url = "http://127.0.0.1:{port}/"
interval = "300ms"
failures = 1
successes = 1
[[fix]]
name = "mend api"
when = {{ service = "api" }}
run = {{ kind = "command", argv = {json.dumps(argv)} }}
verify = {{ service = "api", within = "20s" }}
"""
        )
        self.config.chmod(0o600)
        self.book = JobBook(folder / "history")

    @property
    def environment(self) -> Mapping[str, str]:
        """With locks of its own."""
        return {"XDG_STATE_HOME": str(self.folder / "state")}

    def environ(self) -> dict[str, str]:
        """The same for a process without a terminal."""
        return clean_environment(**self.environment)

    def job(self, number: int = 1) -> Job:
        """That one, which must be there."""
        job = self.book.job(number)
        assert job is not None
        return job

    def has_told(self, words: str) -> bool:
        """Whether the first job has written that line."""
        return any(line.text == words for line in self.book.output(1))

    def ended(self, within_s: float = 30.0) -> Job:
        """Wait for the end of the first job."""
        until(lambda: not self.job().runs, "the end of the job", within_s)
        return self.job()


@contextmanager
def broken(folder: Path, lines: int = 15) -> Iterator[Broken]:
    """Serve it while the block runs."""
    made: list[Broken] = []

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(500 if made and made[0].broken.exists() else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        made.append(Broken(folder, server.server_port, lines))
        yield made[0]
    finally:
        server.shutdown()
        server.server_close()


def to_the_plan(shown: Screen) -> None:
    """From the floor to a plan that has been there for long enough to be answered."""
    shown.until(lambda text: "hands" in text and "down" in text)
    shown.press("x")
    shown.until("1 mend api")
    shown.press("Enter")
    shown.until("y run it")
    time.sleep(1.5)  # a yes that comes sooner was not meant


def begin(shown: Screen) -> None:
    """Start the fix from the floor, by three keys."""
    to_the_plan(shown)
    shown.press("y")
