"""Natural numbers as bytes, seven bits at a time: small ones take one byte."""

from collections.abc import Iterable

_SEVEN = 0x7F
_MORE = 0x80


def pack(values: Iterable[int]) -> bytes:
    """Write natural numbers one after another."""
    out = bytearray()
    for number in values:
        left = number
        while left > _SEVEN:
            out.append(left & _SEVEN | _MORE)
            left >>= 7
        out.append(left)
    return bytes(out)


def numbers(data: bytes) -> list[int]:
    """Read what `pack` wrote. Raises ValueError for bytes that end within a number."""
    found, number, shift = [], 0, 0
    for byte in data:
        number |= (byte & _SEVEN) << shift
        if byte & _MORE:
            shift += 7
        else:
            found.append(number)
            number = shift = 0
    if shift:
        raise ValueError("a number that is cut off")
    return found
