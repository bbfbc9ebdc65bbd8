"""One file of this machine, reached through no link: each part of its path is opened inside the one before."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from collectors.text import clean
from ops.actions.base import Case
from ops.actions.errors import ActionError, Refused
from ops.board import Row

KINDS = ("log", "access_log")
"""Kinds of rows whose key is a path, where their source is one."""
_PATTERN = frozenset("*?[")
_LOOK: int = getattr(os, "O_PATH", os.O_RDONLY | os.O_NONBLOCK) | os.O_NOFOLLOW | os.O_CLOEXEC
"""Opens for nothing but looking, where the system can do that."""


class Seen(NamedTuple):
    """A file as it was just looked at."""

    path: str
    size_bytes: int
    identity: str
    """Device and inode: another file of that name has others."""
    mode: int
    owner: tuple[int, int]
    """User and group."""


def place(row: Row) -> str:
    """The one file that a row of a log is read from; "" for patterns, containers and journals."""
    plain = row.key.startswith("/") and not _PATTERN.intersection(row.key)
    return row.key if row.facts.get("source") == "path" and plain else ""


def path_of(case: Case) -> str:
    """The file of the case's row. Raises Refused where it is no single file."""
    path: str = getattr(case.spec.config, "file", "")
    if not path:
        raise Refused(
            f"{clean(case.row.called)} is not read from one file", "name the file of the log in the config: file = …"
        )
    return path


def look(path: str) -> Seen:
    """Look at a file without opening it for anything. Raises Refused for what is no plain file of its own name."""
    with folder_of(path) as (folder, name), told(path):
        held = os.open(name, _LOOK, dir_fd=folder)
        try:
            return checked(path, os.fstat(held))
        finally:
            os.close(held)


def checked(path: str, found: os.stat_result) -> Seen:
    """What was found at a path. Raises Refused for links, devices, pipes, folders, and files with a second name."""
    if stat.S_ISLNK(found.st_mode):
        raise _refused(path, "is a link", "name the file itself in the config")
    if not stat.S_ISREG(found.st_mode):
        raise _refused(path, "is no plain file", "name a plain file in the config")
    if found.st_nlink != 1:
        raise _refused(path, f"has {found.st_nlink} names (hard links)", "look which else: ls -li")
    identity, owner = f"{found.st_dev}:{found.st_ino}", (found.st_uid, found.st_gid)
    return Seen(path, found.st_size, identity, stat.S_IMODE(found.st_mode), owner)


@contextmanager
def folder_of(path: str) -> Iterator[tuple[int, str]]:
    """The folder of a file as a descriptor, and the file's name in it. Raises Refused, also for a link on the way."""
    parts = [part for part in path.split("/") if part]
    if not path.startswith("/") or not parts or path.endswith("/") or {".", ".."} & set(parts) or "\0" in path:
        raise _refused(path, 'is no whole path without "." and ".."', "write the whole path in the config")
    held = os.open("/", _LOOK | os.O_DIRECTORY)
    try:
        for part in parts[:-1]:
            with told(path):
                inner = os.open(part, _LOOK | os.O_DIRECTORY, dir_fd=held)
            os.close(held)
            held = inner
        yield held, parts[-1]
    finally:
        os.close(held)


@contextmanager
def told(path: str) -> Iterator[None]:
    """Say in a sentence what the system says. Raises Refused."""
    try:
        yield
    except FileNotFoundError as error:
        raise Refused(
            f"{clean(path)} is not there: nothing was done", "look at the row again", reason="missing"
        ) from error
    except NotADirectoryError as error:
        raise _refused(path, "leads through a link or something that is no folder", "name its real path") from error
    except PermissionError as error:
        raise Refused(
            f"{clean(path)} may not be changed by this user", "run as its owner, or as root", reason="permission"
        ) from error
    except OSError as error:
        raise ActionError(f"{clean(path)}: {clean(error.strerror or error)}", "look at its file system") from error


def _refused(path: str, why: str, remedy: str) -> Refused:
    return Refused(f"{clean(path)} {why}: nothing was done", remedy)
