"""The fixtures that every room's tests may ask for; and no test leaves a history where a person's own is kept."""

import atexit
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp(prefix="watchfloor-state-")
os.environ["RESTIC_CACHE_DIR"] = os.path.join(os.environ["XDG_STATE_HOME"], "restic")
atexit.register(shutil.rmtree, os.environ["XDG_STATE_HOME"], ignore_errors=True)
# What tests are made of elsewhere says as much of what was not as expected as a test itself.
pytest.register_assert_rewrite("tests.parts.target_suite", "tests.parts.backup_matrix")

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
    "tests.parts.drift_postgres",
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


@pytest.fixture(autouse=True)
def _own_secrets() -> Iterator[None]:
    """A password of one test hides no word of the next."""
    from ops import redact

    before = frozenset(redact._known)
    yield
    redact._known.intersection_update(before)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Of several workers each runs whole files. The groups of xdist 3.8 are signs in ids, which pytest 9.2 ignores."""
    from tests.parts.together import Together

    return Together(config, log)


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
