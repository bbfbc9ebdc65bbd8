"""A folder with a floor that agrees on two files, and `watchfloor` run in it."""

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.parts.command import clean_environment, watchfloor

CONFIG = """
[watchfloor]
name = "drifting"
{settings}

[store]
path = "store"

[[host]]
name = "here"

[[drift]]
name = "here"
only = ["files", "env", "git"]
files = ["{folder}/etc/*"]
env_files = ["{folder}/shop.env"]
auto_fix = ["files:*/hosts*"]
{more}
"""
CANARY = "canary-3f9a1c7e5d"


class Floor:
    """Files of it are changed by the test; what is written is all below its folder."""

    def __init__(self, folder: Path, *, more: str = "") -> None:
        self.folder, self._more = folder, more
        (folder / "etc").mkdir()
        self.write("motd", "welcome\n")
        self.write("hosts", "127.0.0.1 localhost\n")
        (folder / "shop.env").write_text(f"TOKEN={CANARY}\n")
        self.configure()

    def configure(self, settings: str = "") -> None:
        """Write its config, with more settings of the floor."""
        text = CONFIG.format(folder=self.folder, settings=settings, more=self._more)
        (self.folder / "watchfloor.toml").write_text(text)

    def write(self, name: str, text: str) -> None:
        """A file that is agreed on."""
        (self.folder / "etc" / name).write_text(text)

    def read(self, name: str) -> str:
        """What is in one."""
        return (self.folder / "etc" / name).read_text()

    def path(self, name: str, fact: str = "") -> str:
        """Its path as a fact."""
        return f"files:{self.folder}/etc/{name}" + (f"#{fact}" if fact else "")

    def run(self, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        """`watchfloor drift …` to its end."""
        return watchfloor("drift", *words, cwd=self.folder, environment=clean_environment(**environment))

    def say(self, *words: str, status: int = 0) -> str:
        """What it says to standard output, where it ends as it should."""
        done = self.run(*words)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout

    def told(self, *words: str, status: int = 0) -> Any:
        """What it says as JSON."""
        return json.loads(self.say(*words, "--json", status=status))
