"""Text as cells: which sign stands in which cell, and how far a terminal can be trusted to agree on that."""

import unicodedata
from functools import lru_cache
from typing import Literal

from rich.cells import get_character_cell_size, split_graphemes

WIDE_TAIL = ""
"""What a cell holds that the sign to its left covers too."""
Trust = Literal["sure", "hazy", "unsure"]
"""sure: every terminal draws it as wide as we think. hazy: one set to an East Asian width may not (box lines, blocks).
unsure: terminals do differ (joined emoji, variation selectors, flags, what is newer than the terminal)."""


@lru_cache(maxsize=1024)
def cells(text: str) -> tuple[str, tuple[str, ...]]:
    """Split a text into cells; gives the marks that belong to the sign before the text, and a sign for each cell.

    Widths are Rich's, with which everything is laid out. Control characters are left out: they have no cell, and
    nothing that could move the cursor or change a mode may come in by way of a picture.
    """
    if all(map(_alone, set(text))):
        return "", tuple(text)
    lead = ""
    signs: list[str] = []
    for start, end, width in split_graphemes(text)[0]:
        sign = "".join(char for char in text[start:end] if unicodedata.category(char) != "Cc")
        if not width:
            if signs:
                _mark(signs, sign)
            else:
                lead += sign
        elif sign:
            signs.append(sign)
            signs += [WIDE_TAIL] * (width - 1)
    return lead, _with_flags(signs)


@lru_cache(maxsize=4096)
def _alone(char: str) -> bool:
    """Tell whether a character has a cell of its own, whatever stands beside it."""
    return get_character_cell_size(char) == 1 and unicodedata.category(char) != "Cc" and not _flag_letter(char)


def _mark(signs: list[str], mark: str) -> None:
    at = max(index for index, sign in enumerate(signs) if sign)
    signs[at] += mark


def _with_flags(signs: list[str]) -> tuple[str, ...]:
    """Make one wide sign of two letters of a flag: drawn apart they would be two letters."""
    for at in range(len(signs) - 1):
        if _flag_letter(signs[at]) and _flag_letter(signs[at + 1][:1]):
            signs[at : at + 2] = [signs[at] + signs[at + 1], WIDE_TAIL]
    return tuple(signs)


def _flag_letter(sign: str) -> bool:
    return len(sign) == 1 and "\U0001f1e6" <= sign <= "\U0001f1ff"


@lru_cache(maxsize=4096)
def trust(sign: str) -> Trust:
    """Tell how far terminals agree on the width of one sign."""
    if sign.isascii():
        return "sure"
    if len(sign) > 1 or ord(sign) > 0xFFFF or not sign.isprintable() or _flag_letter(sign):
        return "unsure"
    return "hazy" if unicodedata.east_asian_width(sign) == "A" else "sure"
