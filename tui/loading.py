"""Loads what a page needs while keys go on."""

import asyncio
import sys
from importlib import import_module


async def loaded(module: str) -> None:
    """Import a module in a thread, where it is not there yet: the largest pages take up to 80 ms."""
    if module not in sys.modules:
        await asyncio.to_thread(import_module, module)
