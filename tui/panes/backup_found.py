"""What is inside a backup as lines of a table, and which of it was chosen. Pure."""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from functools import cached_property

from collectors.text import LINE_LIMIT, clean
from ops.backup.structs import Found, Manifest
from ops.figures import short_size, stamp
from tui.glyphs import Glyphs
from tui.widgets.columns import Cell, Column, TableRow

COLUMNS = (
    Column("mark", "", align="left"),
    Column("name", "name", align="left", least=16, grow=1, keep_end=True),
    Column("kind", "kind", 3, align="left"),
    Column("size", "size", 1),
    Column("rows", "rows", 1),
    Column("changed", "changed", 4, align="left"),
    Column("part", "part", 5, align="left", most=28),
)
MOST = 10_000
"""Things that are listed; a text is searched for among all."""
MEASURED = 200


def matching(found: Sequence[Found], text: str, *, inverse: bool) -> Sequence[Found]:
    """Those whose name has that text, or is like it where it has signs of a glob: as the source itself searches."""
    if any(sign in text for sign in "*?["):
        return [one for one in found if fnmatchcase(one.name, text) != inverse]
    wanted = text.casefold()
    return [one for one in found if (wanted in one.name.casefold()) != inverse] if wanted else found


class FoundRow(TableRow):
    """One thing. Its cells are made when they are looked at."""

    one: Found
    marked: bool
    now: float
    glyphs: Glyphs

    @classmethod
    def of(cls, key: str, one: Found, *, marked: bool, now: float, glyphs: Glyphs) -> "FoundRow":
        """The line of a thing."""
        row = cls(key, ())
        row.one, row.marked, row.now, row.glyphs = one, marked, now, glyphs
        return row

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """Name, kind, sizes."""
        one, glyphs = self.one, self.glyphs
        return (
            Cell(glyphs.marked if self.marked else " ", "accent"),
            Cell(clean(one.name, LINE_LIMIT), "strong" if self.marked else "text", one.name),
            Cell(one.kind, "muted"),
            Cell(glyphs.dash if one.bytes is None else short_size(one.bytes), "text"),
            Cell("" if one.rows is None else f"{one.rows:,}", "text"),
            Cell("" if one.changed_at is None else stamp(one.changed_at, self.now, "%H:%M"), "muted"),
            Cell(clean(one.part), "muted"),
        )

    @property
    def is_critical(self) -> bool:
        """Nothing inside a backup is."""
        return False

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)


def key_of(one: Found) -> str:
    """What tells it from others of the same backup."""
    return f"{one.part}\n{one.name}"


def rows(found: Iterable[Found], marked: frozenset[str], now: float, glyphs: Glyphs) -> list[FoundRow]:
    """Things as lines of a table; a name may be in a part twice, and is then one line."""
    keyed = {key_of(one): one for one in found}
    return [FoundRow.of(key, one, marked=key in marked, now=now, glyphs=glyphs) for key, one in keyed.items()]


def counted(read: int, left_out: int, *, reading: bool, glyphs: Glyphs) -> tuple[str, str]:
    """How much was found, and whether that is all."""
    if reading:
        return f"{read:,} so far {glyphs.ellipsis} ", "accent"
    if left_out:
        return f"{read:,}, and {left_out:,} more that are not listed: / searches among all ", "warning"
    return f"{read:,} ", "muted"


def title(manifest: Manifest, now: float) -> str:
    """Which backup it is."""
    return f"{clean(manifest.set)} as of {stamp(manifest.at, now, '%H:%M')} ({clean(manifest.id)})"
