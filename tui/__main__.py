"""Entry of `watchfloor`: paints the floor's frame at once, then hands the command line over."""

import os
import sys
from typing import NoReturn

from tui import locales

_FLOOR_OPTIONS = ("--auto", "--no-auto", "--read-only", "--wall")


def wants_floor(argv: list[str]) -> bool:
    """Whether a command line (without the program's name) can only mean the floor."""
    words = iter(argv)
    for word in words:
        if word == "--config":
            if next(words, None) is None:
                return False
        elif word not in _FLOOR_OPTIONS and not word.startswith("--config="):
            return False
    return True


def leave(status: int) -> NoReturn:
    """End the process at once: a screen's end waits for no thread that hangs and for no teardown of the interpreter."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def main() -> int:
    """Run the command of this process's command line; returns its exit status."""
    locales.obey(os.environ)
    if wants_floor(sys.argv[1:]):
        from tui.terminal import memory, signals, skeleton

        signals.leave_on_signals()
        skeleton.paint()
        memory.hold()
    from tui.cli.entry import run

    status = run(sys.argv[1:])
    if "textual" in sys.modules:
        leave(status)
    return status


if __name__ == "__main__":
    sys.exit(main())
