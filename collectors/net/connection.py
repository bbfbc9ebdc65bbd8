"""One HTTP connection: `httpcore` speaks the protocol over links that are opened and timed here."""

import ssl
from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import aclosing
from time import perf_counter
from typing import TYPE_CHECKING, Any, cast

import msgspec

from collectors.base import CollectError
from collectors.net.faults import not_http, talk_fault
from collectors.net.links import Link, Phase, open_link, open_unix_link, secure, ssl_context, tls_trouble, where

if TYPE_CHECKING:
    from httpcore import AsyncHTTPConnection, AsyncNetworkBackend, Request, Response

_HTTP = b"HTTP/1."
WAITING, READING = "waiting for the first byte", "reading the body"


class Origin(msgspec.Struct, frozen=True):
    """Whom to ask: scheme, host and port, or a Unix socket's path, and how its certificate is checked."""

    scheme: str
    host: str
    port: int
    uds: str
    ca_file: str
    verify_tls: bool

    @property
    def where(self) -> str:
        """The same for people."""
        return self.uds or where(self.host, self.port)


class _Stream:
    """A link in the shape of `httpcore.AsyncNetworkStream`, which notes when it was written to and first read.

    The time limits that `httpcore` hands along are not used: a check has one deadline as a whole, the poller's.
    """

    def __init__(self, link: Link, origin: Origin, phase: Phase) -> None:
        self.link = link
        self._origin = origin
        self._phase = phase
        self.sent_at = 0.0
        self.answered_at = 0.0

    async def read(self, max_bytes: int, **_: object) -> bytes:
        data = await self.link.reader.read(max_bytes)
        if data and not self.answered_at:
            self.answered_at = perf_counter()
            self._phase(READING)
            if not _HTTP.startswith(data[: len(_HTTP)]):
                # Said at once: a server of another protocol would now wait for more from us.
                raise not_http(self._origin.where, data[0])
        return data

    async def write(self, buffer: bytes, **_: object) -> None:
        if buffer:
            self.link.writer.write(buffer)
            self.sent_at, self.answered_at = perf_counter(), 0.0
            self._phase(WAITING)

    async def start_tls(self, ssl_context: ssl.SSLContext, server_hostname: str, **_: object) -> "_Stream":
        try:
            await secure(self.link, ssl_context, server_hostname, self._phase)
        except OSError as error:
            host, port = self._origin.host, self._origin.port
            raise await tls_trouble(error, host, port, server_hostname) from error
        return self

    async def aclose(self) -> None:
        self.link.abort()

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            return not self.link.quiet
        return self.link.writer.get_extra_info(info)


class Connection:
    """One connection to an origin; its own backend, in the shape of `httpcore.AsyncNetworkBackend`."""

    def __init__(self, origin: Origin, phase: Phase) -> None:
        # Imported with the first request: the config loads every collector, but needs no client library.
        import httpcore

        self._origin = origin
        self._phase = phase
        self._stream: _Stream | None = None
        self.exchanges = 0
        """Finished ones."""
        secured = origin.scheme == "https"
        self._http: AsyncHTTPConnection = httpcore.AsyncHTTPConnection(
            httpcore.Origin(origin.scheme.encode(), origin.host.encode(), origin.port),
            ssl_context=ssl_context(origin.ca_file, origin.verify_tls) if secured else None,
            uds=origin.uds or None,
            network_backend=cast("AsyncNetworkBackend", self),
        )

    async def connect_tcp(self, host: str, port: int, **_: object) -> _Stream:
        """Open a TCP link, for `httpcore`. Raises CollectError."""
        self._stream = _Stream(await open_link(host, port, self._phase), self._origin, self._phase)
        return self._stream

    async def connect_unix_socket(self, path: str, **_: object) -> _Stream:
        """Open a Unix link, for `httpcore`. Raises CollectError."""
        self._stream = _Stream(await open_unix_link(path, self._phase), self._origin, self._phase)
        return self._stream

    async def ask(self, request: "Request", limit: int) -> tuple["Response", bytes, bool]:
        """Do one exchange: the response, at most `limit` bytes of its body, and whether more was there.

        Anything but a whole exchange closes the connection, also being cancelled. Raises CollectError.
        """
        body: list[bytes] = []
        size = 0
        whole = False
        try:
            response = await self.send(request)
            async with aclosing(self.pieces(response)) as pieces:
                async for piece in pieces:
                    body.append(piece)
                    size += len(piece)
                    if size > limit:
                        break
            whole = size <= limit
        finally:
            self.exchanges += 1
            if not whole:
                self.abort()
        return response, b"".join(body)[:limit], not whole

    async def send(self, request: "Request") -> "Response":
        """Send a request and read the head of its answer; `pieces` gives the rest. Raises CollectError."""
        import httpcore

        try:
            response = await self._http.handle_async_request(request)
        except (OSError, httpcore.ProtocolError) as error:
            raise self._fault(error) from error
        if not self.answered:
            # It lay there before the request was sent (a server's 408 before it hangs up), so it answers nothing.
            raise CollectError(f"{self._origin.where} closed the connection without an answer", reason="reset")
        return response

    async def pieces(self, response: "Response") -> AsyncGenerator[bytes, None]:
        """The body as it comes. Raises CollectError."""
        import httpcore

        body = aiter(cast("AsyncIterable[bytes]", response.stream))
        try:
            async with aclosing(cast("AsyncGenerator[bytes, None]", body)) as incoming:
                async for piece in incoming:
                    yield piece
            await response.aclose()
        except (OSError, httpcore.ProtocolError) as error:
            raise self._fault(error) from error

    def _fault(self, error: Exception) -> CollectError:
        return talk_fault(error, self._origin.where, READING if self.answered else WAITING)

    @property
    def link(self) -> Link:
        """The open link; only after an exchange."""
        return self._opened.link

    @property
    def first_byte_s(self) -> float:
        """Seconds from the sent request to the first byte of its answer; only after an exchange."""
        return self._opened.answered_at - self._opened.sent_at

    @property
    def answered(self) -> bool:
        """Whether anything came in answer to the last request."""
        return self._stream is not None and self._stream.answered_at > 0

    @property
    def alive(self) -> bool:
        """Whether another request can go through it, as far as is known here."""
        return self._http.is_idle() and not self._http.has_expired()

    def abort(self) -> None:
        """Close it at once."""
        if self._stream is not None:
            self._stream.link.abort()

    @property
    def _opened(self) -> _Stream:
        if self._stream is None:
            raise CollectError(f"{self._origin.where} was never connected to", reason="bug")
        return self._stream
