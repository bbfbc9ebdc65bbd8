"""Which shops run now: a small file for each, in a folder that only we can write; another terminal finds them there."""

import os
import shutil
import socket
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from ops.demo.plan import private

PREFIX = "watchfloor-demo-"


class UnsafeFolderError(Exception):
    """The folder is not ours alone, so nothing in it can be believed."""


def home() -> Path:
    """Where the folder is, or would be."""
    return Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()) / f"{PREFIX}{os.geteuid()}"


def folder() -> Path:
    """The folder, made when missing. Raises UnsafeFolderError when somebody else could write it."""
    path = home()
    path.mkdir(mode=0o700, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise UnsafeFolderError(f"{path} is not a folder that only you can write; remove it")
    return path


def control_socket(directory: Path) -> Path:
    """Where the supervisor of the shop in `directory` listens."""
    return private(directory, "control")


def remember(directory: Path) -> None:
    """Write down that a shop lives in `directory`."""
    try:
        (folder() / directory.name).write_text(str(directory))
    except FileNotFoundError:  # the last other shop took the folder with it, just now
        (folder() / directory.name).write_text(str(directory))


def forget(directory: Path) -> None:
    """It lives no more; the last one takes the folder with it."""
    place = folder()
    (place / directory.name).unlink(missing_ok=True)
    with suppress(OSError):
        place.rmdir()


def _answers(directory: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1)
        try:
            probe.connect(str(control_socket(directory)))
        except OSError:
            return False
    return True


def _guarded(directory: Path) -> bool:
    """Whether the guard of that shop still lives."""
    try:
        guard = int(private(directory, "run", "guard.pid").read_text())
        return directory.name.encode() in Path("/proc", str(guard), "cmdline").read_bytes()
    except (OSError, ValueError):
        return False


def _entries() -> list[tuple[Path, Path]]:
    """Each entry with the directory that it names, newest first. An entry may go at any moment."""
    found = []
    for entry in folder().iterdir():
        try:
            found.append((entry.stat().st_mtime, entry, Path(entry.read_text())))
        except FileNotFoundError:
            continue
    return [(entry, directory) for _, entry, directory in sorted(found, reverse=True)]


def running() -> list[Path]:
    """The directories of the shops that answer, newest first."""
    return [directory for _, directory in _entries() if _answers(directory)]


def clean() -> None:
    """Remove what shops left behind whose processes were all killed at once."""
    for entry, directory in _entries():
        if not entry.name.startswith(PREFIX) or directory.name != entry.name or _guarded(directory):
            continue
        if not directory.is_symlink() and directory.exists() and directory.stat().st_uid == os.geteuid():
            shutil.rmtree(directory, ignore_errors=True)
        entry.unlink(missing_ok=True)
