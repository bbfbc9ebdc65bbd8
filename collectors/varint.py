"""Natural numbers as bytes, seven bits at a time: small ones take one byte."""

import re
from collections.abc import Iterable

_SEVEN = 0x7F
_MORE = 0x80
_LONG = re.compile(rb"[\x80-\xff]+[\x00-\x7f]?")
"""A number of more than one byte."""


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
    """Read what `pack` wrote. Raises ValueError for bytes that end within a number.

    Runs of numbers of one byte, which most are, are taken as they stand.
    """
    if data.isascii():
        return list(data)
    found: list[int] = []
    place = 0
    for long in _LONG.finditer(data):
        found += data[place : long.start()]
        place = long.end()
        found.append(sum((byte & _SEVEN) << 7 * i for i, byte in enumerate(data[long.start() : place])))
        if data[place - 1] & _MORE:
            raise ValueError("a number that is cut off")
    found += data[place:]
    return found
