"""A set of backups on this machine: files, a folder to keep them in, and all that can be done to it."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from collectors.backup import BackupConfig
from collectors.base import Secret
from ops.backup.book import Book
from ops.backup.desk import BackupDesk
from ops.backup.doing.work import Work, backups_folder
from ops.backup.structs import Event, Running
from ops.config.structs import Config, Settings, StoreSettings, TargetSpec
from tests.parts.targets import target

KEY = Secret("5" * 64)


class Stage:
    """A set "media" of the kind files: `source` holds what is taken, `target` the backups."""

    def __init__(self, folder: Path, *, clock: Callable[[], float] | None = None, **settings: Any) -> None:
        self.folder = folder
        self.source, self.target = folder / "source", folder / "target"
        self.source.mkdir(exist_ok=True)
        self.target.mkdir(exist_ok=True, mode=0o700)
        self.said: list[str] = []
        self.seen: list[Running] = []
        self._clock = clock
        self.secrets: dict[str, Secret] = {}
        self.path = ""
        """Of the config's file."""
        self.settings = {"target": f"file://{self.target}", "kind": "files", "paths": (str(self.source),)} | settings

    @property
    def config(self) -> Config:
        """As it would be read from a file."""
        backup = BackupConfig(name="media", **self.settings)
        spec = TargetSpec(id="backup:media", collector=target("backup").collector, config=backup, secrets=self.secrets)
        return Config(
            path=self.path,
            settings=Settings(),
            targets=(spec,),
            thresholds=(),
            store=StoreSettings(path=str(self.state)),
        )

    @property
    def state(self) -> Path:
        """The floor's folder."""
        return self.folder / "state"

    def sealed(self) -> "Stage":
        """The same, encrypted."""
        self.secrets = {"key": KEY}
        return self

    def work(self, **fields: Any) -> Work:
        """What everything that is done is given."""
        config = self.config
        if self._clock is not None:
            fields["clock"] = self._clock
        return Work(
            config=config,
            spec=config.targets[0],
            folder=backups_folder(config),
            by="ann (test)",
            say=self.said.append,
            progress=self.seen.append,
            **fields,
        )

    @property
    def desk(self) -> BackupDesk:
        """What reads."""
        return BackupDesk(self.config, clock=self._clock) if self._clock else BackupDesk(self.config)

    def events(self) -> Sequence[Event]:
        """What the book says, newest first."""
        return Book(backups_folder(self.config)).events("media")

    def fill(self, **files: bytes) -> None:
        """Write files below the source."""
        for name, content in files.items():
            (self.source / name).write_bytes(content)

    def ids(self) -> list[str]:
        """What is in the target, by its folders."""
        folder = self.target / "media"
        return sorted(one.name for one in folder.iterdir() if not one.name.startswith(".")) if folder.is_dir() else []

    def unfinished(self) -> list[str]:
        """What is in the target beside."""
        folder = self.target / "media"
        return sorted(one.name for one in folder.iterdir() if one.name.startswith(".")) if folder.is_dir() else []
