"""Imports what is large in a thread, so that keys and other sources go on meanwhile."""

from collections.abc import Callable
from importlib import import_module

from collectors.threads import DaemonPool

_POOL = DaemonPool(1, name="watchfloor-loading")
_LOADED: set[str] = set()


async def loaded(module: str, then: Callable[[], object] | None = None) -> None:
    """Wait until a module is there: a driver or a page takes up to 100 ms. Raises what importing it raises.

    `then` is called in the same thread, for what the module would import only when it is used first.
    """
    # `sys.modules` has it from the beginning of its import on, and who then imports it waits for its end.
    if module not in _LOADED:
        await _POOL.run(_load, module, then)
        _LOADED.add(module)


def _load(module: str, then: Callable[[], object] | None) -> None:
    import_module(module)
    if then is not None and module not in _LOADED:
        then()
