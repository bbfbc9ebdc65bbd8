"""The fixtures that every room's tests may ask for; and no test leaves a history where a person's own is kept."""

import atexit
import os
import shutil
import tempfile

os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp(prefix="watchfloor-state-")
atexit.register(shutil.rmtree, os.environ["XDG_STATE_HOME"], ignore_errors=True)

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
]
