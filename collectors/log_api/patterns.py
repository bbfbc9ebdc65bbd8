"""The config's own regular expressions over log lines, held so that no line can make them run for ever."""

import re
import time
from collections.abc import Iterator
from re import _parser  # type: ignore[attr-defined]
from typing import Any

_LONG, _SHORT = 2_000, 500
"""Characters of a line that are searched: with up to two repeats, and with more."""
_SLOW_S = 0.05
"""A search that takes longer is the last one: while it runs, everything else in the program waits."""
_REPEATS = ("MAX_REPEAT", "MIN_REPEAT")
_MANY = 100


class LinePattern:
    """One expression, searched in the beginning of lines; it switches itself off when a line made it slow."""

    def __init__(self, source: str, of: str) -> None:
        """`of` is the setting's name. Raises ValueError for what is no expression, or one that may never end."""
        try:
            repeats = list(_depths(_parser.parse(source)))
            self._search = re.compile(source).search
        except (re.error, RecursionError, OverflowError) as error:
            raise ValueError(f"{of} is not a regular expression: {error}") from error
        if any(depth > 1 for depth in repeats):
            raise ValueError(
                f'{of} has a repeat inside a repeat, as in "(a+)+", which can take for ever on some line; '
                "write it without, or make the inner one possessive"
            )
        self._of = of
        self._limit = _LONG if len(repeats) <= 2 else _SHORT
        self.hint = ""
        """Why it is switched off; "" while it is not."""

    def matches(self, text: str) -> bool:
        """Whether it is found in the beginning of a line."""
        if self.hint:
            return False
        began = time.perf_counter()
        found = self._search(text, 0, self._limit) is not None
        if (took_s := time.perf_counter() - began) > _SLOW_S:
            self.hint = f"{self._of} took {took_s * 1000:.0f} ms on one line and is switched off: make it simpler"
        return found


def _depths(parsed: Any, depth: int = 0) -> Iterator[int]:
    """For each repeat without a near end, how many such repeats it is in, itself included."""
    for operation, argument in parsed:
        inner = depth
        if str(operation) in _REPEATS and argument[1] > _MANY:
            inner += 1
            yield inner
        for part in _parts(argument):
            yield from _depths(part, inner)


def _parts(argument: Any) -> Iterator[Any]:
    """The expressions inside an operation's argument."""
    if isinstance(argument, _parser.SubPattern):
        yield argument
    elif isinstance(argument, tuple | list):
        for each in argument:
            yield from _parts(each)
