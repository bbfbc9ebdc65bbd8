"""Where a floor's history is: a folder of its own, named after the floor unless the config says where."""

import os
import re
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from ops.config.structs import Config

_UNSAFE = re.compile(r"[^\w@+=.-]+", re.ASCII)
"""Signs beyond ASCII too: where the locale has none, they can't be in a path."""
_NAME_BYTES = 100


def store_folder(config: Config, environ: Mapping[str, str] | None = None) -> Path:
    """The folder of a config's history, there or not.

    `[store] path` (from the config's own folder on, with "~"), else $XDG_STATE_HOME/watchfloor/<name of the floor>,
    else ~/.local/state/watchfloor/<name>.
    """
    if config.store.path:
        return Path(config.path).absolute().parent / Path(config.store.path).expanduser()
    state = (os.environ if environ is None else environ).get("XDG_STATE_HOME", "")
    base = Path(state) if os.path.isabs(state) else Path(os.path.expanduser("~"), ".local", "state")
    return base / "watchfloor" / folder_name(config.settings.name)


def folder_name(name: str) -> str:
    """A floor's name as the name of a folder: readable, and never that of another floor.

    Where signs had to be replaced or cut, a few digits of the whole name's hash keep two floors apart.
    """
    safe = _UNSAFE.sub("-", name).strip("-.")
    short = safe.encode()[:_NAME_BYTES].decode("utf-8", "ignore")
    if short and short == name:
        return name
    return f"{short}-{sha256(name.encode()).hexdigest()[:8]}" if short else sha256(name.encode()).hexdigest()[:8]
