"""The config's own regular expressions over log lines, held so that no line can make them run for ever."""

import re
import time
from collections.abc import Iterator, Sequence
from re import _compiler, _parser  # type: ignore[attr-defined]
from typing import Any

_LENGTHS = (2_000, 2_000, 300)
"""Characters of a line that are searched, by how many repeats run into what follows them: the work grows with the
length to the power of that number and one."""
_SLOW_S = 0.25
"""A search that takes longer is the last one: while it runs, everything else in the program waits."""
_REPEATS = ("MAX_REPEAT", "MIN_REPEAT")
_SINGLE = ("LITERAL", "NOT_LITERAL", "IN", "ANY")
_MANY = 20
_USELESS = re.compile(r"\^?\.\*\??(?![+?*])")
_INSIDE = (
    'has a repeat or a choice inside a repeat, as in "(a+)+" or "(a|b)+", which can take for ever on some line: '
    "write it without"
)
_RUNS_ON = 'has more than two repeats that run into what follows, such as ".*", which takes too long: use fewer'


class LinePattern:
    """One expression, searched in the beginning of lines; it switches itself off when a line made it slow."""

    def __init__(self, source: str, of: str) -> None:
        """`of` is the setting's name. Raises ValueError for what is no expression, or one that may never end."""
        # A search begins anywhere, so it needs no ".*" to get there.
        source = _USELESS.sub("", source, count=1) if _USELESS.match(source) else source
        try:
            running = sum(_running(_parser.parse(source), inside=False, last=True))
            self._search = re.compile(source).search
        except _NestedError as error:
            raise ValueError(f"{of} {_INSIDE}") from error
        except (re.error, RecursionError, OverflowError) as error:
            raise ValueError(f"{of} is not a regular expression: {error}") from error
        if running >= len(_LENGTHS):
            raise ValueError(f"{of} {_RUNS_ON}")
        self._of, self._limit = of, _LENGTHS[running]
        self.hint = ""
        """Why it is switched off; "" while it is not."""

    def matches(self, text: str) -> bool:
        """Whether it is found in the beginning of a line."""
        if self.hint:
            return False
        began = time.thread_time()
        found = self._search(text, 0, self._limit) is not None
        if (took_s := time.thread_time() - began) > _SLOW_S:
            self.hint = f"{self._of} took {took_s * 1000:.0f} ms on one line and is switched off: make it simpler"
        return found


class _NestedError(Exception):
    """A repeat or a choice stands inside a repeat."""


def _running(parsed: Any, *, inside: bool, last: bool) -> Iterator[bool]:
    """For each repeat whether it can hold what follows it, so that a search goes back through it.

    `last` is true where nothing follows after `parsed`. Raises _NestedError.
    """
    items = list(parsed)
    for index, (operation, argument) in enumerate(items):
        name, following = str(operation), items[index + 1 :]
        ends = last and not following
        variable = name in _REPEATS and argument[0] != argument[1]
        if inside and (variable or name == "BRANCH"):
            raise _NestedError
        if variable and argument[1] > _MANY:
            yield not ends and _overlaps(parsed, argument[2], following)
        for part in _parts(argument):
            repeated = inside or (name in _REPEATS and argument[1] > 1)
            yield from _running(part, inside=repeated, last=ends and not repeated)


def _overlaps(parsed: Any, repeated: Any, following: Sequence[Any]) -> bool:
    """Whether a character can be both in a repeat and what comes next; True when that is not plain."""
    after = following[0] if following else None
    if after and str(after[0]) in (*_REPEATS, "POSSESSIVE_REPEAT") and after[1][0] > 0 and len(after[1][2]) == 1:
        after = after[1][2][0]
    if after is None or len(repeated) != 1 or not {str(repeated[0][0]), str(after[0])} <= set(_SINGLE):
        return True
    one, other = (_compiler.compile(_parser.SubPattern(parsed.state, [item])) for item in (repeated[0], after))
    return any(one.match(chr(code)) and other.match(chr(code)) for code in range(256))


def _parts(argument: Any) -> Iterator[Any]:
    """The expressions inside an operation's argument."""
    if isinstance(argument, _parser.SubPattern):
        yield argument
    elif isinstance(argument, tuple | list):
        for each in argument:
            yield from _parts(each)
