"""What the commands into the past share: whose past it is, and the Board of one moment."""

import time
from pathlib import Path

from ops.board import Board
from ops.config.structs import Config
from ops.errors import UsageError
from tui.cli.settings import load_config
from tui.cli.stored import told


def named_past(store: str | None, config: str | None) -> tuple[Path, Config | None]:
    """The folder or file of a history and the config to it: this floor's own, or what is named.

    A store that is named tells everything itself, unless a config is named with it. Raises UsageError, ConfigError.
    """
    if store is None:
        from ops.store.places import store_folder

        own = load_config(config)
        return store_folder(own), own
    path = Path(store).expanduser()
    if not path.exists():
        raise UsageError(f'there is no store "{store}"')
    return path, load_config(config) if config else None


def board_at(text: str, store: str | None, config: str | None) -> Board:
    """The floor at a time as a person writes it. Raises UsageError for what is no time, OpsError where none is read."""
    from ops.past.opening import open_past
    from ops.past.times import parse_time

    at = parse_time(text, time.time())
    with told():
        past = open_past(*named_past(store, config))
        try:
            return past.board(at)
        finally:
            past.store.close()
