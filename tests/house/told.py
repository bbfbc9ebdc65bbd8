"""What a page of the docs tells: its tables and sections, and whether its commands, options and keys are there."""

import argparse
import re
from collections.abc import Collection, Iterator

from tui.cli.parser import build
from tui.keys import KEYS

_SIGNS = {"slash": "/", "plus": "+", "minus": "-", "left_square_bracket": "[", "right_square_bracket": "]"}


def rows(page: str, columns: int) -> Iterator[list[str]]:
    """The cells of every line of a table with so many columns."""
    for line in page.splitlines():
        cells = [cell.strip() for cell in line.strip().removeprefix("|").removesuffix("|").split(" | ")]
        if line.startswith("| ") and len(cells) == columns:
            yield cells


def table(page: str, columns: int, head: str) -> dict[str, list[str]]:
    """The lines of the table whose first column has that head, by the word in it."""
    found: dict[str, list[str]] = {}
    inside = False
    for cells in rows(page, columns):
        inside = cells[0] == head or (inside and (cells[0].startswith("`") or cells[0].isdigit()))
        if inside and cells[0] != head:
            found[cells[0].strip("`")] = cells
    return found


def section(page: str, head: str) -> str:
    """The text below a heading."""
    return page.partition(f"## {head}\n")[2].partition("\n## ")[0]


def _choices(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    (choice,) = (action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    return dict(choice.choices)


def parser_of(command: str) -> argparse.ArgumentParser:
    """What reads the command line of a command."""
    return _choices(build((command,)))[command]


def below(command: str) -> dict[str, argparse.ArgumentParser]:
    """The commands below one, by name."""
    return _choices(parser_of(command))


def options(parser: argparse.ArgumentParser) -> set[str]:
    """All that it knows."""
    return {option for action in parser._actions for option in action.option_strings}


def check_commands(page: str, command: str) -> None:
    """Every command below one stands in a table and no other, with no option that it has not."""
    lines = [(found[1], found.string) for line in page.splitlines()
             if (found := re.match(rf"\| `watchfloor {command} ([a-z-]+)", line))]  # fmt: skip
    known = below(command)
    assert {name for name, _ in lines} == set(known)
    for name, line in lines:
        assert set(re.findall(r"--[a-z-]+", line)) <= options(known[name]), line


def untold_keys(text: str, scopes: Collection[str], *ids: str) -> set[str]:
    """Which keys of these scopes, and of those with these ids, a text does not name."""
    known = [key for key in KEYS if key.scope in scopes or key.id in ids]
    return {key.id for key in known if not any(f"`{_SIGNS.get(one, one)}`" in text for one in key.keys.split(","))}
