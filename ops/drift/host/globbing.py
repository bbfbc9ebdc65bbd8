"""Finds the files that globs mean: "**" goes down through folders and follows no link, so that no loop can catch it."""

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec

from collectors.base import CollectError
from collectors.text import clean

MOST = 200_000
"""Names that are looked at in one capture."""
_DEEPEST = 64
_MAGIC = frozenset("*?[")
_ANY_DEPTH = "**"


class Found(msgspec.Struct):
    """What globs mean on this host."""

    paths: set[str] = msgspec.field(default_factory=set)
    unreadable: dict[str, str] = msgspec.field(default_factory=dict)
    """Folders and files that could not be looked at, with the reason: what is below them is not known."""


def find(globs: Iterable[str], base: Path, only: str = "") -> Found:
    """Look for them; relative ones begin at `base`. With `only`, no other path than that is looked for.

    Names that begin with a dot are meant by "*" too. Raises CollectError where they mean too much.
    """
    walk = _Walk(only)
    for glob in globs:
        whole = "/" + os.path.normpath(os.path.join(base, os.path.expanduser(glob))).lstrip("/")
        walk.below("/", tuple(part for part in whole.split("/") if part))
    if not only:
        return walk.found
    # What is below a folder that can't be looked into is not known itself.
    dark = next(iter(walk.found.unreadable.values()), "")
    return Found(walk.found.paths & {only}, {only: dark} if dark else {})


class _Walk:
    """One search; the same folder is gone through once for the same rest of a glob."""

    def __init__(self, only: str) -> None:
        self.found = Found()
        self._only = only.split("/")[1:] if only else []
        self._seen: set[tuple[str, Sequence[str]]] = set()
        self._looked = 0

    def below(self, folder: str, parts: Sequence[str]) -> None:
        """Take what this rest of a glob means in a folder."""
        if not parts or (folder, parts) in self._seen or folder.count("/") > _DEEPEST:
            return
        self._seen.add((folder, parts))
        first, rest = parts[0], parts[1:]
        if first == _ANY_DEPTH:
            self._any_depth(folder, parts)
        elif not _MAGIC.intersection(first):
            self._named(folder, first, rest)
        else:
            for name, path in self._entries(folder):
                if fnmatchcase(name, first):
                    self._take(path, rest)

    def _any_depth(self, folder: str, parts: Sequence[str]) -> None:
        rest = parts[1:]
        self.below(folder, rest)
        for _, path in self._entries(folder):
            if not rest:
                self.found.paths.add(path)
            if _is_folder(path):
                self.below(path, parts)

    def _named(self, folder: str, name: str, rest: Sequence[str]) -> None:
        path = f"{folder.rstrip('/')}/{name}"
        if not self._wanted(path):
            return
        self._count()
        try:
            os.lstat(path)
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            self.found.unreadable[path] = why(error)
            return
        self._take(path, rest)

    def _take(self, path: str, rest: Sequence[str]) -> None:
        if rest:
            self.below(path, rest)
        else:
            self.found.paths.add(path)

    def _entries(self, folder: str) -> Iterator[tuple[str, str]]:
        try:
            names = os.listdir(folder)
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            self.found.unreadable[folder] = why(error)
            return
        for name in sorted(names):
            path = f"{folder.rstrip('/')}/{name}"
            if self._wanted(path):
                self._count()
                yield name, path

    def _wanted(self, path: str) -> bool:
        parts = path.split("/")[1:]
        return not self._only or parts == self._only[: len(parts)]

    def _count(self) -> None:
        self._looked += 1
        if self._looked > MOST:
            raise CollectError(
                f"the globs mean more than {MOST} names", reason="limit", remedy="name fewer files, or fewer folders"
            )


def why(error: OSError) -> str:
    """What the system says, as one sentence of a reason."""
    if isinstance(error, PermissionError):
        return "this user may not read it"
    return clean(error.strerror or error)


def _is_folder(path: str) -> bool:
    try:
        return stat.S_ISDIR(os.lstat(path).st_mode)
    except OSError:
        return False
