"""Loads what the first fix and the first incident need while nobody waits for it, in pieces that no key waits for."""

import asyncio
import sys

from collectors.loading import loaded

AFTER_S = 3.0
"""After the floor was opened: it starts without any of this."""
_BREATH_S = 0.02
_FIRST = ("ops.fixes.gate", "ops.fixes.who", "ops.jobs.book", "ops.runner.calls", "ops.actions.registry")
_THEN = (
    "ops.fixes.offers", "ops.fixes.planning", "ops.fixes.starting", "ops.jobs.aside", "ops.jobs.launch",
    "tui.panes.fix_menu", "tui.screens.fix_menu", "tui.panes.fix_plan", "tui.screens.fix_plan", "tui.screens.jobs",
    "ops.incidents.book", "tui.screens.incidents", "tui.screens.war_room", "ops.notify.next_step",
)  # fmt: skip


async def warm() -> None:
    """Load them one by one; what is there already costs nothing."""
    await _load(_FIRST)
    from ops.actions.registry import discover, module_names

    await _load(module_names())
    await _load(_THEN)
    discover()


async def _load(names: "list[str] | tuple[str, ...]") -> None:
    for name in names:
        if name in sys.modules:
            continue
        await loaded(name)
        await asyncio.sleep(_BREATH_S)
