"""Takes the tables of a parsed config by their names: one that is written once, or a list of them."""

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

import msgspec

from ops.config.lines import Path
from ops.config.problems import Problems
from ops.config.values import read_struct

StructT = TypeVar("StructT", bound=msgspec.Struct)


def single(table: Mapping[str, Any], name: str, problems: Problems) -> Mapping[str, Any]:
    """What stands as [name]; empty where nothing does."""
    entry = table.get(name, {})
    if isinstance(entry, Mapping):
        return entry
    problems.add((name,), f"is written once, as [{name}]")
    return {}


def many(table: Mapping[str, Any], name: str, problems: Problems) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """What stands as [[name]], each with its path."""
    entries = table.get(name, [])
    if isinstance(entries, Mapping) or not isinstance(entries, list):
        problems.add((name,), f"is a list of tables: write [[{name}]] with two brackets")
        return
    for index, entry in enumerate(entries):
        if isinstance(entry, Mapping):
            yield (name, index), entry
        else:
            problems.add((name, index), f"must be a table: write [[{name}]]")


def structs(
    wanted: type[StructT], table: Mapping[str, Any], name: str, problems: Problems
) -> Iterator[tuple[Path, StructT]]:
    """What stands as [[name]] and can be read, each with its path."""
    for path, entry in many(table, name, problems):
        found = read_struct(wanted, entry, path, problems)
        if found is not None:
            yield path, found
