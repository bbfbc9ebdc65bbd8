"""`watchfloor reset-terminal`: makes a terminal usable again that a killed floor left in its own modes."""

import argparse
import os
import sys
import termios

from ops.errors import OutputError, UsageError

SUMMARY = "make this terminal usable again, after a floor that was killed (SIGKILL) could not do so itself"
EXAMPLES = (
    ("watchfloor reset-terminal", "type it blindly when nothing is echoed; the end of the line is Ctrl+J then"),
    ("watchfloor reset-terminal < /dev/pts/3", "another terminal than this one"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """It has no options of its own."""


def run(args: argparse.Namespace) -> int:
    """Leave the floor's modes and set the line as `stty sane` does. Raises UsageError where there is no terminal."""
    from tui.terminal.modes import RESTORE
    from tui.terminal.sane import make_sane

    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if stream is not None and stream.isatty():
            try:
                make_sane(stream.fileno())
                # A shell's redirection opens it for one direction only, so it is opened by its name.
                terminal = os.open(os.ttyname(stream.fileno()), os.O_WRONLY | os.O_NOCTTY)
                os.write(terminal, f"{RESTORE}\r\n".encode())
                os.close(terminal)
            except (OSError, termios.error) as error:
                raise OutputError(f"the terminal can't be reset: {error.args[-1]}") from error
            return 0
    raise UsageError("there is no terminal here; run it in the one that is to be reset")
