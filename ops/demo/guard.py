"""The shop's outermost process: it starts the supervisor and, however that ends, ends and removes all that is left.

`python -m ops.demo.guard DIRECTORY`, with a pipe as standard input that its owner keeps open as long as the shop
shall live. What the supervisor leaves behind when it dies becomes our child (Linux: child subreaper), so nothing
needs to be written down for us to find it.
"""

import ctypes
import os
import signal
import sys
import time
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36
_PATIENCE_S = 3.0
_TICK_S = 0.02


def become_subreaper() -> None:
    """Make us the parent of orphans among our descendants. Raises OSError where the kernel can't."""
    library = ctypes.CDLL(None, use_errno=True)
    if library.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "the kernel has no child subreaper")


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


def _tell(process_id: int, number: signal.Signals) -> None:
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
                _tell(process_id, signal.SIGKILL)
            elif process_id not in told:
                told.add(process_id)
                _tell(process_id, signal.SIGINT if name == "postgres" else signal.SIGTERM)
        time.sleep(_TICK_S)
        _reap()
    _reap()


def remove(directory: Path) -> None:
    """Remove all the shop's files."""
    import shutil

    from ops.demo.registry import forget

    shutil.rmtree(directory, ignore_errors=True)
    forget(directory)


def _stay_for_the_end() -> None:
    """Signals from a terminal are not for us, and the end has to be tidy."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)


def main(directory: Path) -> int:
    """Run the supervisor in a child, wait for its end, tidy up. Returns 0 when it ended as it was told to."""
    os.umask(0o077)
    _stay_for_the_end()
    become_subreaper()
    alive_read, alive_write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(alive_write)
        from ops.demo.supervisor import supervise

        supervise(directory, alive_read)
        os._exit(0)
    os.close(alive_read)
    signal.signal(signal.SIGTERM, lambda number, _: _tell(child, signal.Signals(number)))
    _, status = os.waitpid(child, 0)
    sweep()
    remove(directory)
    return 0 if status == 0 else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
