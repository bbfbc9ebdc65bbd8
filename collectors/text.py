"""The one sanitizer: makes text from the world inert and bounded before it can reach a screen, a file or a pipe."""

import unicodedata

LINE_LIMIT = 2_000
"""Characters kept of one line."""
NAME_LIMIT = 200
"""Characters kept of a name or a short fact."""
_UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_TAB = "    "
_FORMULA = ("=", "+", "-", "@")


def _visible(char: str) -> str:
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    return "\ufffd"


def clean(text: object, limit: int = NAME_LIMIT) -> str:
    """Make one line of printable text: control, bidi and unassigned characters become visible signs; cut at `limit`.

    A cut text ends in "…". Bytes are decoded as UTF-8 with replacement. Any character of the categories Cc, Cf, Cs, Co,
    Cn, Zl and Zp is replaced, so neither ESC, nor C1, nor U+202E, nor a newline is ever in the result.
    """
    whole = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    line = whole[: limit + 1].replace("\t", _TAB)
    cut = len(line) > limit
    line = line[: limit - 1] if cut else line
    if not (line.isascii() and line.isprintable()):
        line = "".join(_visible(char) if unicodedata.category(char) in _UNSAFE_CATEGORIES else char for char in line)
    return line + "…" if cut else line


def no_formula(text: str) -> str:
    """Mark as text what a spreadsheet would take for a formula; some take the wide signs for the plain ones too."""
    return f"'{text}" if unicodedata.normalize("NFKC", text[:1]) in _FORMULA else text


def clean_lines(text: object, lines: int = 100, limit: int = LINE_LIMIT) -> str:
    """Make at most `lines` lines of printable text, each cut at `limit`; what is left out is counted in a last line."""
    whole = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    parts = whole.replace("\r\n", "\n").split("\n")
    kept = [clean(part, limit) for part in parts[:lines]]
    if len(parts) > lines:
        kept.append(f"… {len(parts) - lines} more lines")
    return "\n".join(kept)
