"""What the commands about backups share: which set and which backup, and how it ends that they can't."""

import argparse
import time
from typing import TYPE_CHECKING

from collectors.text import clean
from collectors.units import Duration
from ops.actions.errors import ActionError
from ops.config.names import did_you_mean
from ops.config.problems import ConfigError
from ops.config.secrets import SHARED
from ops.errors import OpsError, UsageError
from tui.cli import settings
from tui.cli.output import complain, say_json, then

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ops.backup.errors import BackupError
    from ops.config.structs import Config, TargetSpec

GOOD, BAD, FAILED, HELD = 0, 1, 2, 75
"""Exit statuses: as it should be; a proof or a set is bad; it could not be done; another process holds the set."""
WHICH = 'its id or the beginning of it, "latest", "verified", or a time: "2026-11-20 02:30" is the newest until then'
NONE = "the config has no [[backup]]"
_LOOK_S = 0.25


def load_config(named: str | None) -> "Config":
    """The config; a key or password that others may read is told on stderr. Raises ConfigError."""
    config = settings.load_config(named)
    for note in config.notes:
        if SHARED in note:
            complain(f"watchfloor: {note}")
    return config


def declare_set(parser: argparse.ArgumentParser) -> None:
    """Declare which set."""
    parser.add_argument("set", metavar="SET", help="name of the [[backup]]")


def declare_backup(parser: argparse.ArgumentParser, default: str = "latest") -> None:
    """Declare which backup of it."""
    words = f"{WHICH}; default: {default}"
    parser.add_argument("backup", metavar="BACKUP", nargs="?", default=default, help=words)


def spec_of(config: "Config", name: str) -> "TargetSpec":
    """The set of that name. Raises UsageError."""
    from ops.config.backed import sets

    known = {spec.config.name: spec for spec in sets(config)}
    if name not in known:
        hint = did_you_mean(name, known, NONE) if known else f"{NONE} yet"
        raise UsageError(f'no set of backups is called "{clean(name)}"; {hint}')
    return known[name]


def names_of(config: "Config", given: "Sequence[str]") -> "list[str]":
    """The sets that are named, each once, or all. Raises UsageError, and BackupError where there is none at all."""
    from ops.backup.errors import BackupError
    from ops.config.backed import sets

    found = list(dict.fromkeys(spec_of(config, name).config.name for name in given))
    found = found or [spec.config.name for spec in sets(config)]
    if not found:
        raise BackupError(NONE, "say what is taken and where it goes: docs/backups.md has examples", reason="missing")
    return found


def wait_of(text: str) -> float:
    """Seconds of `--wait`. Raises UsageError."""
    try:
        return float(Duration.parse(text))
    except ValueError as error:
        raise UsageError(f"--wait: {error}") from error


def wait_until_free(config: "Config", name: str, wait_s: float) -> None:
    """Wait for whoever does something to a set. Raises BackupError "held" with the owner when time is up."""
    from ops.backup.doing.work import backups_folder
    from ops.backup.errors import BackupError
    from ops.backup.locks import holder

    until = time.monotonic() + wait_s
    while (owner := holder(backups_folder(config), name)) is not None:
        if time.monotonic() >= until:
            said = f"{name} is being worked on by {owner.words(time.time())}"
            raise BackupError(said, "wait until that has ended: --wait 10m", reason="held")
        time.sleep(_LOOK_S)


def ended(args: argparse.Namespace) -> int:
    """Do what the words say; what can't be done ends with 2, what another holds with 75.

    Raises UsageError and ConfigError, which end as everywhere.
    """
    from ops.backup.errors import BackupError

    try:
        return int(args.do(args))
    except (UsageError, ConfigError):
        raise
    except BackupError as error:
        return failed(args, error)
    except ActionError as error:
        return failed(args, as_backup(error))
    except OpsError as error:
        return failed(args, BackupError(error.message))


def as_backup(error: ActionError) -> "BackupError":
    """What an action or its job says, as backups say it."""
    from ops.backup.errors import BackupError

    return BackupError(error.message, error.remedy, reason="held" if error.reason == "held" else "error")


def failed(args: argparse.Namespace, error: "BackupError") -> int:
    """Say why nothing came of it; gives the exit status."""
    held = error.reason == "held"
    if getattr(args, "json", False):
        verdict = "held" if held else "failed"
        say_json({"verdict": verdict, "said": error.message, "remedy": error.remedy, "reason": error.reason})
    else:
        complain(f"watchfloor: {error.message}{then(error.remedy)}")
    return HELD if held else FAILED
