"""Whether anybody else could change what a config makes us do: its file and every folder above it."""

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from ops.fixes.who import account

_OTHERS = stat.S_IWGRP | stat.S_IWOTH


def guarded(config_path: str, environ: Mapping[str, str] | None = None) -> str:
    """ "" where only we (and root) can change it, else why nothing is done, with what to do about it.

    A folder that everybody may write to is safe when it is sticky and what lies in it is ours: /tmp. Links are looked
    at on both of their sides. Under sudo the account before it counts as us.
    """
    ours = _ours(os.environ if environ is None else environ)
    try:
        places = list(_places(Path(config_path)))
        for place in places:
            said = _judge(place, place.lstat(), ours)
            if said:
                return f"refuses to act: {said}"
    except OSError as error:
        why = error.strerror or type(error).__name__
        return f"refuses to act: who may change {config_path} can't be seen ({why})"
    return ""


def kept(folder: Path, environ: Mapping[str, str] | None = None) -> str:
    """ "" where only we (and root) can write what jobs are begun from, below this folder, else why nothing is done.

    Whoever could put another folder in its place could have another request run, and another record kept.
    """
    ours = _ours(os.environ if environ is None else environ)
    for place in (folder, folder / "jobs"):
        try:
            said = _judge(place, place.stat(), ours)
        except FileNotFoundError:
            continue
        except OSError as error:
            return f"refuses to act: who may change {place} can't be seen ({error.strerror or type(error).__name__})"
        if said:
            return f"refuses to act: {said}"
    return ""


def _places(path: Path) -> Iterator[Path]:
    """The file and all folders above it, as it is named and as it really is; links themselves belong to a folder."""
    given, real = path.absolute(), path.resolve(strict=True)
    seen = dict.fromkeys((real, *real.parents))
    for place in (given, *given.parents):
        seen.setdefault(place)
        if place.is_symlink():
            target = place.resolve(strict=True)
            seen.update(dict.fromkeys((target, *target.parents)))
    return iter(seen)


def _judge(place: Path, found: os.stat_result, ours: frozenset[int]) -> str:
    if found.st_uid not in ours:
        whose = account(found.st_uid)
        return f"{place} belongs to {whose}, who could change what is done; chown it"
    if stat.S_ISLNK(found.st_mode) or not found.st_mode & _OTHERS:
        return ""
    if stat.S_ISDIR(found.st_mode) and found.st_mode & stat.S_ISVTX:
        return ""
    return f"{place} is writable by others; chmod go-w"


def _ours(environ: Mapping[str, str]) -> frozenset[int]:
    before = environ.get("SUDO_UID", "")
    return frozenset({0, os.geteuid(), *([int(before)] if os.geteuid() == 0 and before.isdigit() else [])})
