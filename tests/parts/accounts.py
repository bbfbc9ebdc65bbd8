"""An account of this machine that is made for a test and taken away after it."""

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.parts.need import need

NAME = "wf-drift-test"


def run(*argv: str) -> None:
    """Start a program, which must do well."""
    subprocess.run(argv, check=True, capture_output=True)


@contextmanager
def account() -> Iterator[str]:
    """An account without a home, with a password that nobody knows; needs root. One at a time on this machine."""
    need(os.geteuid() == 0 and shutil.which("useradd"), "root and useradd, for an account")
    with Path(tempfile.gettempdir(), f"{NAME}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        subprocess.run(["userdel", NAME], check=False, capture_output=True)
        run("useradd", "--no-create-home", "--shell", "/bin/sh", "--groups", "games", NAME)
        try:
            run("usermod", "--password", "$y$j9T$none", NAME)
            yield NAME
        finally:
            run("userdel", NAME)
