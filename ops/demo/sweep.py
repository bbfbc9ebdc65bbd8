"""Ends all that is left of a shop: every child of this process, and the shop's files."""

import os
import signal
import time
from pathlib import Path

_PATIENCE_S = 3.0
_TICK_S = 0.02


def _children() -> list[tuple[int, str]]:
    """Our children that still run, as (process id, command name), from /proc."""
    found = []
    for entry in os.listdir("/proc"):
        try:
            stat = Path("/proc", entry, "stat").read_text() if entry.isdigit() else ""
        except OSError:
            continue
        name, _, rest = stat.partition("(")[2].rpartition(")")
        fields = rest.split()
        if fields and int(fields[1]) == os.getpid() and fields[0] != "Z":
            found.append((int(entry), name))
    return found


def tell(process_id: int, number: signal.Signals) -> None:
    """Signal a process, also one that is frozen or gone already."""
    try:
        os.kill(process_id, number)
        os.kill(process_id, signal.SIGCONT)
    except ProcessLookupError:
        return


def _reap() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            continue
    except ChildProcessError:
        return


def sweep() -> None:
    """End all our children and theirs: asked first, killed when they are not gone in a few seconds."""
    deadline = time.monotonic() + _PATIENCE_S
    told: set[int] = set()
    while children := _children():
        late = time.monotonic() > deadline
        for process_id, name in children:
            if late:
                tell(process_id, signal.SIGKILL)
            elif process_id not in told:
                told.add(process_id)
                tell(process_id, signal.SIGINT if name == "postgres" else signal.SIGTERM)
        time.sleep(_TICK_S)
        _reap()
    _reap()


def remove(directory: Path) -> None:
    """Remove all the shop's files."""
    import shutil  # a process that lives as long as the shop need not hold it

    from ops.demo.registry import forget

    shutil.rmtree(directory, ignore_errors=True)
    forget(directory)
