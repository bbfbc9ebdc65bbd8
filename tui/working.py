"""Begins workers by what they call: a coroutine whose worker ends before its first step would warn of itself."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, cast

from textual.dom import DOMNode


def begin(
    node: DOMNode,
    work: Callable[[], Coroutine[Any, Any, None]],
    *,
    group: str,
    exclusive: bool = False,
    exit_on_error: bool = True,
    name: str = "",
) -> None:
    """Have a node do some work beside everything else; with `exclusive` in place of what its group does."""
    # Textual takes a function too, but its type for that fits none that gives nothing.
    called = cast("Awaitable[None]", work)
    node.run_worker(called, name=name, group=group, exclusive=exclusive, exit_on_error=exit_on_error)
