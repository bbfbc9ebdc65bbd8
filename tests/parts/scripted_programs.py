"""Programs made for a test: a shell script under a name, and whether something that it started still runs."""

from pathlib import Path

import psutil


def program(folder: Path, name: str, script: str) -> str:
    """Write an executable shell script; gives its path."""
    file = folder / name
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    return str(file)


def alive(pid: int) -> bool:
    """Whether that process runs; a zombie does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
