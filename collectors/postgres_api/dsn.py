"""Addresses of PostgreSQL servers: URLs and key=value texts, with passwords of any signs."""

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote

import msgspec

from collectors.base import CollectError, Secret
from collectors.redact import MASK, mask_passwords

_URL = re.compile(
    r"(?P<scheme>postgres(?:ql)?://)(?P<user>[^:@/?#\[\]]*)(?::(?P<password>.*?))?@(?P<tail>[^@?]*(?:\?(?:\w+=.*)?)?)",
    re.DOTALL,
)
"""A password ends at the first "@" after which no other "@" stands before the "?": it may hold "@", "/", ":", "#"."""
_SHOWN = re.compile(r"([a-z]+://[^:@/?#\[\]]*):.*@", re.DOTALL)
"""For showing, a password ends at the last "@" of all: rather too much is masked than too little."""
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_SOCKET_FOLDERS = ("/var/run/postgresql", "/tmp")  # noqa: S108 - where PostgreSQL puts its sockets
_PORT = 5432
_FORM = "write it as postgresql://user@host:5432/database or host=… port=… dbname=… user=…"


class Dsn(msgspec.Struct, frozen=True):
    """An address taken apart: libpq's parameters without the password, and the password."""

    parameters: Mapping[str, str]
    password: Secret | None = None

    @property
    def servers(self) -> tuple[tuple[str, int], ...]:
        """Host and port of each server that it names; a host that begins with "/" is a socket's folder."""
        hosts = (self.parameters.get("hostaddr") or self.parameters.get("host") or "").split(",")
        ports = self.parameters.get("port", "").split(",")
        ports = ports * len(hosts) if len(ports) == 1 else ports
        return tuple((host, int(port or _PORT)) for host, port in zip(hosts, ports, strict=True))


def looks_like_dsn(text: str) -> bool:
    """Whether it is written in one of the two forms; whether libpq accepts it is seen when it is used."""
    return text.startswith(("postgresql://", "postgres://")) or "=" in text


def mask_dsn(text: str) -> str:
    """Give a server's address, as a URL or in the key=value form, with three stars for its password."""
    return mask_passwords(_SHOWN.sub(rf"\1:{MASK}@", text))


def read_dsn(text: str, password: Secret | None, environment: Mapping[str, str]) -> Dsn:
    """Take an address apart. `password` stands above one inside it. Raises CollectError; no part of it is in the error.

    Where neither the address nor PGHOST names a host, the usual folder of the socket is taken.
    """
    match = _URL.fullmatch(text)
    inside = match["password"] if match else None
    parameters = _parameters(f"{match['scheme']}{match['user']}@{match['tail']}" if match else text)
    if inside is not None:
        inside = inside if _BAD_ESCAPE.search(inside) else unquote(inside)
    inside = parameters.pop("password", inside)
    if not any(name in parameters for name in ("host", "hostaddr", "service")) and not environment.get("PGHOST"):
        parameters["host"] = _socket_folder(parameters.get("port", str(_PORT)))
    dsn = Dsn(parameters, password or (Secret(inside) if inside else None))
    if not _ports_fit(dsn):
        raise _unreadable()
    return dsn


def _parameters(text: str) -> dict[str, str]:
    from psycopg import ProgrammingError, conninfo

    found: dict[str, str] | None = None
    try:
        found = {name: str(value) for name, value in conninfo.conninfo_to_dict(text).items()}
    except ProgrammingError:
        found = None  # libpq's words quote the address: they must not go on as the error's cause
    if found is None:
        raise _unreadable()
    return found


def _unreadable() -> CollectError:
    return CollectError("the dsn cannot be read", reason="protocol", remedy=_FORM, retry=False)


def _ports_fit(dsn: Dsn) -> bool:
    hosts = (dsn.parameters.get("hostaddr") or dsn.parameters.get("host") or "").split(",")
    ports = dsn.parameters.get("port", "").split(",")
    valid = all(not port or (port.isascii() and port.isdecimal() and 0 < int(port) < 65536) for port in ports)
    return valid and len(ports) in (1, len(hosts))


def _socket_folder(port: str) -> str:
    for folder in _SOCKET_FOLDERS:
        if Path(folder, f".s.PGSQL.{port}").exists():
            return folder
    return _SOCKET_FOLDERS[0]
