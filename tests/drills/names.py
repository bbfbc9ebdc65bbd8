"""Drills of names and certificates: a resolver that says no, fails or is mute; certificates of every wrong kind."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

from tests.drills.drill import Drill, Fault, Part
from tests.drills.site import TIMES, Missing, Site, root_needed
from tests.parts import certificates, servers

DOMAIN = "drill.test"
NXDOMAIN, SERVFAIL = 3, 2
MUTE = -1


class Resolver(asyncio.DatagramProtocol):
    """A DNS server that knows every name under the domain as 127.0.0.1, unless told otherwise."""

    def __init__(self) -> None:
        self.codes: dict[str, int] = {}
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way to answer."""
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Answer one question."""
        labels, at = [], 12
        while data[at]:
            labels.append(data[at + 1 : at + 1 + data[at]].decode("latin-1"))
            at += 1 + data[at]
        question, kind = data[12 : at + 5], data[at + 2]
        code = self.codes.get(".".join(labels).lower(), 0)
        if code == MUTE or self._transport is None:
            return
        found = code == 0 and kind == 1
        head = data[:2] + bytes([0x81, 0x80 | code]) + b"\0\1" + (b"\0\1" if found else b"\0\0") + b"\0\0\0\0"
        answer = b"\xc0\x0c\0\1\0\1\0\0\0\1\0\4\x7f\0\0\1" if found else b""
        self._transport.sendto(head + question + answer, addr)


async def _resolver(site: Site) -> Resolver:
    """The resolver of this run, on port 53 of an address of its own. Raises Missing where that can't be."""
    root_needed("a resolver of its own for the floor")
    async with site.lock:
        if site.resolver is None:
            site.resolver = await _listen(site)
    return site.resolver


async def _listen(site: Site) -> Resolver:
    number = int(site.name, 16)
    address = f"127.77.{number % 250 + 1}.{number // 250 % 250 + 1}"
    loop = asyncio.get_running_loop()
    try:
        transport, made = await loop.create_datagram_endpoint(Resolver, local_addr=(address, 53))
    except OSError as error:
        raise Missing(f"port 53 of {address}: {error}") from error
    site.stack.callback(transport.close)
    site.resolv = site.folder / "resolv.conf"
    site.resolv.write_text(f"nameserver {address}\noptions timeout:5 attempts:2\n")
    site.resolv.chmod(0o644)
    return made


@asynccontextmanager
async def _name(site: Site, name: str, code: int) -> AsyncIterator[Fault]:
    resolver = await _resolver(site)
    host = f"{name}.{DOMAIN}"

    async def inject() -> None:
        resolver.codes[host] = code

    async def heal() -> None:
        resolver.codes.pop(host, None)

    yield Fault(f'[[dns]]\nname = "{name}"\nhost = "{host}"\n{TIMES}\n', inject, heal)


def _named(name: str, code: int) -> Part:
    return lambda site: _name(site, name, code)


class Shown:
    """A TLS server whose certificate can be changed while it runs."""

    def __init__(self, folder: Path, good: certificates.Issuer) -> None:
        self.context = good.server(folder)
        self._folder, self._good = folder, good

    def show(self, made: certificates.Issuer) -> None:
        """Show that one from the next handshake on."""
        made.server(self._folder)  # writes certificate and key
        self.context.load_cert_chain(self._folder / f"server-{made.certificate.serial_number}.pem")


@asynccontextmanager
async def _certificate(site: Site, name: str, days: float, names: list[str], self_signed: bool) -> AsyncIterator[Fault]:
    folder = site.room(name)
    trust = certificates.authority()
    good = certificates.certify(["localhost"], by=trust)
    wrong = certificates.certify(names, by=None if self_signed else trust, days=days)
    shown = Shown(folder, good)
    assert isinstance(shown.context, ssl.SSLContext)
    ca_file = trust.write(folder, "ca")
    async with servers.running(servers.ok, tls=shown.context) as server:

        async def inject() -> None:
            shown.show(wrong)

        async def heal() -> None:
            shown.show(good)

        config = f'[[tls]]\nname = "{name}"\nhost = "localhost"\nport = {server.port}\nca_file = "{ca_file}"\n{TIMES}\n'
        yield Fault(config, inject, heal)


def _certified(name: str, days: float = 90, names: str = "localhost", self_signed: bool = False) -> Part:
    return lambda site: _certificate(site, name, days, [names], self_signed)


_NAMES = (
    ("dns-nxdomain", NXDOMAIN, "does not exist", "the name does not exist"),
    ("dns-servfail", SERVFAIL, "resolver failed for the moment", "the resolver failed for the moment"),
    ("dns-drop", MUTE, "no answer within 5 s while resolving", "down at the deadline, and nothing waits for it"),
)
_CERTIFICATES = (
    ("tls-expired", _certified("tls-expired", days=-3), "untrusted certificate expired on 20", "since when"),
    ("tls-wrong-host", _certified("tls-wrong-host", names="other.example"), "for other.example, not", "whose it is"),
    ("tls-self-signed", _certified("tls-self-signed", self_signed=True), "self-signed certificate", "self-signed"),
    ("tls-expiring", _certified("tls-expiring", days=2.9), r"expiring certificate ends in 2\.[89] days", "a warning"),
)

DRILLS = (
    *(
        Drill(name=name, shows=shows, row=f"dns:{name}", says=says, part=_named(name, code), wave="names")
        for name, code, says, shows in _NAMES
    ),
    *(
        Drill(name=name, shows=shows, row=f"tls:{name}", says=says, part=part, wave="names")
        for name, part, says, shows in _CERTIFICATES
    ),
)
