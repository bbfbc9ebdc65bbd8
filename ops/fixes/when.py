"""Which rows a `[[fix]]` is for: `when` against a row, with its state and without."""

from fnmatch import fnmatchcase

from ops.board import LEVELS, Row
from ops.config.fixing import FixWhen


def names(when: FixWhen, row: Row) -> bool:
    """Whether it is about this row, in whatever state that is."""
    if when.service and row.id != f"service:{when.service}":
        return False
    return not when.row or fnmatchcase(row.id, when.row)


def states(row: Row, *, counted: bool) -> frozenset[str]:
    """What it is: its own word and those of its bad checks. It may be busy beside the zombies that it is called after.

    `counted` leaves out what still has to stand a while before it counts.
    """
    bad = [check for check in row.checks if check.level != "ok"]
    held = {check.word for check in bad if check.pending}
    sure = {check.word for check in bad if not check.pending}
    return frozenset(sure | ({row.word} - held) if counted else sure | held | {row.word})


def matches(when: FixWhen, row: Row, *, counted: bool = False) -> bool:
    """Whether it is about this row as it is now. A row that is ok, or was not read yet, needs no fix.

    A person may act on what is only beginning; policy looks at what counts.
    """
    if row.level == "ok" or row.word == "waiting" or not names(when, row):
        return False
    if when.state and when.state not in states(row, counted=counted):
        return False
    return not when.level or LEVELS.index(row.level) >= LEVELS.index(when.level)
