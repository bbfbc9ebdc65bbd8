"""The table of sets: how each stands, its age against its RPO, how it was proven, how fast it would be back. Pure."""

from collections.abc import Iterable, Sequence

from collectors.text import clean
from ops.backup.structs import Event, Running, Standing
from ops.board import LEVELS, Level
from ops.figures import duration, short_size
from tui.glyphs import Glyphs
from tui.panes.backup_kept import View
from tui.panes.backup_known import Known
from tui.panes.backup_said import Said, age_s, said
from tui.panes.cells import age, coarse_age
from tui.widgets.columns import Cell, Column, TableRow
from tui.widgets.sparkline import sparkline

COLUMNS = (
    Column("set", "set", align="left", least=8, most=28),
    Column("state", "state", align="left", least=12),
    Column("bar", "of RPO", 4, align="left", least=6),
    Column("age", "age"),
    Column("last", "last", 3),
    Column("next", "next", 1),
    Column("verified", "verified", 1, align="left"),
    Column("rto", "RTO", 2, align="left"),
    Column("size", "size", 2),
    Column("trend", "sizes", 5, align="left", least=8, most=24, grow=1, keep_end=True),
    Column("kind", "kind", 6, align="left"),
)


def ratio(running: Running) -> float | None:
    """How far it is; None where that is not known."""
    return min(running.bytes / running.total_bytes, 1.0) if running.total_bytes > 0 else None


def wanted(sets: Iterable[Known], view: View, now: float) -> list[Known]:
    """Those that a view lets through, in their order: by their own words, or by those of one of their backups.

    An inverse one hides those whose own words have the text; their backups are hidden one by one.
    """
    text = view.text.casefold()
    if not text:
        return list(sets)
    if view.inverse:
        return [one for one in sets if text not in words(one, now)]
    return [one for one in sets if text in words(one, now) or any(text in found for found in one.texts)]


def words(one: Known, now: float) -> str:
    """What a set itself is found by: name, kind, target, how it stands, what runs; case folded."""
    standing = one.standing
    running = standing.running.what if standing.running is not None else ""
    return "\n".join((standing.set, standing.kind, standing.target, said(standing, now).word, running)).casefold()


def rows(sets: Sequence[Known], now: float, glyphs: Glyphs) -> list[TableRow]:
    """A line for each set, in their order."""
    return [_row(one, now, glyphs) for one in sets]


def _row(one: Known, now: float, glyphs: Glyphs) -> TableRow:
    standing = one.standing
    found = said(standing, now)
    return TableRow(
        standing.set,
        (
            Cell(clean(standing.set), "strong", standing.set),
            _state(one, found, glyphs),
            *_ages(standing, now, glyphs),
            _last(standing.last, now, glyphs),
            _next(standing.next_at, now, glyphs),
            _proven(one, now),
            _rto(standing, glyphs),
            _size(one, glyphs),
            Cell(sparkline(one.sizes, glyphs, width=24), "bar"),
            Cell(clean(standing.kind), "muted", standing.kind),
        ),
    )


def _state(one: Known, found: Said, glyphs: Glyphs) -> Cell:
    """What runs, with the sign of how it stands otherwise; else that."""
    rank = float(LEVELS.index(found.level))
    running = one.standing.running
    if running is not None:
        far = ratio(running)
        text = f"{glyphs.runs} {running.what}" + (f" {far * 100:.0f} %" if far is not None else "")
        return Cell(text, "accent" if found.level == "ok" else found.level, rank)
    if not one.asked and not one.standing.kept:
        return Cell(f"{glyphs.ellipsis} asking", "muted", rank)
    return Cell(f"{glyphs.levels[found.level]} {found.word}", found.level, rank)


def _ages(standing: Standing, now: float, glyphs: Glyphs) -> tuple[Cell, Cell]:
    old_s, rpo_s = age_s(standing, now), standing.rpo_s
    if old_s is None:
        return Cell("", "muted"), Cell(f"{glyphs.dash}/{duration(rpo_s)}" if rpo_s else glyphs.dash, "muted")
    part = old_s / rpo_s if rpo_s else 0.0
    style = "critical" if part > 1 else "text"
    text = f"{_exact_age(old_s)}/{duration(rpo_s)}" if rpo_s else coarse_age(old_s)
    return Cell("", "critical" if part > 1 else "bar", part, part if rpo_s else None), Cell(text, style, old_s)


def _exact_age(seconds: float) -> str:
    """In units as small as those of the RPO beside it: "1d" of "1d6h" would not tell whether that is missed."""
    return coarse_age(seconds) if seconds < 3600 else duration(seconds)


def _last(last: Event | None, now: float, glyphs: Glyphs) -> Cell:
    if last is None:
        return Cell(glyphs.dash, "muted")
    level: Level = "ok" if last.ok else "warning"
    text = f"{glyphs.levels[level]} {coarse_age(now - last.at)}"
    return Cell(text, "text" if last.ok else "warning", now - last.at)


def _next(at: float | None, now: float, glyphs: Glyphs) -> Cell:
    if at is None:
        return Cell(glyphs.dash, "muted")
    return Cell("due" if at <= now else age(at - now), "text", at - now)


def _proven(one: Known, now: float) -> Cell:
    """When it was last read through, and when restored for proof."""
    if one.verified_at is None and one.drilled_at is None:
        return Cell("never", "warning")
    read = coarse_age(now - one.verified_at) if one.verified_at is not None else "never"
    drill = f"drill {coarse_age(now - one.drilled_at)}" if one.drilled_at is not None else "no drill"
    newest = max(at for at in (one.verified_at, one.drilled_at) if at is not None)
    return Cell(f"{read}, {drill}", "text", now - newest)


def _rto(standing: Standing, glyphs: Glyphs) -> Cell:
    """Measured, projected where that is another figure, and what it may be."""
    measured, soon, most = standing.restore_s, standing.restore_now_s, standing.rto_s
    first = _span(measured) if measured is not None else glyphs.dash
    then = f"{glyphs.chosen}{_span(soon)}" if soon is not None and age(soon) != age(measured) else ""
    over = soon is not None and most > 0 and soon > most
    style = "critical" if over else "text" if measured is not None else "muted"
    return Cell(f"{first}{then}/{duration(most)}" if most else f"{first}{then}", style, soon)


def _span(seconds: float) -> str:
    """How long something took; never "0s", which looks as if it had not been measured."""
    return age(seconds) if seconds >= 1 else "<1s"


def _size(one: Known, glyphs: Glyphs) -> Cell:
    if not one.sizes:
        return Cell(glyphs.dash, "muted")
    return Cell(short_size(one.sizes[-1]), "text", one.sizes[-1])
