"""A real Celery worker on any broker, and an app that sends it tasks."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ops.demo.child import Child

_APP = """\
import time
from pathlib import Path
from celery import Celery

app = Celery("shop", broker=Path(__file__).with_name("broker").read_text())
app.conf.broker_connection_retry_on_startup = True
app.conf.task_acks_late = True

@app.task(name="shop.work")
def work(seconds):
    time.sleep(seconds)
"""
_START_S = 40.0


class Worker(Child):
    """A worker "name@shop" with two threads over `directory`, which consumes `queues`."""

    def __init__(self, directory: Path, broker: str, *queues: str, name: str = "one") -> None:
        directory.mkdir(parents=True, exist_ok=True)
        super().__init__(directory, 0)
        self.name = f"{name}@shop"
        self._queues = queues or ("celery",)
        (directory / "shop.py").write_text(_APP)
        secret = directory / "broker"
        secret.touch(mode=0o600)
        secret.write_text(broker)

    def arguments(self) -> list[str]:
        """No password is in it: the app reads the broker's address from a file."""
        options = ["--without-gossip", "--without-mingle", "-P", "threads", "-c", "2", "-l", "info"]
        worker = ["-A", "shop", "worker", *options, "-n", self.name, "-Q", ",".join(self._queues)]
        return [sys.executable, "-m", "celery", "--workdir", str(self.directory), *worker]

    def is_ready(self) -> bool:
        """It says so."""
        return f"{self.name} ready." in (self.directory / "server.log").read_text()


@contextmanager
def worker(directory: Path, broker: str, *queues: str, name: str = "one") -> Iterator[Worker]:
    """Start one, and end it afterwards."""
    made = Worker(directory, broker, *queues, name=name)
    made.launch(_START_S)
    try:
        yield made
    finally:
        made.stop(deadline_s=0.5)


@contextmanager
def sender(broker: str) -> Iterator[Any]:
    """An app on that broker; `send_task` of it sends one."""
    from celery import Celery

    with Celery("shop", broker=broker, set_as_current=False) as app:
        yield app
