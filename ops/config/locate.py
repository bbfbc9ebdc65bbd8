"""Finds the config file: the one that is named, or the first of the usual places."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from ops.config.problems import refuse

FILE_NAME = "watchfloor.toml"
VARIABLE = "WATCHFLOOR_CONFIG"
LIMIT = 1024 * 1024
"""Bytes that a config may have."""
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


def usual_places(environ: Mapping[str, str]) -> tuple[Path, ...]:
    """Where a config is looked for when none is named, in this order."""
    home = environ.get("XDG_CONFIG_HOME", "")
    base = Path(home) if os.path.isabs(home) else Path(os.path.expanduser("~"), ".config")
    return (Path(FILE_NAME), base / "watchfloor" / FILE_NAME, Path("/etc/watchfloor", FILE_NAME))


def locate(named: str | os.PathLike[str] | None, environ: Mapping[str, str]) -> Path | None:
    """The config to use, or None when there is none. One that is named is given as it is, there or not."""
    if named is not None:
        return Path(named)
    if environ.get(VARIABLE):
        return Path(environ[VARIABLE])
    return next((place for place in usual_places(environ) if os.path.lexists(place)), None)


def read_text(file: Path) -> str:
    """The text of a config file. Raises ConfigError when it can't be one."""
    name = str(file)
    try:
        with file.open("rb") as stream:
            raw = stream.read(LIMIT + 1)
    except FileNotFoundError as error:
        raise refuse(name, "there is no such file; `watchfloor init` writes one") from error
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise refuse(name, f"can't be read: {why}") from error
    if len(raw) > LIMIT:
        raise refuse(name, "is larger than 1 MiB, so it is hardly a config; nothing of it was used")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise refuse(name, "is not UTF-8 text; save it as UTF-8", line) from error


def permission_note(file: Path) -> str:
    """What is to be said about who may change the file or replace it; "" when only its owner may."""
    for place, what in ((file, "the config"), (file.absolute().parent, "its folder")):
        try:
            mode = place.stat().st_mode
        except OSError as error:
            return f"{place} can't be looked at: {error.strerror}"
        sticky = stat.S_ISDIR(mode) and mode & stat.S_ISVTX
        if mode & _OTHERS_WRITE and not sticky:
            return f"others may change {what} (mode {stat.S_IMODE(mode):04o}): chmod go-w {place}"
    return ""
