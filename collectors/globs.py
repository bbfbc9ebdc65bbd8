"""Which names a config wants: globs to take, and globs to leave out."""

from collections.abc import Iterable
from fnmatch import fnmatchcase


def matches(name: str, globs: Iterable[str]) -> bool:
    """Whether any glob means the name."""
    return any(fnmatchcase(name, glob) for glob in globs)


def is_wanted(name: str, only: Iterable[str], exclude: Iterable[str]) -> bool:
    """Whether one of `only` means the name (all of them do when it is empty) and none of `exclude`."""
    only = tuple(only)
    return (not only or matches(name, only)) and not matches(name, exclude)
