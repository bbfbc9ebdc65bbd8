"""Reads NAME=value lines as Docker Compose's env_file has them, without replacing variables in the values. Pure."""

import re

_LINE = re.compile(r"[ \t]*(?:export[ \t]+)?([^\s=:'\"#][^\s=:]*)[ \t]*[=:](.*)", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\", "$": "$"}
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_COMMENT = re.compile(r"[ \t]+#.*")


def parse(text: str) -> dict[str, str]:
    """Each name with its value; of a name that is set twice the last counts. What is no such line is passed over.

    In single quotes all signs are meant as they are, in double ones a backslash makes n, r, t another; values in
    quotes may have several lines. Without quotes " #" begins a comment, and blanks at both ends do not count.
    """
    found: dict[str, str] = {}
    lines = text.replace("\r\n", "\n").split("\n")
    at = 0
    while at < len(lines):
        match = _LINE.fullmatch(lines[at])
        at += 1
        if match is None:
            continue
        value, used = _value(match[2], lines[at:])
        found[match[1]] = value
        at += used
    return found


def _value(begin: str, rest: list[str]) -> tuple[str, int]:
    """The value, and how many of the following lines belong to it."""
    bare = begin.lstrip(" \t")
    quote = bare[:1]
    if quote not in ("'", '"'):
        return _COMMENT.sub("", begin).strip(), 0
    text, used = bare[1:], 0
    while (end := _end(text, quote)) < 0:
        if used == len(rest):
            # A quote that nobody ends is a sign like any other.
            return _COMMENT.sub("", begin).strip(), 0
        text, used = f"{text}\n{rest[used]}", used + 1
    value = text[:end]
    if quote == '"':
        value = _ESCAPED.sub(lambda match: _ESCAPES.get(match[1], match[0]), value)
    return value, used


def _end(text: str, quote: str) -> int:
    """Where the quote ends, -1 where it does not."""
    at = 0
    while at < len(text):
        if text[at] == "\\" and quote == '"':
            at += 1
        elif text[at] == quote:
            return at
        at += 1
    return -1
