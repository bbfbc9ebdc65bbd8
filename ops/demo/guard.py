"""The shop's outermost process: it starts the supervisor and, however that ends, ends and removes all that is left.

`python -m ops.demo.guard DIRECTORY`, with a pipe as standard input that its owner keeps open as long as the shop
shall live. What the supervisor leaves behind when it dies becomes our child (Linux: child subreaper), so nothing
needs to be written down for us to find it.
"""

import ctypes
import os
import signal
import sys
from pathlib import Path

from ops.demo.sweep import remove, sweep, tell

_PR_SET_CHILD_SUBREAPER = 36


def become_subreaper() -> None:
    """Make us the parent of orphans among our descendants. Raises OSError where the kernel can't."""
    library = ctypes.CDLL(None, use_errno=True)
    if library.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "the kernel has no child subreaper")


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
    signal.signal(signal.SIGTERM, lambda number, _: tell(child, signal.Signals(number)))
    _, status = os.waitpid(child, 0)
    sweep()
    remove(directory)
    return 0 if status == 0 else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
