"""A small file system of its own, in an image file: full when it is full, read-only when it is made so."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.parts.need import need


class SmallDisk:
    """A mounted ext4 of a few megabytes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        """Take all the room that is left."""
        with self._ballast.open("ab", buffering=0) as stream:
            for size in (65536, 1024, 1):
                try:
                    while True:
                        stream.write(b"\0" * size)
                except OSError:
                    continue

    def empty(self) -> None:
        """Give the room back."""
        self._ballast.unlink()

    def read_only(self, really: bool = True) -> None:
        """Take writes no more, or again."""
        subprocess.run(["mount", "-o", f"remount,{'ro' if really else 'rw'}", str(self.folder)], check=True)


@contextmanager
def small_disk(folder: Path) -> Iterator[SmallDisk]:
    """Make and mount one below a folder; needs root and a loop device."""
    need(os.geteuid() == 0 and shutil.which("mkfs.ext4"), "root and mkfs.ext4, for a small file system")
    image, where = folder / "disk.img", folder / "disk"
    where.mkdir()
    with image.open("wb") as stream:
        stream.truncate(3 * 1024 * 1024)
    subprocess.run(["mkfs.ext4", "-q", "-m", "0", "-O", "^has_journal", str(image)], check=True)
    mounted = subprocess.run(["mount", "-o", "loop", str(image), str(where)], capture_output=True, check=False)
    need(mounted.returncode == 0, f"the right to mount: {mounted.stderr.decode().strip()}")
    try:
        yield SmallDisk(where)
    finally:
        subprocess.run(["umount", "--lazy", str(where)], check=True)
