"""Crash reports: what went wrong and where, without the values of variables, in a file that only its owner can read."""

import os
import platform
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

REPORT_LIMIT = 60_000
"""Characters kept of a report; the end of a traceback tells most."""


def state_directory() -> Path:
    """Where reports go: `$XDG_STATE_HOME/watchfloor`, or `~/.local/state/watchfloor`."""
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / "watchfloor"


def report(error: BaseException, version: str, mask: Callable[[str], str]) -> str:
    """The text of a report: versions and the traceback with source lines, never with local variables."""
    trace = "".join(traceback.format_exception(error))
    machine = f"Python {platform.python_version()}, {platform.platform()}, TERM={os.environ.get('TERM')}"
    return mask(f"watchfloor {version}, {machine}\n\n{trace[-REPORT_LIMIT:]}")


def write(text: str, pid: int) -> Path | None:
    """Write a report with mode 0600 and give its path; None where no file can be written."""
    path = state_directory() / f"crash-{pid}.txt"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "w") as file:
            file.write(text)
    except OSError as error:
        print(f"watchfloor: no crash report could be written: {error.strerror}", file=sys.stderr)
        return None
    return path
