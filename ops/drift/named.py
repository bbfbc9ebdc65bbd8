"""Names of items and facts as one printable line, and back: what a path can't hold is percent-encoded."""

import os
from urllib.parse import quote_from_bytes, unquote_to_bytes

_MEANS_SOMETHING = "%#"


def safe_name(name: str | bytes) -> str:
    """The name with "%", "#" and whatever can't be printed percent-encoded, byte by byte as the file system has it."""
    text = os.fsdecode(name)
    if text.isprintable() and not any(sign in text for sign in _MEANS_SOMETHING):
        return text
    return "".join(
        sign if sign.isprintable() and sign not in _MEANS_SOMETHING else quote_from_bytes(_encoded(sign), safe="")
        for sign in text
    )


def raw_name(name: str) -> str:
    """What `safe_name` was given; bytes that are no UTF-8 are as `os.fsdecode` gives them."""
    return unquote_to_bytes(name).decode("utf-8", "surrogateescape")


def _encoded(sign: str) -> bytes:
    """A surrogate that stands for a byte is that byte; any other is as UTF-8 would have it."""
    code = ord(sign)
    return bytes([code - 0xDC00]) if 0xDC80 <= code <= 0xDCFF else sign.encode("utf-8", "surrogatepass")
