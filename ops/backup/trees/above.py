"""The folders that a tree is in, which its tar has not: recorded when it is taken, made again where they are lost."""

import json
import os
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from collectors.text import clean

MOST = 1000
"""Folders of one tar that are recorded."""
_PLAIN = 0o755


class Dress(NamedTuple):
    """How a folder was."""

    mode: int
    uid: int
    gid: int


def recorded(members: Sequence[str]) -> str:
    """Modes and owners of the folders that these are in, as JSON. Blocks."""
    found: dict[str, Dress] = {}
    for member in members:
        for folder in Path(member).parents:
            path = str(folder)
            if path == "/" or path in found or len(found) >= MOST:
                continue
            try:
                seen = os.stat(path)
            except OSError:
                continue
            found[path] = Dress(stat.S_IMODE(seen.st_mode), seen.st_uid, seen.st_gid)
    return json.dumps(dict(sorted(found.items())))


def known(fact: object) -> Mapping[str, Dress]:
    """What `recorded` gave, by path; nothing of a backup that does not have it."""
    try:
        read = json.loads(fact) if isinstance(fact, str) else {}
        return {str(path): Dress(*(int(one) for one in dress)) for path, dress in read.items()}
    except (ValueError, TypeError, AttributeError):
        return {}


def made(folder: Path, base: Path, were: Mapping[str, Dress]) -> Sequence[str]:
    """Make a folder with those that it is in, each as it was; gives what to tell. Blocks. Raises OSError.

    `base` stands for the / of where it was taken.
    """
    missing = [one for one in (folder, *folder.parents) if not os.path.lexists(one)]
    told = []
    for one in reversed(missing):
        one.mkdir(mode=0o700)
        was = were.get("/" + str(one.relative_to(base))) if one != base and one.is_relative_to(base) else None
        told.append(f"{clean(one)} was not there: made {dressed(one, was)}")
    if not missing:
        folder.mkdir(exist_ok=True)
    return told


def dressed(folder: Path, was: Dress | None) -> str:
    """Give a folder of ours its mode and owner; gives how it is now, in words. Blocks. Raises OSError."""
    if was is None:
        os.chmod(folder, _PLAIN)
        return f"with mode {_PLAIN:04o}, as the backup does not have what it was"
    try:
        os.chown(folder, was.uid, was.gid)
    except OSError:
        # Only root may give it away; a user namespace may lack that number.
        mode = was.mode & 0o1777
        os.chmod(folder, mode)
        return f"with mode {mode:04o} as it was, but not its owner {was.uid}:{was.gid}"
    os.chmod(folder, was.mode & 0o7777)
    return f"as it was, mode {was.mode:04o}, owner {was.uid}:{was.gid}"
