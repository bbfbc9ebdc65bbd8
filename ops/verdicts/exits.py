"""Names the signal that ended a program."""

import signal


def signal_name(code: float | None) -> str:
    """The signal in an exit code, such as "SIGKILL": a shell's 128 + n, or a process's own −n; "" for none."""
    if code is None or not (code < 0 or 128 < code < 192):
        return ""
    try:
        return signal.Signals(int(-code if code < 0 else code - 128)).name
    except ValueError:
        return ""


def ended_by(code: float | None) -> str:
    """The end of a sentence: ", ended by SIGKILL"; "" when no signal did."""
    name = signal_name(code)
    return f", ended by {name}" if name else ""
