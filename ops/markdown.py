"""Markdown out of text that is only text: nothing of it becomes a heading, a link, a tag or the end of a cell."""

from collections.abc import Iterable, Sequence

_SIGNS = frozenset("\\|<>[]`*_#~")


def escaped(text: str) -> str:
    """Text as it is, on one line."""
    return "".join(f"\\{sign}" if sign in _SIGNS else sign for sign in " ".join(text.splitlines()))


def table(head: Sequence[str], body: Iterable[Sequence[str]]) -> list[str]:
    """Lines of a table, each cell as it is; lines that are too short are filled up."""
    lines = [head, ["---"] * len(head), *[[*line, *[""] * (len(head) - len(line))] for line in body]]
    return [f"| {' | '.join(escaped(cell) for cell in line)} |" for line in lines]


def fenced(lines: Sequence[str]) -> list[str]:
    """Lines that keep their spaces, within a fence that none of them can end."""
    fence = "```"
    while any(fence in line for line in lines):
        fence += "`"
    return [f"{fence}text", *lines, fence]
