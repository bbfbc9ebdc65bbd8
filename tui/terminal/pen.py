"""Pens: how a cell is drawn, and the shortest sequence from one pen to the next."""

from rich.color import ColorSystem
from rich.style import Style
from textual.strip import SGR_STYLES

_KEPT = 512
"""Styles and transitions remembered; a floor has some dozens."""
_INK_ON_BLANKS = sum(1 << bit for bit in (3, 6, 8, 9, 10, 11, 12))
"""Attributes that show on a blank: underline, reverse, strike, double underline, frame, encircle, overline."""
_OFF = {0: "22", 1: "22", 2: "23", 3: "24", 4: "25", 6: "27", 8: "29"}
"""What switches one attribute off. For the others terminals disagree: they need a reset of all."""
_WEIGHTS, _UNDERLINES = 1 << 0 | 1 << 1, 1 << 3 | 1 << 9


class Pen:
    """Attributes, colours and link of a cell; pens are made once, so that equal ones are the same object."""

    __slots__ = ("attributes", "back", "fore", "ground", "link")

    def __init__(self, attributes: int, fore: str, back: str, link: str) -> None:
        self.attributes = attributes
        """One bit for each of Rich's attributes, in its order."""
        self.fore = fore
        """SGR code of the colour, "" for the terminal's own."""
        self.back = back
        self.link = link
        """What follows "OSC 8 ;", "" for none."""
        self.ground = self
        """The pen that a blank drawn with this one looks like: a blank has no ink, so most of a pen can't be seen."""


class Pens:
    """All pens of one terminal."""

    def __init__(self, *, colours: ColorSystem | None, can_switch_off: bool = True) -> None:
        """`can_switch_off` is False for terminals of the VT100's time, which know a reset only."""
        self._colours = colours or ColorSystem.TRUECOLOR
        self._can_switch_off = can_switch_off
        self._made: dict[tuple[int, str, str, str], Pen] = {}
        self._of_style: dict[Style, Pen] = {}
        self._shifts: dict[tuple[Pen | None, Pen], str] = {}
        self.plain = self._make(0, "", "", "")
        """The terminal's own colours, no attributes."""

    def of(self, style: Style | None) -> Pen:
        """Give the pen of a style."""
        if style is None:
            return self.plain
        pen = self._of_style.get(style)
        if pen is None:
            if len(self._of_style) >= _KEPT:
                self._of_style.clear()
            pen = self._of_style[style] = self._from(style)
        return pen

    def shift(self, before: Pen | None, after: Pen) -> str:
        """Give the shortest sequence from a pen (None when it is not known) to another."""
        if before is after:
            return ""
        key = (before, after)
        text = self._shifts.get(key)
        if text is None:
            if len(self._shifts) >= _KEPT:
                self._shifts.clear()
            text = self._shifts[key] = self._shift(before, after)
        return text

    def _from(self, style: Style) -> Pen:
        attributes = style._attributes & style._set_attributes
        fore = ";".join(style.color.downgrade(self._colours).get_ansi_codes()) if style.color else ""
        back = ";".join(style.bgcolor.downgrade(self._colours).get_ansi_codes(False)) if style.bgcolor else ""
        link = f"id={style.link_id};{style.link}" if style.link else ""
        return self._make(attributes, "" if fore == "39" else fore, "" if back == "49" else back, link)

    def _make(self, attributes: int, fore: str, back: str, link: str) -> Pen:
        key = (attributes, fore, back, link)
        pen = self._made.get(key)
        if pen is None:
            pen = self._made[key] = Pen(*key)
            if (attributes or fore) and not attributes & _INK_ON_BLANKS:
                pen.ground = self._make(0, "", back, link)
        return pen

    def _shift(self, before: Pen | None, after: Pen) -> str:
        anew = ["0" if after.attributes or after.fore or after.back else ""]
        anew += [code for bit, code in enumerate(SGR_STYLES) if after.attributes >> bit & 1]
        anew += [code for code in (after.fore, after.back) if code]
        best = f"\x1b[{';'.join(anew)}m"
        if before is not None and (codes := self._changed(before, after)) is not None:
            best = min(f"\x1b[{';'.join(codes)}m" if codes else "", best, key=len)
        # A link that is not known to be open is none: old consoles print the text of a sequence that they don't know.
        link_before = before.link if before is not None else ""
        return best if after.link == link_before else f"{best}\x1b]8;{after.link or ';'}\x1b\\"

    def _changed(self, before: Pen, after: Pen) -> list[str] | None:
        """Tell the codes for what differs alone; None where that needs a reset."""
        gone = [bit for bit in range(len(SGR_STYLES)) if before.attributes & ~after.attributes & 1 << bit]
        goes_off = bool(gone or (before.fore and not after.fore) or (before.back and not after.back))
        if any(bit not in _OFF for bit in gone) or (goes_off and not self._can_switch_off):
            return None
        codes = list(dict.fromkeys(_OFF[bit] for bit in gone))
        # Bold and dim go off together, and both underlines: the one that stays is switched on again.
        lost = (_WEIGHTS if "22" in codes else 0) | (_UNDERLINES if "24" in codes else 0)
        fresh = after.attributes & ~(before.attributes & ~lost)
        codes += [code for bit, code in enumerate(SGR_STYLES) if fresh >> bit & 1]
        if before.fore != after.fore:
            codes.append(after.fore or "39")
        if before.back != after.back:
            codes.append(after.back or "49")
        return codes
