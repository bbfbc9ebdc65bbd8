"""What paths of a config mean on this host: one root for each, which is one tar."""

import os
import re
from collections.abc import Sequence
from pathlib import Path

import msgspec

from collectors.backup import BackupConfig
from collectors.base import CollectError
from collectors.text import clean
from ops.backup.errors import BackupError
from ops.backup.targets.folder import folder_of
from ops.drift.host.globbing import find

_MAGIC = re.compile(r"[*?\[]")
_PART = re.compile(r"[^a-z0-9]+")
_LONGEST = 60


class Root(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is taken as a whole, or what one glob means."""

    part: str
    """"srv-media.tar"."""
    path: str
    """Absolute, links followed; of a glob: the folder that all of it is in."""
    members: tuple[str, ...]
    """What is taken, each with all that is below it."""
    whole: bool
    """Whether it can be swapped for what was restored: it is no choice of files of its folder."""


def roots(paths: Sequence[str], base: Path, taken: Sequence[str] = (), *, lost_ok: bool = False) -> Sequence[Root]:
    """One for each path, in their order; relative ones begin at `base`. `taken` are names of
    parts that there are already. Blocks. Raises BackupError, with `lost_ok` not for what is not there."""
    found: dict[str, Root] = {}
    for path in paths:
        whole = os.path.normpath(os.path.join(base, os.path.expanduser(path)))
        whole = "/" + whole.lstrip("/")
        members = _meant(whole) if _MAGIC.search(whole) else (os.path.realpath(whole),)
        if not members or (lost_ok and not os.path.lexists(members[0])):
            continue
        top = _fixed(whole) if _MAGIC.search(whole) else members[0]
        part = _part(top, {*taken, *found})
        swapped = top != "/" and not _MAGIC.search(whole)
        found[part] = Root(part=part, path=top, members=members, whole=swapped)
    if not found and not lost_ok:
        named = ", ".join(clean(path) for path in paths) or "no path"
        raise BackupError(f"there is nothing to take: {named}", "set paths of this [[backup]]", reason="empty")
    return list(found.values())


def own_places(config: BackupConfig, state: Path) -> Sequence[str]:
    """What is never taken: the folder that the backups go to, and where they are worked on."""
    own = [os.path.realpath(state)]
    scheme, _, place = config.target.partition(":")
    if scheme == "file":
        own.append(os.path.realpath(folder_of(config.target)))
    elif scheme == "restic" and place.removeprefix("local:").startswith("/"):
        own.append(os.path.realpath(place.removeprefix("local:")))
    return own


def _meant(glob: str) -> tuple[str, ...]:
    try:
        found = find((glob,), Path("/"))
    except CollectError as error:
        raise BackupError(error.message, error.remedy) from error
    dark = next(iter(sorted(found.unreadable)), "")
    if dark:
        raise BackupError(
            f"{clean(dark)} can't be looked into: {found.unreadable[dark]}",
            "run watchfloor as a user that may read it, or name it in exclude",
        )
    members: list[str] = []
    for path in sorted(found.paths):
        if not members or not path.startswith(members[-1] + "/"):
            members.append(path)
    return tuple(members)


def _fixed(glob: str) -> str:
    """The folders of a glob that no pattern is in."""
    names: list[str] = []
    for name in glob.split("/"):
        if _MAGIC.search(name):
            break
        names.append(name)
    return "/".join(names) or "/"


def _part(path: str, taken: set[str]) -> str:
    stem = _PART.sub("-", path.lower()).strip("-")[-_LONGEST:].strip("-") or "root"
    name, number = f"{stem}.tar", 1
    while name in taken:
        number += 1
        name = f"{stem}-{number}.tar"
    return name
