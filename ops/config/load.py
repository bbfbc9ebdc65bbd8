"""Loads the config that everything starts from: found, decoded, checked, its secrets resolved; or discovered."""

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import msgspec

from ops.config.decode import Located, read
from ops.config.discovery import discover_config
from ops.config.lines import Path as ConfigPath
from ops.config.locate import locate, read_text
from ops.config.resolve import with_secrets
from ops.config.structs import Config

KeymapCheck = Callable[[Mapping[str, str]], Iterable[str]]
"""Says what is wrong with `[keys]`, each as "action: sentence". The actions are known where the keys are declared."""


def load(
    named: str | os.PathLike[str] | None = None,
    environ: Mapping[str, str] | None = None,
    check_keymap: KeymapCheck | None = None,
) -> Config:
    """Load the named config, or the first of the usual places, or what runs here when there is none.

    Raises ConfigError with everything that is wrong, missing secrets too.
    """
    environ = os.environ if environ is None else environ
    file = locate(named, environ)
    return discover_config(environ) if file is None else load_file(file, environ, check_keymap)


def load_located(file: Path, check_keymap: KeymapCheck | None = None) -> Located:
    """Read one file without its secrets; raises ConfigError only when it can't be read as TOML."""
    located = read(read_text(file), str(file))
    if check_keymap and located.config.keys:
        for said in check_keymap(located.config.keys):
            action, _, sentence = said.partition(": ")
            located.problems.add(_key_path(action, located), said if action not in located.config.keys else sentence)
    return located


def _key_path(action: str, located: Located) -> ConfigPath:
    """Where the action's key stands, whether its name was quoted or not; the section for what is said of two."""
    if action not in located.config.keys:
        return ("keys",)
    quoted, dotted = ("keys", action), ("keys", *action.split("."))
    return dotted if dotted in located.problems.lines else quoted


def load_file(file: Path, environ: Mapping[str, str], check_keymap: KeymapCheck | None = None) -> Config:
    """Load one file. Raises ConfigError with everything that is wrong."""
    located = load_located(file, check_keymap)
    config = with_secrets(located, environ)
    located.problems.stop()
    if config.targets:
        return config
    note = f"{file} names nothing to watch; `watchfloor init --force` writes down what runs here"
    return msgspec.structs.replace(config, notes=(*config.notes, note))
