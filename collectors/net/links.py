"""Opens connections, TCP, TLS and Unix, and measures each step of it."""

import asyncio
import os
import socket
import ssl
from collections.abc import Callable, Iterable
from functools import lru_cache
from time import perf_counter
from typing import SupportsIndex, cast

import msgspec

from collectors.base import CollectError
from collectors.net.certificate import Certificate, NotACertificate, parse_certificate
from collectors.net.faults import connect_fault, talk_fault, verify_fault
from collectors.net.resolver import Address, resolve

NEXT_ADDRESS_S = 0.25
"""Seconds until the next address is tried beside one that is silent (RFC 8305 section 5)."""
_SECOND_LOOK_S = 2.0

Phase = Callable[[str], None]
"""Takes the words for what is being done now."""


class _Reader(asyncio.StreamReader):
    """A stream reader that knows how many bytes lie in it unread."""

    unread = 0

    def feed_data(self, data: Iterable[SupportsIndex]) -> None:
        self.unread += len(cast("bytes", data))
        super().feed_data(data)

    async def read(self, n: int = -1) -> bytes:
        data = await super().read(n)
        self.unread -= len(data)
        return data


class Link:
    """One open connection and what opening it took, in seconds."""

    def __init__(self, reader: _Reader, writer: asyncio.StreamWriter, address: str) -> None:
        self.reader = reader
        self.writer = writer
        self.address = address
        """The peer's IP address, or a Unix socket's path."""
        self.opened_at = self.resolved_at = perf_counter()
        self.resolve_s = 0.0
        self.connect_s = 0.0
        self.tls_s: float | None = None
        self.certificate: Certificate | None = None

    @property
    def quiet(self) -> bool:
        """Whether it is open as far as is known, and nothing came unasked (as a server's 408 before it hangs up)."""
        return not (self.reader.at_eof() or self.reader.unread or self.reader.exception())

    def abort(self) -> None:
        """Close at once, without a farewell that a hung peer could hold up."""
        self.writer.transport.abort()


def where(host: str, port: int) -> str:
    """Write host and port as people do, IPv6 in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class Knock(msgspec.Struct, frozen=True):
    """What connecting took, in seconds, and the IP address that answered."""

    resolve_s: float
    connect_s: float
    address: str


async def knock(host: str, port: int, phase: Phase) -> Knock:
    """Connect as `open_link` does, and hang up at once. Raises CollectError."""
    sock, knocked = await _reach(host, port, phase)
    sock.close()
    return knocked


async def open_link(host: str, port: int, phase: Phase) -> Link:
    """Resolve `host` and connect to the first of its addresses that answers. Raises CollectError."""
    sock, knocked = await _reach(host, port, phase)
    link = await _wrap(sock, knocked.address)
    link.resolve_s, link.connect_s = knocked.resolve_s, knocked.connect_s
    return link


async def _reach(host: str, port: int, phase: Phase) -> tuple[socket.socket, Knock]:
    began = perf_counter()
    phase(f"resolving {host}")
    addresses = await resolve(host, port)
    resolved = perf_counter()
    phase(f"connecting to {where(addresses[0].text, port)}")
    try:
        sock, address = await first_to_answer(addresses)
    except OSError as error:
        named = where(host, port)
        tried = addresses[0].text
        raise connect_fault(error, named if tried == host else f"{named} ({tried})") from error
    return sock, Knock(resolved - began, perf_counter() - resolved, address.text)


async def open_unix_link(path: str, phase: Phase) -> Link:
    """Connect to the Unix socket at `path`. Raises CollectError."""
    phase(f"connecting to {path}")
    began = perf_counter()
    try:
        sock = await _connect(Address(socket.AF_UNIX, path))
    except OSError as error:
        raise connect_fault(error, path) from error
    link = await _wrap(sock, path)
    link.connect_s = perf_counter() - began
    return link


async def _wrap(sock: socket.socket, address: str) -> Link:
    loop = asyncio.get_running_loop()
    reader = _Reader(loop=loop)
    protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
    transport, _ = await loop.create_connection(lambda: protocol, sock=sock)
    return Link(reader, asyncio.StreamWriter(transport, protocol, reader, loop), address)


async def first_to_answer(addresses: tuple[Address, ...]) -> tuple[socket.socket, Address]:
    """Connect to the addresses in order, each after its forerunner failed or was silent for a while; the first wins.

    Raises the first OSError when all failed.
    """
    if len(addresses) == 1:
        return await _connect(addresses[0]), addresses[0]
    return await _race(addresses)


async def _race(addresses: tuple[Address, ...]) -> tuple[socket.socket, Address]:
    attempts: dict[asyncio.Task[socket.socket], Address] = {}
    first_error: OSError | None = None
    queue = list(addresses)
    try:
        while queue or attempts:
            if queue:
                address = queue.pop(0)
                attempts[asyncio.create_task(_connect(address))] = address
            timeout = NEXT_ADDRESS_S if queue else None
            done, _ = await asyncio.wait(attempts, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
            for attempt in done:
                address = attempts.pop(attempt)
                error = attempt.exception()
                if error is None:
                    return attempt.result(), address
                if not isinstance(error, OSError):
                    raise error
                first_error = first_error or error
    finally:
        _drop(attempts)
    raise first_error or OSError("no address")


def _drop(attempts: dict[asyncio.Task[socket.socket], Address]) -> None:
    for attempt in attempts:
        if attempt.done() and not attempt.cancelled() and attempt.exception() is None:
            attempt.result().close()
        attempt.cancel()


async def _connect(address: Address) -> socket.socket:
    sock = socket.socket(address.family, socket.SOCK_STREAM)
    sock.setblocking(False)
    try:
        await asyncio.get_running_loop().sock_connect(sock, address.sockaddr)
    except BaseException:
        sock.close()
        raise
    if address.family != socket.AF_UNIX:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


async def secure(link: Link, context: ssl.SSLContext, server_name: str, phase: Phase) -> None:
    """Do the TLS handshake on an open link and keep the peer's certificate. Raises OSError and ssl.SSLError.

    The link is closed when it fails or is cancelled.
    """
    phase("TLS handshake")
    began = perf_counter()
    try:
        await link.writer.start_tls(context, server_hostname=server_name)
    except BaseException:
        link.abort()
        raise
    link.tls_s = perf_counter() - began
    peer = link.writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    try:
        link.certificate = parse_certificate(peer) if peer else None
    except NotACertificate:
        link.certificate = None


def ssl_context(ca_file: str = "", verify: bool = True) -> ssl.SSLContext:
    """Give the one context for these settings; making one takes 18 ms. A changed CA file is read again.

    Raises CollectError when the CA file can't be read.
    """
    try:
        return _ssl_context(ca_file, os.stat(ca_file).st_mtime_ns if ca_file else 0, verify)
    except ssl.SSLError as error:
        raise CollectError(f"the CA file {ca_file} holds no certificate", reason="tls") from error
    except OSError as error:
        raise CollectError(f"cannot read the CA file {ca_file}: {error.strerror}", reason="tls") from error


@lru_cache(maxsize=64)
def _ssl_context(ca_file: str, _changed_at: int, verify: bool) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=ca_file or None)
    context.set_alpn_protocols(["http/1.1"])
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


async def look_at_certificate(host: str, port: int, server_name: str) -> Certificate | None:
    """Read the certificate that a server shows, accepted or not, and hang up; None when it shows none."""
    try:
        async with asyncio.timeout(_SECOND_LOOK_S):
            link = await open_link(host, port, lambda _: None)
            await secure(link, ssl_context(verify=False), server_name, lambda _: None)
    except (CollectError, OSError):
        return None
    link.abort()
    return link.certificate


async def tls_trouble(error: Exception, host: str, port: int, server_name: str) -> CollectError:
    """Name what broke a handshake; a refused certificate is looked at once more for its date and names."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return verify_fault(error, await look_at_certificate(host, port, server_name), server_name)
    return talk_fault(error, where(host, port), "TLS handshake")
