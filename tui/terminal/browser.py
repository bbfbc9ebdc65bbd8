"""Whether this floor is drawn in a browser: then textual-serve holds its standard streams, and says so."""

from collections.abc import Mapping

DRIVER = "textual.drivers.web_driver:WebDriver"
"""What textual-serve writes into $TEXTUAL_DRIVER of the program that it starts."""


def in_browser(environ: Mapping[str, str]) -> bool:
    """Whether textual-serve has started this process."""
    return environ.get("TEXTUAL_DRIVER") == DRIVER
