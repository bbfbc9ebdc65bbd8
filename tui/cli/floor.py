"""Opens the floor: the full screen that is shown where no command is given."""

import os
import sys
from typing import TYPE_CHECKING

from ops.errors import UsageError
from tui.cli.settings import governed, load_config
from tui.terminal import skeleton
from tui.terminal.browser import in_browser

if TYPE_CHECKING:
    from ops.config.structs import Config

_WITHOUT_SCREEN = "for a pass without a screen: watchfloor check"


def show(named: str | None, *, auto: bool | None = None, read_only: bool = False, wall: bool = False) -> int:
    """Show the floor over the named or found config until it is left. Raises UsageError without a terminal.

    A `wall` is read-only, and takes turns with the war rooms of what is open.
    """
    try:
        if not in_browser(os.environ):
            require_terminal()
        config = governed(load_config(named), auto=auto, read_only=read_only or wall)
        from tui.app import run_floor

        def again() -> "Config":
            return governed(load_config(config.path), auto=auto, read_only=read_only or wall)

        return run_floor(config, wall=wall, again=again if config.path else None)
    except BaseException:
        skeleton.remove()
        raise


def require_terminal(otherwise: str = _WITHOUT_SCREEN) -> None:
    """Raise UsageError, which names what to do otherwise, unless a person can see and type."""
    for stream, words in ((sys.stdout, "standard output"), (sys.stdin, "standard input")):
        if stream is None or not stream.isatty():
            raise UsageError(f"{words} is not a terminal; {otherwise}")
    if os.environ.get("TERM", "dumb") == "dumb":
        raise UsageError(f"this terminal (TERM=dumb or not set) can't draw a screen; {otherwise}")
