"""Programs made for a test: a shell script under a name."""

from pathlib import Path


def program(folder: Path, name: str, script: str) -> str:
    """Write an executable shell script; gives its path."""
    file = folder / name
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    return str(file)
