"""Pictures that a test compares with the kept one; `WATCHFLOOR_SNAPSHOTS=write` keeps new ones."""

import os
from collections.abc import Awaitable, Callable
from difflib import unified_diff
from pathlib import Path

KEPT = Path(__file__).parent.parent / "snapshots"
ROUNDS = 200


async def comes_to(name: str, picture: Callable[[], str], goes_on: Callable[[], Awaitable[object]]) -> None:
    """Let a screen go on until it is the kept picture; fails with the lines that differ. In writing mode keep it."""
    path, shown = KEPT / f"{name}.txt", _clean(picture())
    if os.environ.get("WATCHFLOOR_SNAPSHOTS") == "write":
        KEPT.mkdir(exist_ok=True)
        path.write_text(shown, "utf-8")
    kept = path.read_text("utf-8")
    for _ in range(ROUNDS):
        if shown == kept:
            return
        await goes_on()
        shown = _clean(picture())
    told = unified_diff(kept.splitlines(), shown.splitlines(), "kept", "shown", n=0, lineterm="")
    raise AssertionError("\n".join((f"{name} is another picture", *told)))


def _clean(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"
