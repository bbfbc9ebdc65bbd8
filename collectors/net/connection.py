"""One HTTP connection: `httpcore` speaks the protocol over links that are opened and timed here."""

from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import aclosing
from time import perf_counter
from typing import TYPE_CHECKING, Any, cast

import msgspec

from collectors.base import CollectError
from collectors.net.faults import not_http, talk_fault
from collectors.net.links import Link, Phase, open_link, open_unix_link, secure, ssl_context, tls_trouble, where

if TYPE_CHECKING:
    from httpcore import AsyncHTTP11Connection, AsyncNetworkStream, Request, Response

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

    async def aclose(self) -> None:
        self.link.abort()

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            return not self.link.quiet
        return self.link.writer.get_extra_info(info)


class Connection:
    """One connection to an origin, which is opened with the first request."""

    def __init__(self, origin: Origin, phase: Phase) -> None:
        self._origin = origin
        self._phase = phase
        self._stream: _Stream | None = None
        self._http: AsyncHTTP11Connection | None = None
        self.exchanges = 0
        """Finished ones."""

    async def _open(self) -> "AsyncHTTP11Connection":
        # Imported with the first request: the config loads every collector, but needs no client library.
        import httpcore

        origin = self._origin
        context = ssl_context(origin.ca_file, origin.verify_tls) if origin.scheme == "https" else None
        if origin.uds:
            link = await open_unix_link(origin.uds, self._phase)
        else:
            link = await open_link(origin.host, origin.port, self._phase)
        if context:
            try:
                await secure(link, context, origin.host, self._phase)
            except OSError as error:
                raise await tls_trouble(error, origin.host, origin.port, origin.host) from error
        self._stream = _Stream(link, origin, self._phase)
        named = httpcore.Origin(origin.scheme.encode(), origin.host.encode(), origin.port)
        return httpcore.AsyncHTTP11Connection(named, cast("AsyncNetworkStream", self._stream))

    async def ask(self, request: "Request", limit: int) -> tuple["Response", bytes, bool]:
        """Do one exchange: the response, at most `limit` bytes of its body, and whether more was there.

        Anything but a whole exchange closes the connection, also being cancelled. Raises CollectError.
        """
        whole = False
        try:
            response = await self.send(request)
            body, whole = await self._read(response, limit)
        finally:
            self.exchanges += 1
            if not whole:
                self.abort()
        return response, body, not whole

    async def send(self, request: "Request") -> "Response":
        """Send a request and read the head of its answer; `pieces` gives the rest. Raises CollectError."""
        import httpcore

        try:
            if self._http is None:
                self._http = await self._open()
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

        try:
            async with aclosing(_incoming(response)) as incoming:
                async for piece in incoming:
                    yield piece
            await response.aclose()
        except (OSError, httpcore.ProtocolError) as error:
            raise self._fault(error) from error

    async def _read(self, response: "Response", limit: int) -> tuple[bytes, bool]:
        """At most `limit` bytes of the body, and whether that is the whole: `pieces` without a step for each piece."""
        import httpcore

        body: list[bytes] = []
        size = 0
        try:
            async with aclosing(_incoming(response)) as incoming:
                async for piece in incoming:
                    body.append(piece)
                    size += len(piece)
                    if size > limit:
                        return b"".join(body)[:limit], False
            await response.aclose()
        except (OSError, httpcore.ProtocolError) as error:
            raise self._fault(error) from error
        return b"".join(body), True

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
        return self._http is not None and self._http.is_idle() and not self._http.has_expired()

    def abort(self) -> None:
        """Close it at once."""
        if self._stream is not None:
            self._stream.link.abort()

    @property
    def _opened(self) -> _Stream:
        if self._stream is None:
            raise CollectError(f"{self._origin.where} was never connected to", reason="bug")
        return self._stream


def _incoming(response: "Response") -> AsyncGenerator[bytes, None]:
    return cast("AsyncGenerator[bytes, None]", aiter(cast("AsyncIterable[bytes]", response.stream)))
