"""Which rows a `[[fix]]` is for: `when` against a row, with its state and without."""

from fnmatch import fnmatchcase

from ops.board import LEVELS, Row
from ops.config.fixing import FixWhen


def names(when: FixWhen, row: Row) -> bool:
    """Whether it is about this row, in whatever state that is."""
    if when.service and row.id != f"service:{when.service}":
        return False
    return not when.row or fnmatchcase(row.id, when.row)


def matches(when: FixWhen, row: Row) -> bool:
    """Whether it is about this row as it is now. A row that is ok, or was not read yet, needs no fix."""
    if row.level == "ok" or row.word == "waiting" or not names(when, row):
        return False
    if when.state and row.word != when.state:
        return False
    return not when.level or LEVELS.index(row.level) >= LEVELS.index(when.level)
