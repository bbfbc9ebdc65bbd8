"""What the commands about incidents share: which incident, how many, and how a command is declared."""

import argparse
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ops.errors import UsageError

if TYPE_CHECKING:
    from ops.incidents.book import IncidentBook
    from ops.incidents.structs import Incident

_DIGITS = 9
Declared = tuple[str, str, Callable[[argparse.ArgumentParser], None], Callable[[argparse.Namespace], int]]
"""Name, what it does, its options, and the doing."""


def number_of(text: str) -> int:
    """The number of an incident, "42" or "INC-42". Raises UsageError."""
    digits = text.upper().removeprefix("INC-")
    if not digits.isdecimal() or len(digits) > _DIGITS:
        raise UsageError(f'"{text}" is no incident; its number is the one that `watchfloor incident list` shows')
    return int(digits)


def count_of(text: str, option: str) -> int:
    """A number of things, 0 for all. Raises UsageError."""
    if not text.isdecimal() or len(text) > _DIGITS:
        raise UsageError(f"{option}: {text!r} is no number")
    return int(text)


def pages(book: "IncidentBook", words: str = "") -> "Iterator[Incident]":
    """All incidents, newest first, read some hundred at a time."""
    before: int | None = None
    while page := book.page(before=before, limit=500, words=words):
        yield from page
        before = page[-1].number


def declare_number(parser: argparse.ArgumentParser) -> None:
    """Declare which incident."""
    parser.add_argument("number", metavar="NUMBER", help="of the incident, as `watchfloor incident list` shows it")
