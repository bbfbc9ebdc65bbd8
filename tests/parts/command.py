"""Runs `watchfloor` as a process of its own, as a shell or cron would."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIMIT_S = 60


def clean_environment(**more: str) -> dict[str, str]:
    """This environment without what would lead to another config or another look."""
    ours = ("WATCHFLOOR_CONFIG", "XDG_CONFIG_HOME", "NO_COLOR", "PGUSER", "PGPASSWORD", "PGHOST", "DOCKER_HOST")
    kept = {name: value for name, value in os.environ.items() if name not in ours and not name.startswith("PYTHON")}
    return {**kept, "PYTHONPATH": str(ROOT), **more}


def watchfloor(
    *arguments: str, cwd: Path, environment: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run one command line to its end, without a terminal."""
    return subprocess.run(
        [sys.executable, "-m", "tui", *arguments],
        cwd=cwd,
        env=clean_environment() if environment is None else dict(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
