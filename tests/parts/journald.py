"""A real systemd-journald in a mount namespace of its own, where nothing else sees it."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.parts.databases import open_folder
from tests.parts.need import need
from tests.parts.wait import until

_JOURNALD = "/lib/systemd/systemd-journald"
_START = """
mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/journal /run/log/journal "$1/journal" || exit 70
mount --bind "$1/journal" /run/log/journal || exit 71
{journald} & server=$!
while [ ! -S /run/systemd/journal/socket ]; do sleep 0.05; done
: > "$1/ready"
while read -r word; do
    logger --journald < "$1/entry"
    : > "$1/written"
done
kill $server
wait $server
"""


class Journal:
    """A journal that a test writes to; `folder` is where its files are."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.folder = folder / "journal"
        script = _START.format(journald=_JOURNALD)
        self._shell = subprocess.Popen(
            ["unshare", "-m", "/bin/sh", "-c", script, "sh", str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until((folder / "ready").exists, "journald to start")

    def write(self, unit: str, message: str, priority: int) -> None:
        """Write an entry about a unit."""
        (self._folder / "written").unlink(missing_ok=True)
        entry = f"MESSAGE={message}\nPRIORITY={priority}\nOBJECT_SYSTEMD_UNIT={unit}\n"
        (self._folder / "entry").write_text(entry)
        assert self._shell.stdin is not None
        self._shell.stdin.write(b"go\n")
        self._shell.stdin.flush()
        until((self._folder / "written").exists, "the entry to be written")

    def stop(self) -> None:
        """End it."""
        assert self._shell.stdin is not None
        self._shell.stdin.close()
        self._shell.wait(10)


@pytest.fixture
def journal() -> Iterator[Journal]:
    """A journal of one test."""
    there = os.getuid() == 0 and Path(_JOURNALD).exists() and shutil.which("journalctl") and shutil.which("unshare")
    need(there, "root, systemd-journald and unshare for a journal of one's own")
    with open_folder() as folder:
        made = Journal(folder)
        try:
            yield made
        finally:
            made.stop()
