"""Unpacks LZF, in which Redis keeps longer texts of its snapshots; written from the description of its format. Pure."""

_SHORT = 32
"""Under it a control byte is followed by so many plain bytes and one more; else it points back."""
_LONG = 7


def unpacked(packed: bytes, most: int) -> bytes:
    """The plain bytes, at most so many; of what is cut, its beginning."""
    made = bytearray()
    at = 0
    while at < len(packed) and len(made) < most:
        control = packed[at]
        at += 1
        if control < _SHORT:
            made += packed[at : at + control + 1]
            at += control + 1
            continue
        length = control >> 5
        if length == _LONG and at < len(packed):
            length += packed[at]
            at += 1
        if at >= len(packed):
            break
        back = ((control & 0x1F) << 8 | packed[at]) + 1
        at += 1
        if back > len(made):
            break
        for _ in range(length + 2):
            made.append(made[-back])
    return bytes(made[:most])
