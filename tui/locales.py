"""What the locale says about UTF-8; small, because it is asked before anything else is imported."""

import sys
from collections.abc import Mapping
from io import TextIOWrapper


def utf8(environ: Mapping[str, str]) -> bool:
    """Tell from the environment whether the terminal's owner wants UTF-8; nothing said means yes.

    Python itself turns a plain C locale into C.UTF-8 and writes that into LC_CTYPE (PEP 538), so LANG is asked first.
    """
    said = environ.get("LC_ALL") or environ.get("LANG") or environ.get("LC_CTYPE") or "UTF-8"
    return "utf" in said.lower().replace("-", "")


def obey(environ: Mapping[str, str]) -> None:
    """Write ASCII where the locale has no UTF-8: Python would write UTF-8 there too (PEP 538, PEP 540)."""
    if utf8(environ):
        return
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="ascii", errors="replace")
