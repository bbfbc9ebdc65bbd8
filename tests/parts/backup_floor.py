"""A folder with files, a set of backups of them, and `watchfloor backup` run over it."""

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.parts.command import clean_environment, watchfloor

CONFIG = """
[watchfloor]
name = "kept"
{settings}

[store]
path = "store"

[[backup]]
name = "media"
kind = "files"
paths = ["{folder}/media"]
target = "file://{folder}/target"
key_file = "{folder}/backup.key"
{more}
"""
KEY = "5a" * 32
OTHER_KEY = "7b" * 32


class Floor:
    """Files of it are changed by the test; what is written is all below its folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "target").mkdir(mode=0o700)
        (folder / "media").mkdir()
        for name in ("one.txt", "two.txt"):
            (folder / "media" / name).write_text(f"{name}\n" * 100)
        self.key(KEY)
        self.configure()

    def configure(self, *, settings: str = "", more: str = "") -> None:
        """Write its config, with more settings of the floor or of the set."""
        text = CONFIG.format(folder=self.folder, settings=settings, more=more)
        (self.folder / "watchfloor.toml").write_text(text)

    def key(self, key: str) -> None:
        """The key that it has from now on."""
        file = self.folder / "backup.key"
        file.write_text(key)
        file.chmod(0o600)

    @property
    def kept(self) -> list[Path]:
        """Folders of the backups that are there, oldest first."""
        return sorted(path for path in (self.folder / "target" / "media").glob("2*"))

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """`watchfloor backup …` to its end."""
        return watchfloor("backup", *words, cwd=self.folder, environment=clean_environment())

    def say(self, *words: str, status: int = 0) -> str:
        """What it says to standard output, where it ends as it should."""
        done = self.run(*words)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout

    def told(self, *words: str, status: int = 0) -> Any:
        """What it says as JSON."""
        return json.loads(self.say(*words, "--json", status=status))
