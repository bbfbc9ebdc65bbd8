"""Cells that every pane writes alike: the state of a row, its figures, its age."""

from collections.abc import Callable, Sequence

from collectors.base import Value
from ops import figures
from ops.board import LEVELS, Board, Level, Row
from tui.glyphs import Glyphs
from tui.widgets.columns import Cell, Column
from tui.widgets.sparkline import sparkline

HOST = Column("host", "host", align="left", least=4, most=16, optional=True)
"""Stands after name and state, and only where the floor shows more than one host."""
AFTER_HOST = 3
"""Where words in place of figures begin."""
_HERE = frozenset(("container", "process", "docker", "swarm", "log", "access_log", "systemd", "git", "exec"))
"""Kinds whose rows are on this host unless they say otherwise; what is asked over a network can be anywhere."""
_NAMES_IN_DIGITS = frozenset(("pid", "port", "status", "code", "version", "parent"))
_AGES = ((86400.0, "d"), (3600.0, "h"), (60.0, "m"))


def age(seconds: float | None) -> str:
    """Write an age in its largest whole unit, so that it rarely changes: "42s", "3m", "9h", "12d"."""
    if seconds is None:
        return ""
    for unit, letter in _AGES:
        if seconds >= unit:
            return f"{seconds // unit:.0f}{letter}"
    return f"{max(seconds, 0):.0f}s"


def coarse_age(seconds: float | None) -> str:
    """The same for a column: under a minute it is "now", so that a quiet floor has nothing to repaint."""
    return "now" if seconds is not None and seconds < 60 else age(seconds)


def number(row: Row, fact: str) -> float | None:
    """A fact as a number, or None when it is not known or is no number."""
    value = row.facts.get(fact)
    return None if isinstance(value, str) or value is None else float(value)


def words(row: Row, fact: str) -> str:
    """A fact as text, or "" when it is not known."""
    value = row.facts.get(fact)
    return "" if value is None else str(value)


def told(fact: str, value: Value) -> str:
    """A fact in the unit that its name tells; what is a name in digits keeps them together."""
    plain = fact.rpartition("_")[2] in _NAMES_IN_DIGITS and isinstance(value, int)
    return str(value) if plain else figures.figure(fact, value)


def style_of(row: Row) -> str:
    """What colours the figures of a row."""
    return "stale" if row.stale else "text"


def state(row: Row, now: float, glyphs: Glyphs) -> Cell:
    """Glyph and word; what is old says how old."""
    word = "flapping" if row.flapping else row.word
    if row.stale and row.at is not None:
        word = f"{word} {age(now - row.at)}" if word == "stale" else f"{word}, {age(now - row.at)} old"
    return Cell(f"{glyphs.levels[row.level]} {word}", row.level, float(LEVELS.index(row.level)))


def name(row: Row) -> Cell:
    """The row's name, strong while something is wrong with it."""
    return Cell(row.name, "strong" if row.level in ("warning", "critical") else "text", row.name)


def places(board: Board) -> Callable[[Row], Cell]:
    """Tells which host a row is on, once the floor shows more than one; before that nothing."""
    if not any(row.host for row in board.rows):
        return lambda row: Cell("")
    here = next((row.name for row in board.of("host") if not row.host), "here")

    def told(row: Row) -> Cell:
        local = here if row.kind.partition(".")[0] in _HERE else ""
        return Cell(row.host or local, "accent" if row.host else "muted", row.host or local or None)

    return told


def figure(row: Row, value: float | None, form: Callable[[float | None], str], glyphs: Glyphs, style: str = "") -> Cell:
    """A number in its unit, without the space before it; a dash where it is not known."""
    if value is None:
        return Cell(glyphs.dash, "muted")
    return Cell(form(value).replace(" ", ""), style or style_of(row), value)


def fact(row: Row, key: str, glyphs: Glyphs, *, metric: str = "") -> Cell:
    """A fact in the unit that its name tells, coloured by the check that judges it."""
    value: Value = row.facts.get(key)
    if value is None or isinstance(value, str):
        return Cell(str(value) if value else glyphs.dash, style_of(row) if value else "muted", value)
    style = judged(row, metric or key)
    return Cell(figures.figure(key, value).replace(" ", ""), style, float(value))


def judged(row: Row, fact_name: str) -> str:
    """The level of the check on one fact, or the row's plain style."""
    level: Level | None = next(
        (check.level for check in row.checks if check.id.endswith(f".{fact_name}") and not check.pending), None
    )
    return level if level in ("warning", "critical") and not row.stale else style_of(row)


def trend(row: Row, glyphs: Glyphs) -> Cell:
    """The last 30 minutes as a sparkline."""
    last = next((value for value in reversed(row.trend) if value is not None), None)
    return Cell(sparkline(row.trend, glyphs), _spark(row), last)


def _spark(row: Row) -> str:
    return "stale" if row.stale else "bar"


def changed(row: Row, now: float) -> Cell:
    """How long ago the level last changed."""
    since = now - row.since if row.since else None
    fresh = since is not None and since < 300 and row.level != "ok"
    told = age(since) if fresh else coarse_age(since)
    return Cell(told, "text" if fresh else "muted", -row.since if row.since else None)


def why(row: Row) -> Cell:
    """The reason, or what is wrong with the reading."""
    return Cell(row.reason or row.error, row.level if row.level != "ok" else "muted", row.reason or None)


def reason_span(row: Row, *, also_stale: bool = False) -> Cell | None:
    """What to say in place of figures: why there are none, and what to do."""
    blind = row.at is None or (also_stale and row.stale and row.level != "ok")
    said = row.error or row.reason
    if not blind:
        return None
    if not said:
        return Cell("waiting for the first reading", "muted") if row.at is None else None
    remedy = f" ({row.remedy})" if row.remedy else ""
    return Cell(said + remedy, row.level if row.level != "ok" else "muted")


def worst_first(rows: Sequence[Row]) -> list[Row]:
    """What is wrong comes first; what is alike keeps its order."""
    return sorted(rows, key=lambda row: -LEVELS.index(row.level))
