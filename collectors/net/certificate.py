"""Reads the few fields of an X.509 certificate that people ask for; the `ssl` module shows none that it did not verify.

The structure is that of RFC 5280 section 4.1, in DER (ITU-T X.690).
"""

from datetime import UTC, datetime
from ipaddress import ip_address

import msgspec

from collectors.text import clean

_INTEGER, _OBJECT_ID, _UTC_TIME, _CONTEXT_0, _CONTEXT_3 = 0x02, 0x06, 0x17, 0xA0, 0xA3
_DNS_NAME, _IP_ADDRESS = 0x82, 0x87
_COMMON_NAME = bytes((0x55, 0x04, 0x03))
_ORGANIZATION = bytes((0x55, 0x04, 0x0A))
_ALTERNATIVE_NAMES = bytes((0x55, 0x1D, 0x11))
_MOST_NAMES = 20

Element = tuple[int, bytes]


class NotACertificate(ValueError):
    """Bytes that are no X.509 certificate in DER."""


class Certificate(msgspec.Struct, frozen=True):
    """One certificate: `subject` and `issuer` by common name (else organization), its names, its times in UTC."""

    subject: str
    issuer: str
    names: tuple[str, ...]
    starts: float
    ends: float

    def days_left(self, now: float) -> float:
        """Days until it ends, with two decimals; negative when it has ended."""
        return round((self.ends - now) / 86400, 2)


def day(moment: float) -> str:
    """Write a moment as its UTC date, "2026-10-01"."""
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d}"


def _elements(data: bytes) -> list[Element]:
    found: list[Element] = []
    at = 0
    while at < len(data):
        if at + 2 > len(data):
            raise ValueError("the certificate is cut")
        tag, length = data[at], data[at + 1]
        at += 2
        if length & 0x80:
            width = length & 0x7F
            length = int.from_bytes(data[at : at + width], "big")
            at += width
        if at + length > len(data):
            raise ValueError("the certificate is cut")
        found.append((tag, data[at : at + length]))
        at += length
    return found


def _moment(element: Element) -> float:
    tag, raw = element
    text = raw.decode("ascii")
    if tag == _UTC_TIME:
        # RFC 5280 4.1.2.5.1: two digits of the year, 50 and more belong to the last century.
        text = ("19" if text[:2] >= "50" else "20") + text
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC).timestamp()


def _name(data: bytes) -> str:
    parts: dict[bytes, bytes] = {}
    for _, group in _elements(data):
        for _, pair in _elements(group):
            (_, kind), (_, value) = _elements(pair)[:2]
            parts[kind] = value
    return clean(parts.get(_COMMON_NAME, parts.get(_ORGANIZATION, b"")))


def _alternative_names(extensions: bytes) -> tuple[str, ...]:
    found: list[str] = []
    for _, extension in _elements(_elements(extensions)[0][1]):
        parts = _elements(extension)
        if parts[0] != (_OBJECT_ID, _ALTERNATIVE_NAMES):
            continue
        for tag, value in _elements(_elements(parts[-1][1])[0][1])[:_MOST_NAMES]:
            if tag == _DNS_NAME:
                found.append(clean(value))
            elif tag == _IP_ADDRESS:
                found.append(str(ip_address(value)))
    return tuple(found)


def parse_certificate(der: bytes) -> Certificate:
    """Read a certificate from its DER bytes. Raises NotACertificate."""
    try:
        body = _elements(_elements(_elements(der)[0][1])[0][1])
        fields = body[1:] if body[0][0] == _CONTEXT_0 else body
        if fields[0][0] != _INTEGER:
            raise ValueError("no serial number")
        starts, ends = _elements(fields[3][1])[:2]
        subject = _name(fields[4][1])
        extensions = [value for tag, value in fields[6:] if tag == _CONTEXT_3]
        names = _alternative_names(extensions[0]) if extensions else ()
        return Certificate(subject, _name(fields[2][1]), names or (subject,), _moment(starts), _moment(ends))
    except (IndexError, ValueError) as error:
        raise NotACertificate("these bytes are no certificate") from error
