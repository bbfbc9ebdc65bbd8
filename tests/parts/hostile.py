"""Strings that the world may send to harm a terminal, a layout or a markup; the same for the same seed."""

import random
import unicodedata
from collections.abc import Iterator

MARK = "31337"
"""A number that stands in the hostile sequences alone: a renderer's own are never so large."""
SEQUENCES = (
    f"\x1b[{MARK};{MARK}H",
    f"\x1b[{MARK}m",
    f"\x1b[?{MARK}h",
    "\x1b[2J",
    "\x1b[?1049l",
    "\x1bc",
    f"\x1b]0;{MARK}\x07",
    f"\x1b]52;c;{MARK}\x07",
    f"\x1b]8;;http://{MARK}\x1b\\",
    f"\x1bP{MARK}\x1b\\",
    f"\x1b_G{MARK}\x1b\\",
    f"\x1b^{MARK}\x1b\\",
    "\x1b(0",
    "\x1bN",
    f"\x9b{MARK}H",
    f"\x9d0;{MARK}\x9c",
    f"\x90{MARK}\x9c",
    "\x9b2J",
    "\x1b",
    "\x9b",
    "\x1b\x1b[",
)
"""Control sequences in 7 and 8 bits, of every kind."""
_SIGNS = (
    *(chr(code) for code in range(0x20)),
    "\x7f",
    *(chr(code) for code in range(0x80, 0xA0)),
    *"\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c\ufeff\u00ad",
    *"\u2028\u2029\u0085\v\f",
    *"\ud800\udbff\udc00\udfff\ue000\uf8ff\U000f0000\U0010ffff\ufdd0\ufffe\uffff\u0378",
    *"\U000e0001\U000e0041\U0001d173\ufff9\ufffb\u180e",
    "\r\n",
    "\n\n",
    "a" + "\u0301" * 40,
    "👩\u200d👩\u200d👧",
    "漢字",
    "ﷺ",
)
_MARKUP = ("[red]", "[/]", "[/red]", "[", "]", "\\[", "[@click=app.quit]x[/]", "[link=file:///]", "$(id)", "%n", "{x}")
_PLAIN = ("shop", "db-1", "x" * 300, " ", "é")


def hostile(count: int, seed: int = 1) -> Iterator[str]:
    """So many strings of up to a few hundred characters; no two runs with one seed differ."""
    dice = random.Random(seed)
    for _ in range(count):
        yield "".join(_piece(dice) for _ in range(dice.randrange(1, 9)))


def _piece(dice: random.Random) -> str:
    kind = dice.randrange(6)
    if kind == 0:
        return "".join(chr(dice.randrange(0x110000)) for _ in range(4))
    if kind == 1:
        return dice.randbytes(6).decode("latin-1")
    kinds: tuple[tuple[str, ...], ...] = (SEQUENCES, _SIGNS, _MARKUP, _PLAIN)
    return dice.choice(kinds[kind - 2])


def harmful(text: str, allowed: str = "") -> list[str]:
    """What must not reach a terminal: control and bidi signs, surrogates, private and unassigned ones, separators."""
    if text.isascii() and text.isprintable():
        return []
    return [sign for sign in text if _harms(sign) and sign not in allowed]


def _harms(sign: str) -> bool:
    category = unicodedata.category(sign)
    return category[0] == "C" or category in ("Zl", "Zp")
