"""Real git repositories, made by git itself and without the settings of whoever runs the tests."""

import os
import shutil
import subprocess
from pathlib import Path

from tests.parts.need import need

_WHO = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_SYSTEM": "/dev/null",
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@shop.example",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@shop.example",
}


class Repository:
    """A folder that git is run in."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __call__(self, *arguments: str, at: int | None = None) -> str:
        """Run git there and give what it prints; `at` is the time that it takes for now."""
        date = {} if at is None else {"GIT_COMMITTER_DATE": f"@{at} +0000", "GIT_AUTHOR_DATE": f"@{at} +0000"}
        told = subprocess.run(
            ["git", *arguments], cwd=self.path, env={**os.environ, **_WHO, **date}, capture_output=True, check=True
        )
        return told.stdout.decode().strip()

    def write(self, name: str, text: str) -> None:
        """Write a file there."""
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def commit(self, subject: str, at: int | None = None, **files: str) -> str:
        """Write files (a.txt as `a=`), commit them, and give the hash."""
        for name, text in files.items():
            self.write(f"{name}.txt", text)
        self("add", "-A")
        self("commit", "-q", "--allow-empty", "-m", subject, at=at)
        return self("rev-parse", "HEAD")


def repository(path: Path, *options: str) -> Repository:
    """An empty repository on the branch main."""
    need(shutil.which("git"), "git")
    path.mkdir(parents=True, exist_ok=True)
    made = Repository(path)
    made("init", "-q", "-b", "main", *options)
    return made
