"""What is done to which set, for whom, and who watches."""

import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from collectors.backup import BackupConfig
from ops.backup.structs import Running
from ops.config.backed import backup_of
from ops.config.structs import Config, TargetSpec
from ops.store.places import store_folder

FOLDER = "backups"
"""What the part of the state folder is called that backups have."""

LOOKING = "looking"
"""What the folder in it is called that reading needs."""


def _nobody(_: object) -> None:
    """Nobody watches."""


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """Handed to everything in this folder."""

    config: Config
    spec: TargetSpec
    """The set; its config is a BackupConfig."""
    folder: Path
    """Of backups, in the floor's state folder."""
    by: str = ""
    """User and way: "ann (screen)"."""
    say: Callable[[str], None] = _nobody
    """A line for whoever watches."""
    progress: Callable[[Running], None] = _nobody
    """A few times a second."""
    job: int = 0
    clock: Callable[[], float] = time.time

    @property
    def backup(self) -> BackupConfig:
        """The set's settings."""
        return backup_of(self.spec)

    @property
    def name(self) -> str:
        """The set's."""
        return self.backup.name


def backups_folder(config: Config) -> Path:
    """Where a floor keeps what it knows of backups."""
    return store_folder(config) / FOLDER
