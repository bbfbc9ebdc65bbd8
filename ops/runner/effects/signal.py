"""Sends a signal to exactly the process that was meant: held by a descriptor, then looked at, then signalled."""

import os
import signal

from collectors.linux import procfs
from ops.actions.errors import Refused
from ops.actions.processes import ended, ours
from ops.runner.base import Answer
from ops.runner.calls import Signal
from ops.runner.reach import Reach


async def make(call: Signal, reach: Reach) -> Answer:
    """Send it. Raises Refused for a process that is gone, another one, ours, or that we may not signal."""
    number = getattr(signal, f"SIG{call.signal}", None)
    if not isinstance(number, signal.Signals):
        raise Refused(f"there is no signal {call.signal}", "choose another signal")
    if not hasattr(os, "pidfd_open"):
        raise Refused("a process can't be held while it is looked at here", "this needs a Linux of 5.3 or newer")
    protected = ours(call.pid)
    if protected:
        raise Refused(protected, "choose another process")
    try:
        held = os.pidfd_open(call.pid)
    except ProcessLookupError as error:
        raise _gone(call) from error
    try:
        _look(call)
        signal.pidfd_send_signal(held, number)
    except ProcessLookupError as error:
        raise _gone(call) from error
    except PermissionError as error:
        raise _not_allowed(call) from error
    finally:
        os.close(held)
    reach.sink.line("say", f"process {call.pid} was sent {call.signal}")
    return Answer()


def _look(call: Signal) -> None:
    """Look at who has the pid, after it can't become another's: both in our own procfs and where it was read."""
    for root in dict.fromkeys(("/proc", call.proc)):
        stat = procfs.read_stat(root, call.pid)
        if stat is None:
            raise _gone(call)
        if str(stat.started) != call.started:
            raise Refused(
                f"process {call.pid} is another one by now ({stat.name}): nothing was sent",
                "look at the row again",
                reason="changed",
            )
        if stat.state in "ZX":
            raise ended(root, stat)


def _gone(call: Signal) -> Refused:
    return Refused(f"process {call.pid} is gone: nothing was sent", "look at the row again", reason="missing")


def _not_allowed(call: Signal) -> Refused:
    return Refused(
        f"process {call.pid} belongs to another user, who alone may signal it",
        "run as that user, or as root",
        reason="permission",
    )
