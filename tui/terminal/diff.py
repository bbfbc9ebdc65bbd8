"""The difference between two pictures as terminal sequences: moves, pens and text, no byte more than needed."""

from collections.abc import Mapping

from tui.terminal.cells import Line, Picture
from tui.terminal.moves import move
from tui.terminal.pen import Pen, Pens
from tui.terminal.runs import Piece, any_unsure, changed, pieces
from tui.terminal.signs import trust

OLD_TERMINALS = ("vt52", "vt100", "vt102", "vt125", "vt132")
"""Values of TERM for terminals that can't go to a column, erase cells, or switch off one attribute alone."""


def modern(environ: Mapping[str, str]) -> bool:
    """Tell whether the terminal knows what came with the VT220 and ECMA-48 (all that are made today do)."""
    return environ.get("TERM", "").partition("-")[0] not in OLD_TERMINALS


class Shown:
    """What the terminal shows, as far as it was told: its lines, its cursor and its pen."""

    def __init__(self, pens: Pens, *, modern: bool = True) -> None:
        self._pens = pens
        self._modern = modern
        self.lines: list[Line | None] = []
        """None for a line whose cells are not known."""
        self.cursor: tuple[int, int] | None = None
        self.pen: Pen | None = None
        self._known = False

    def forget(self) -> None:
        """Know nothing: the next difference is the whole picture. May be called by a signal in the midst of one."""
        self._known = False

    def follow(self, wanted: Picture) -> str:
        """Give what turns the terminal into the picture, and count it as shown; "" when it looks like that already.

        Call `forget` when the picture has another size than before.
        """
        if not self._known:
            self._known, self.cursor, self.pen = True, None, None
            self.lines = [None] * wanted.height
        unknown = {y for y, line in enumerate(self.lines) if line is None}
        loose: dict[Pen, list[Piece]] = {}
        ordered: list[Piece] = []
        for y in sorted(wanted.touched | unknown):
            old, new = self.lines[y], wanted.lines[y]
            if old is not None and old.same(new):
                continue
            cells = changed(old, new)
            made = pieces(y, new, cells, self._pens.plain, erase=self._modern)
            self.lines[y] = new.copy()
            if any_unsure(new.signs) and any(trust(new.signs[at]) == "unsure" for at in cells):
                ordered += made
                continue
            for piece in made:
                loose.setdefault(piece.pen, []).append(piece)
        wanted.touched = set()
        return self._written(loose, ordered, wanted.width)

    def park(self, at: tuple[int, int]) -> str:
        """Give what puts the cursor where somebody types."""
        text = move(self.cursor, at, columns=self._modern)
        self.cursor = at
        return text

    def _written(self, loose: dict[Pen, list[Piece]], ordered: list[Piece], width: int) -> str:
        """Write pen by pen, nearest pen first: a change of colours costs more than a jump of the cursor."""
        parts: list[str] = []
        shift = self._pens.shift
        while loose:
            pen = self.pen
            nearest = pen if pen in loose else min(loose, key=lambda other: len(shift(pen, other)))
            for piece in loose.pop(nearest):
                self._write(piece, width, parts)
        for piece in ordered:
            self._write(piece, width, parts)
        return "".join(parts)

    def _write(self, piece: Piece, width: int, parts: list[str]) -> None:
        parts += (
            move(self.cursor, (piece.x, piece.y), columns=self._modern),
            self._pens.shift(self.pen, piece.pen),
            piece.text,
        )
        self.pen = piece.pen
        after = piece.x + piece.width
        # In the last column the cursor stands still on one terminal and waits behind the line on another.
        self.cursor = (after if piece.sure and after < width else -1, piece.y)
