"""What commands share: the config with its keymap checked, the choice of targets, and one pass over them."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence

from ops.board import Board
from ops.config.load import load
from ops.config.names import did_you_mean
from ops.config.structs import Config
from ops.errors import UsageError


def check_keymap(keymap: Mapping[str, str]) -> Iterable[str]:
    """What is wrong with a `[keys]` table."""
    from tui.keymap import check_keymap as check

    return check(keymap)


def load_config(named: str | None) -> Config:
    """Load the named or found config. Raises ConfigError with everything that is wrong."""
    return load(named, check_keymap=check_keymap)


def chosen(config: Config, only: Sequence[str]) -> tuple[str, ...]:
    """The ids of the targets with these ids or names. Raises UsageError for a name that no target has."""
    by_name: dict[str, list[str]] = {}
    for spec in config.targets:
        for name in {spec.id, spec.config.name}:
            by_name.setdefault(name, []).append(spec.id)
    for name in only:
        if name not in by_name:
            raise UsageError(f'no target is called "{name}"; {did_you_mean(name, by_name)}')
    return tuple(target for name in only for target in by_name[name])


def poll_once(config: Config, only: Sequence[str] = ()) -> Board:
    """One pass over the named targets, or all."""
    from ops.engine import one_pass

    return asyncio.run(one_pass(config, only))
