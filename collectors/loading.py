"""Imports what is large in a thread, so that keys and other sources go on meanwhile."""

from importlib import import_module

from collectors.threads import DaemonPool

_POOL = DaemonPool(1, name="watchfloor-loading")
_LOADED: set[str] = set()


async def loaded(module: str) -> None:
    """Wait until a module is there: a driver or a page takes up to 100 ms. Raises what importing it raises."""
    # `sys.modules` has it from the beginning of its import on, and who then imports it waits for its end.
    if module not in _LOADED:
        await _POOL.run(import_module, module)
        _LOADED.add(module)
