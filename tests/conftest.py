"""The fixtures that every room's tests may ask for; and no test leaves a history where a person's own is kept."""

import atexit
import os
import shutil
import signal
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp(prefix="watchfloor-state-")
atexit.register(shutil.rmtree, os.environ["XDG_STATE_HOME"], ignore_errors=True)

# Readline, which pytest loads, puts its own into the environment, and workers hand that on to every terminal.
for _name in ("LINES", "COLUMNS"):
    os.environ.pop(_name, None)

# A shell that starts the tests in the background has their signals ignored, and every child would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
for _number in (signal.SIGHUP, signal.SIGQUIT):
    signal.signal(_number, signal.SIG_DFL)

# On a machine that is busy with the other worker, how long examples take to make says nothing of a test.
settings.register_profile("beside others", suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("beside others")

pytest_plugins = [
    "tests.parts.databases",
    "tests.parts.docker",
    "tests.parts.compose",
    "tests.parts.journald",
    "tests.parts.logs",
    "tests.parts.memcached",
    "tests.parts.nginx",
    "tests.parts.prometheus",
    "tests.parts.rabbitmq",
    "tests.parts.alertmanager",
    "tests.parts.sshd",
    "tests.parts.swarm",
    "tests.parts.systemd",
]

SHARED = ("rabbit", "swarm_engine")
"""Session fixtures that take long to start: of several workers one runs all files that need it."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of a file together on one worker, and files that share a slow part too."""
    files: defaultdict[str, set[str]] = defaultdict(set)
    for item in items:
        files[item.nodeid.partition("::")[0]].update(getattr(item, "fixturenames", ()))
    for item in items:
        file = item.nodeid.partition("::")[0]
        group = next((name for name in SHARED if name in files[file]), file)
        item.add_marker(pytest.mark.xdist_group(group))


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop(session: pytest.Session) -> Iterator[None]:
    """With several workers they share one Docker engine, which is there before they are: two can't start it at once."""
    from tests.parts.dockerd import DEFAULT_SOCKET, Dockerd, answers, may_start

    apart = session.config.getoption("numprocesses", None) and not hasattr(session.config, "workerinput")
    started = Dockerd(DEFAULT_SOCKET) if apart and not answers(DEFAULT_SOCKET) and not may_start() else None
    if started is not None:
        started.start()
    try:
        return (yield)
    finally:
        if started is not None:
            started.remove()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> None:
    """A test that failed leaves no floor behind."""
    terminals = sys.modules.get("tests.bench.terminal")
    if terminals is not None and nextitem is not None:
        terminals.end_all()
