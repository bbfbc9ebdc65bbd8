"""Finds the line of every table, key and element of a TOML text, which tomllib does not tell."""

import re
import tomllib
from collections.abc import Mapping

Path = tuple[str | int, ...]
Lines = Mapping[Path, int]

_BLANK = re.compile(r"[ \t]*")
_FILLER = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_BASIC_STRING = r'"(?:[^"\\\n]++|\\.)*+"'
_KEY_PART = re.compile(rf"[A-Za-z0-9_-]+|{_BASIC_STRING}|'[^'\n]*'")
_STRING = re.compile(
    r'"""(?:[^"\\]++|\\.|"(?!""))*+"{3,5}'
    r"|'''(?:[^']++|'(?!''))*+'{3,5}"
    rf"|{_BASIC_STRING}|'[^'\n]*'",
    re.DOTALL,
)
_PLAIN = re.compile(r"[^,\]}#\n]*")


def line_of(lines: Lines, path: Path) -> int:
    """The line of a path or of the nearest thing around it; 0 when nothing of it is in the text."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 0)


def find_lines(text: str) -> Lines:
    """Map each path of a valid TOML text to its line, counted from 1; inline tables and arrays are walked too."""
    return _Scanner(text.replace("\r\n", "\n")).scan()


class _Scanner:
    """Walks a text that tomllib has accepted, so it only needs to know where things end."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.line = 1
        self.counted_to = 0
        self.lines: dict[Path, int] = {}
        self.lengths: dict[Path, int] = {}

    def scan(self) -> Lines:
        table: Path = ()
        self._skip(_FILLER)
        while self.at < len(self.text):
            if self._next("["):
                table = self._header()
            else:
                self._pair(table)
            self._skip(_FILLER)
        return self.lines

    def _next(self, sign: str) -> bool:
        return self.text.startswith(sign, self.at)

    def _skip(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.at)
        if match is None:
            return ""
        self.at = match.end()
        return match[0]

    def _mark(self, path: Path) -> None:
        self.line += self.text.count("\n", self.counted_to, self.at)
        self.counted_to = self.at
        self.lines.setdefault(path, self.line)

    def _header(self) -> Path:
        brackets = 2 if self._next("[[") else 1
        start = self.at
        self.at += brackets
        names = self._key()
        end, self.at = self.at + brackets, start
        table = self._within((), names[:-1])
        last = (*table, names[-1]) if names else table
        if brackets == 2:
            self._mark(last)
            count = self.lengths.get(last, 0)
            self.lengths[last] = count + 1
            last = (*last, count)
        else:
            last = self._within(table, names[-1:])
        self._mark(last)
        self.at = end
        return last

    def _within(self, table: Path, names: tuple[str, ...]) -> Path:
        """Go down into tables, always into the newest element of an array of tables."""
        for name in names:
            table = (*table, name)
            if table in self.lengths:
                table = (*table, self.lengths[table] - 1)
            else:
                self._mark(table)
        return table

    def _key(self) -> tuple[str, ...]:
        names: list[str] = []
        while True:
            self._skip(_BLANK)
            raw = self._skip(_KEY_PART)
            names.append(raw if raw[:1] not in ('"', "'") else next(iter(tomllib.loads(f"{raw} = 0"))))
            self._skip(_BLANK)
            if not self._next("."):
                return tuple(names)
            self.at += 1

    def _pair(self, table: Path) -> None:
        start = self.at
        names = self._key()
        value_at, self.at = self.at + 1, start
        path = self._within(table, names)
        self.at = value_at
        self._value(path)

    def _value(self, path: Path) -> None:
        self._skip(_BLANK)
        if self._next("["):
            self._array(path)
        elif self._next("{"):
            self._inline_table(path)
        elif not self._skip(_STRING):
            self._skip(_PLAIN)

    def _array(self, path: Path) -> None:
        self.at += 1
        index = 0
        while self._more("]"):
            self._mark((*path, index))
            self._value((*path, index))
            index += 1

    def _inline_table(self, path: Path) -> None:
        self.at += 1
        while self._more("}"):
            self._pair(path)

    def _more(self, end: str) -> bool:
        """Go to the next element; False when the array or inline table ends here."""
        self._skip(_FILLER)
        if self._next(","):
            self.at += 1
            self._skip(_FILLER)
        if self._next(end) or self.at >= len(self.text):
            self.at += 1
            return False
        return True
