"""The backups of one set as lines of a table: when, how well proven, why each stays or goes. Pure."""

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import NamedTuple

from collectors.text import LINE_LIMIT, clean
from ops.backup.structs import Kept
from ops.figures import short_size, stamp
from tui.glyphs import Glyphs
from tui.panes.backup_calendar import STYLES, sign
from tui.panes.backup_known import WORDS, Known, proof_mark, staying
from tui.panes.cells import age
from tui.widgets.columns import Cell, Column, TableRow

COLUMNS = (
    Column("at", "taken", align="left"),
    Column("proof", "proof", align="left"),
    Column("size", "size", 2),
    Column("why", "stays as", 1, align="left", least=12, grow=1),
    Column("took", "took", 4),
    Column("by", "for", 5, align="left"),
)
MEASURED = 200
"""Of so many backups the widths of columns are taken; later ones are alike."""


class View(NamedTuple):
    """What of the sets and their backups is wanted."""

    text: str = ""
    """Only those with this text: backups by id, reasons, what is wrong, sets by name and the like; in any case."""
    inverse: bool = False


def wanted(one: Known, lines: Sequence["KeptRow"], view: View) -> Sequence["KeptRow"]:
    """Those of its lines that a view lets through, newest first; `lines` are of all its backups."""
    text = view.text.casefold()
    if not text:
        return lines
    return [line for line, found in zip(lines, one.texts, strict=True) if (text in found) != view.inverse]


def wanted_of_set(one: Known, lines: Sequence["KeptRow"], view: View) -> Sequence["KeptRow"]:
    """The same of a set that a view shows: all of them where it is the set itself that has the text."""
    return wanted(one, lines, view) or (() if view.inverse else lines)


class KeptRow(TableRow):
    """One backup. Its cells are made when they are looked at: of thousands few are ever in view."""

    one: Kept
    now: float
    glyphs: Glyphs

    @classmethod
    def of(cls, one: Kept, now: float, glyphs: Glyphs) -> "KeptRow":
        """The line of a backup."""
        row = cls(one.id, ())
        row.one, row.now, row.glyphs = one, now, glyphs
        return row

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """When, proof, size, why it stays, how long it took, what for."""
        return _cells(self.one, self.now, self.glyphs)

    @property
    def is_critical(self) -> bool:
        """Whether it is none."""
        return bool(self.one.broken)

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)


def rows(kept: Iterable[Kept], now: float, glyphs: Glyphs) -> list[KeptRow]:
    """Backups as lines of a table."""
    return [KeptRow.of(one, now, glyphs) for one in kept]


def proof(one: Kept, now: float, glyphs: Glyphs) -> Cell:
    """Its sign, and when it was proven how."""
    found = proof_mark(one)
    at = one.drilled_at if one.drilled_at is not None else one.verified_at
    when = f" {age(now - at)} ago" if at is not None and found in ("drilled", "verified") else ""
    return Cell(f"{sign(found, glyphs)} {WORDS[found]}{when}", STYLES[found])


def _cells(one: Kept, now: float, glyphs: Glyphs) -> tuple[Cell, ...]:
    manifest = one.manifest
    return (
        Cell(stamp(manifest.at, now, "%H:%M"), "text", manifest.at),
        proof(one, now, glyphs),
        Cell(short_size(manifest.stored_bytes), "text", float(manifest.stored_bytes)),
        Cell(clean(staying(one), LINE_LIMIT), "text" if one.reasons else "muted"),
        Cell(age(manifest.took_s), "muted", manifest.took_s),
        Cell(clean(", ".join(manifest.due) or manifest.why), "muted"),
    )
