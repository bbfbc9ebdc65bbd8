"""Loads the config that everything starts from: found, decoded, checked, its secrets resolved; or discovered."""

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from ops.config.decode import read
from ops.config.discovery import discover_config
from ops.config.locate import locate, read_text
from ops.config.resolve import with_secrets
from ops.config.structs import Config


def load(named: str | os.PathLike[str] | None = None, environ: Mapping[str, str] | None = None) -> Config:
    """Load the named config, or the first of the usual places, or what runs here when there is none.

    Raises ConfigError with everything that is wrong, missing secrets too.
    """
    environ = os.environ if environ is None else environ
    file = locate(named, environ)
    return discover_config(environ) if file is None else load_file(file, environ)


def load_file(file: Path, environ: Mapping[str, str]) -> Config:
    """Load one file. Raises ConfigError with everything that is wrong."""
    located = read(read_text(file), str(file))
    config = with_secrets(located, environ)
    located.problems.stop()
    if config.targets:
        return config
    note = f"{file} names nothing to watch; `watchfloor init --force` writes down what runs here"
    return msgspec.structs.replace(config, notes=(*config.notes, note))
