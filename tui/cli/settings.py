"""What commands share: the config with its keymap checked, the choice of targets, and one pass over them."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from ops.board import Board
from ops.config.load import load
from ops.config.names import did_you_mean
from ops.config.structs import Config, Settings
from ops.errors import UsageError


def check_keymap(keymap: Mapping[str, str]) -> Iterable[str]:
    """What is wrong with a `[keys]` table."""
    from tui.keymap import check_keymap as check

    return check(keymap)


def load_config(named: str | None) -> Config:
    """Load the named or found config. Raises ConfigError with everything that is wrong."""
    return load(named, check_keymap=check_keymap)


def config_beside(store: str | None, named: str | None) -> Config:
    """The config for who looks into a store: one that is named needs none, unless a config is named with it."""
    if store is None or named is not None:
        return load_config(named)
    return Config(path="", settings=Settings(), targets=(), thresholds=())


def governed(config: Config, *, auto: bool | None = None, read_only: bool = False) -> Config:
    """The config with what the command line says about acting. Raises UsageError for what can't go together."""
    if auto and read_only:
        raise UsageError("--auto acts and --read-only does not: choose one of them")
    if auto and not config.path:
        raise UsageError("--auto needs a config file with [[fix]]; `watchfloor init` writes down what runs here")
    if auto and config.settings.read_only:
        raise UsageError("--auto acts, and the config says read_only = true under [watchfloor]")
    if auto is not None:
        config = replace(config, auto=replace(config.auto, enabled=auto))
    return replace(config, settings=replace(config.settings, read_only=True)) if read_only else config


def chosen(config: Config, only: Sequence[str]) -> tuple[str, ...]:
    """The ids of the targets with these ids or names. Raises UsageError for a name that no target has."""
    by_name: dict[str, list[str]] = {}
    for spec in config.targets:
        for name in {spec.id, spec.config.name}:
            by_name.setdefault(name, []).append(spec.id)
    for name in only:
        if name not in by_name:
            hint = did_you_mean(name, by_name, "`watchfloor board` shows all")
            raise UsageError(f'no target is called "{name}"; {hint}')
    return tuple(target for name in only for target in by_name[name])


def poll_once(config: Config, only: Sequence[str] = ()) -> Board:
    """One pass over the named targets, or all."""
    from ops.engine import one_pass

    return asyncio.run(one_pass(config, only))
