"""A set of files as a floor has it: its config in a file, for the floor reads it by a process of its own."""

import json
from collections.abc import Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ops.backup.desk import BackupDesk
from ops.backup.structs import Kept
from ops.config.structs import Config
from tests.parts.acting import act, config_of
from tests.parts.dry_case import Stage, Staged, Staging

ROW = "backup:media"


class Shop:
    """A folder with files, a place for its backups, and a config in a file: the floor reads it in another process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.source, self.target = folder / "media", folder / "target"
        self.source.mkdir()
        self.target.mkdir(mode=0o700)
        self.write(**{"a.txt": "one\n", "b.txt": "two\n"})

    def write(self, **files: str) -> None:
        """Files of the shop."""
        for name, text in files.items():
            (self.source / name).write_text(text)

    def config(self, more: str = "") -> Config:
        """With one set of files."""
        file = self.folder / "floor.toml"
        text = (
            f"[store]\npath = {json.dumps(str(self.folder / 'state'))}\n"
            f'[[backup]]\nname = "media"\nkind = "files"\npaths = [{json.dumps(str(self.source))}]\n'
            f"target = {json.dumps(f'file://{self.target}')}\n{more}"
        )
        file.write_text(text)
        file.chmod(0o600)
        return config_of(text, file=str(file))

    async def kept(self, config: Config) -> tuple[Kept, ...]:
        """What there is, newest first."""
        return (await BackupDesk(config).standing("media")).kept

    def look(self) -> tuple[Sequence[tuple[str, str]], Sequence[str], Sequence[str]]:
        """Files of the shop, backups, and what was written down."""
        files = [(file.name, file.read_text()) for file in sorted(self.source.iterdir())]
        ids = [file.name for file in sorted(self.target.glob("media/*"))]
        lines = [line for file in self.folder.glob("state/backups/*.jsonl") for line in file.read_text().splitlines()]
        return files, ids, lines


@asynccontextmanager
async def _staged(request: pytest.FixtureRequest, backups: int, more: str = "") -> Staging:
    folder: Path = request.getfixturevalue("tmp_path")
    shop = Shop(folder)
    config = shop.config(more)
    for _ in range(backups):
        await act(config, "backup.run", ROW)
    oldest = (await shop.kept(config))[-1].id if backups else ""
    shop.write(**{"a.txt": "changed since\n"})
    yield Staged(config, ROW, shop.look, {"backup": oldest} if backups == 1 else {})


@asynccontextmanager
async def _deleted(request: pytest.FixtureRequest) -> Staging:
    async with _staged(request, 2) as staged:
        kept = await BackupDesk(staged.config).standing("media")
        yield staged._replace(params={"backup": kept.kept[-1].id})


STAGES: dict[str, Stage] = {
    "backup.run": lambda request: _staged(request, 0),
    "backup.verify": lambda request: _staged(request, 1),
    "backup.drill": lambda request: _staged(request, 1),
    "backup.restore": lambda request: _staged(request, 1),
    "backup.prune": lambda request: _staged(request, 2, "keep = { last = 1 }\n"),
    "backup.delete": _deleted,
}
