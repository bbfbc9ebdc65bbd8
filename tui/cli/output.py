"""The one way out of headless commands: inert and masked text to standard output and standard error."""

import json
import os
import re
import sys
from collections.abc import Sequence
from typing import TextIO

import msgspec

from collectors.text import LINE_LIMIT, clean
from ops.board import Level
from ops.errors import OutputError
from ops.redact import mask, mask_tree
from tui.glyphs import ASCII, UNICODE, Glyphs, plain

_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_SGR: dict[Level, str] = {"ok": "32", "unknown": "35", "warning": "33", "critical": "31;1"}


def _utf8(stream: TextIO | None) -> bool:
    return stream is not None and "utf" in (stream.encoding or "").lower()


def glyphs() -> Glyphs:
    """The signs that standard output can show."""
    return UNICODE if _utf8(sys.stdout) else ASCII


def then(remedy: str) -> str:
    """How a remedy follows a sentence."""
    return f" {'->' if glyphs().ascii else '→'} {remedy}" if remedy else ""


def in_colour() -> bool:
    """True on a terminal that can, unless NO_COLOR is set to anything."""
    on_terminal = sys.stdout is not None and sys.stdout.isatty()
    return on_terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM", "dumb") != "dumb"


def signed(level: Level, text: str, width: int = 0) -> str:
    """A level's sign and some text, padded to a width, coloured where that is possible."""
    whole = f"{glyphs().levels[level]} {text}".ljust(width)
    return f"\x1b[{_SGR[level]}m{whole}\x1b[0m" if in_colour() else whole


def say(text: str) -> None:
    """Write lines to standard output, masked. A reader that has gone away (`| head`) is no error."""
    _write(sys.stdout, mask(text) + "\n")


def say_json(value: object) -> None:
    """Write a value to standard output as `json_text` gives it."""
    say_exactly(json_text(value))


def json_text(value: object) -> str:
    """A value as indented JSON, every text in it masked; without UTF-8, other signs than ASCII are escaped."""
    tree = mask_tree(msgspec.to_builtins(value, enc_hook=_listed))
    text = msgspec.json.format(msgspec.json.encode(tree), indent=2).decode() + "\n"
    return text if _utf8(sys.stdout) else _NOT_ASCII.sub(_escaped, text)


def _listed(value: object) -> list[object]:
    """A sequence of our own, such as packed columns of a chart, as a list."""
    if isinstance(value, Sequence):
        return list(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def _escaped(sign: re.Match[str]) -> str:
    return json.dumps(sign[0])[1:-1]


def say_exactly(text: str) -> None:
    """Write to standard output as it is: what was masked already, or a script that must stay whole."""
    _write(sys.stdout, text)


def complain(text: str) -> None:
    """Write lines to standard error, inert and masked."""
    lines = [clean(line, LINE_LIMIT) for line in mask(text).split("\n")]
    _write(sys.stderr, "\n".join(lines) + "\n")


def _write(stream: TextIO | None, text: str) -> None:
    if stream is None:
        return
    try:
        stream.write(text if _utf8(stream) else plain(text))
        stream.flush()
    except BrokenPipeError:
        silence(stream)
    except OSError as error:
        silence(stream)
        raise OutputError(f"the output can't be written: {error.strerror}") from error


def silence(stream: TextIO) -> None:
    """Let what is still buffered go nowhere, so that the interpreter has nothing to complain of at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
