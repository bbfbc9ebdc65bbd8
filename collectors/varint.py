"""Natural numbers as bytes, seven bits at a time: small ones take one byte."""

from collections.abc import Iterable

_SEVEN = 0x7F
_MORE = 0x80
_FEW = 4
"""A sketch begins with its zeros and its first bin: three bytes mostly, of which two are one number."""


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

    Numbers of one byte, which most are, are taken as they stand where no longer one comes behind the first few.
    """
    if data.isascii():
        return list(data)
    apart = _FEW if data[_FEW - 1 :].isascii() else len(data)
    found: list[int] = []
    left = shift = 0
    for byte in data[:apart]:
        if byte & _MORE:
            left |= (byte & _SEVEN) << shift
            shift += 7
        elif shift:
            found.append(left | byte << shift)
            left = shift = 0
        else:
            found.append(byte)
    if shift:
        raise ValueError("a number that is cut off")
    found += data[apart:]
    return found
