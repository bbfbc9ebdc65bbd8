"""Tells what ends and starts again and again: a restart mends nothing there."""

from ops.board import Row

NO_REMEDY = "it starts again and again by itself: a restart is no remedy for that, see why it ends"
_WORDS = ("restarting", "flapping")


def restarts_again_and_again(row: Row) -> bool:
    """Whether a process or container is in a restart loop, or good and bad by turns."""
    found = {check.word for check in row.checks if check.level != "ok"} | {row.word}
    return row.flapping or row.facts.get("state") == "restarting" or not found.isdisjoint(_WORDS)
