"""Writes what a page shows into a new file of the working folder, which only its owner can read."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from textual.screen import Screen

from ops.errors import OutputError


async def save(screen: Screen[Any], name: str, text: Callable[[], str]) -> None:
    """Write it whole or not at all, in a thread, and say so; what is there already is not written over."""
    try:
        path = await asyncio.to_thread(_put, text, name)
    except OutputError as error:
        screen.notify(error.message, severity="error", markup=False)
    except OSError as error:
        screen.notify(f"{name} can't be written here: {error.strerror}", severity="error", markup=False)
    else:
        screen.notify(f"written to {path}", markup=False)


def _put(text: Callable[[], str], name: str) -> Path:
    from ops.config.written import put

    path = Path.cwd() / name  # which raises where the folder is gone
    if path.exists() or path.is_symlink():
        raise OutputError(f"{path} is there already; move it away to have it written anew")
    put(text(), path)
    return path
