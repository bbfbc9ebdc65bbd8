"""Asks one origin over HTTP/1.1, on TCP, TLS or a Unix socket: kept alive, bounded, and each step measured."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from time import perf_counter
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, unquote, urlsplit

import msgspec

from collectors.base import CollectError
from collectors.loading import loaded
from collectors.net.certificate import Certificate
from collectors.net.connection import Connection, Origin
from collectors.net.links import Link, Phase, where
from collectors.net.resolver import resolve

if TYPE_CHECKING:
    from httpcore import Request

MEBIBYTE = 2**20
RESOLVE_AGAIN_S = 5.0
"""A kept connection never notices that its name leads elsewhere, or nowhere: after this long it is resolved anew."""
TLS_AGAIN_S = 9.0
"""Nor does it notice another certificate: after this long it is opened anew, at the usual interval for each check."""
_PREPARED_LIMIT = 16
_STATUS_REASONS = {401: "auth", 403: "permission", 404: "missing"}
_REPEATABLE = ("GET", "HEAD")
_COMMON_HEADERS = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "watchfloor"}


class Timing(msgspec.Struct, frozen=True):
    """Where the seconds of one exchange went; on a kept connection the first three are 0, but for a new lookup."""

    resolve_s: float
    connect_s: float
    tls_s: float | None
    """None without TLS."""
    first_byte_s: float
    """From the sent request to the first byte of its answer."""
    total_s: float


class Answer(msgspec.Struct, frozen=True):
    """One answer. Nothing in it is sanitized."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    cut: bool
    """True when the body is longer than the limit: `body` is its beginning."""
    timing: Timing
    address: str
    certificate: Certificate | None

    def header(self, name: str) -> str:
        """The value of the first header of that name, "" when there is none."""
        wanted = name.lower().encode()
        return next((value.decode("utf-8", "replace") for key, value in self.headers if key.lower() == wanted), "")


def split_url(url: str) -> SplitResult:
    """Split a http or https URL. Raises ValueError with a sentence when it is not one that can be asked."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https"):
        raise ValueError("a URL begins with http:// or https://")
    if not parts.hostname:
        raise ValueError("the URL names no host")
    _ascii_host(parts)
    if parts.username is not None or parts.password is not None:
        raise ValueError("a user or password in a URL would be shown; send it as a header from headers_env")
    if parts.port == 0:
        raise ValueError("port 0 cannot be asked")
    return parts


def _ascii_host(parts: SplitResult) -> str:
    host = unquote(parts.hostname or "")
    if not host.isprintable() or " " in host:
        raise ValueError("the URL's host has characters that no host has")
    return host if host.isascii() else host.encode("idna").decode("ascii")


class Wire:
    """Requests to one origin over one kept connection; a request beside another opens one of its own."""

    def __init__(
        self,
        url: str = "http://localhost",
        *,
        uds: str = "",
        ca_file: str = "",
        verify_tls: bool = True,
        phase: Phase = lambda _: None,
    ) -> None:
        """Take the origin from `url` (its path does not count), or talk to the Unix socket at the path `uds`.

        `phase` is told what is being done, for the sentence of a timeout. Raises ValueError for a URL that is none.
        """
        parts = split_url(url)
        host = _ascii_host(parts)
        usual_port = 443 if parts.scheme == "https" else 80
        port = parts.port or usual_port
        self._origin = Origin(parts.scheme, host, port, uds, ca_file, verify_tls)
        self._host_header = where(host, port) if port != usual_port else where(host, port).rpartition(":")[0]
        self._phase = phase
        self._kept: Connection | None = None
        self._prepared: dict[tuple[str, str, tuple[tuple[str, str], ...]], Request] = {}

    async def get(
        self, path: str, headers: Mapping[str, str] | None = None, *, method: str = "GET", limit: int = MEBIBYTE
    ) -> Answer:
        """Ask once and read at most `limit` bytes of the body; no redirect is followed, any status is an answer.

        A kept connection that the server has closed meanwhile is replaced once, unseen. Raises CollectError.
        """
        request = await self._request(method, path, headers or {})
        began = perf_counter()
        connection = await self._take()
        try:
            return await self._exchange(connection, request, limit, began)
        except CollectError as error:
            stale = connection.exchanges > 1 and error.reason == "reset" and not connection.answered
            if not stale or method not in _REPEATABLE:
                raise
        return await self._exchange(Connection(self._origin, self._phase), request, limit, began)

    async def post(
        self, path: str, content: bytes, headers: Mapping[str, str] | None = None, *, limit: int = MEBIBYTE
    ) -> Answer:
        """Send a body once, over a connection of its own, and read at most `limit` bytes of what is answered.

        Neither a redirect is followed nor anything repeated; any status is an answer. Raises CollectError.
        """
        request = await self._new_request("POST", path, headers or {}, content)
        return await self._exchange(Connection(self._origin, self._phase), request, limit, perf_counter())

    async def stream(self, path: str, headers: Mapping[str, str] | None = None) -> AsyncGenerator[bytes, None]:
        """The body in pieces as they come, however long, over a connection of its own that closes with the iterator.

        Raises CollectError, also for a status that is not 2xx (reason "missing" for 404).
        """
        connection = Connection(self._origin, self._phase)
        try:
            response = await connection.send(await self._request("GET", path, headers or {}))
            if not 200 <= response.status < 300:
                sentence = f"{self._origin.where} answered with status {response.status}"
                raise CollectError(sentence, reason=_STATUS_REASONS.get(response.status, "protocol"))
            async with aclosing(connection.pieces(response)) as pieces:
                async for piece in pieces:
                    yield piece
        finally:
            connection.abort()

    async def close(self) -> None:
        """Close the kept connection; a later request opens a new one."""
        if self._kept is not None:
            self._kept.abort()
            self._kept = None

    async def _take(self) -> Connection:
        kept, self._kept = self._kept, None
        useful = False
        try:
            useful = kept is not None and kept.alive and await self._leads_there(kept.link)
        finally:
            if kept is not None and not useful:
                kept.abort()
        return kept if kept is not None and useful else Connection(self._origin, self._phase)

    async def _leads_there(self, link: Link) -> bool:
        """Whether a new connection would go where this one goes. Raises CollectError when the name does not resolve."""
        now, origin = perf_counter(), self._origin
        link.resolve_s = 0.0
        if link.tls_s is not None and now - link.opened_at >= TLS_AGAIN_S:
            return False
        if origin.uds or now - link.resolved_at < RESOLVE_AGAIN_S:
            return True
        self._phase(f"resolving {origin.host}")
        addresses = await resolve(origin.host, origin.port)
        link.resolved_at = perf_counter()
        link.resolve_s = link.resolved_at - now
        return link.address in {address.text for address in addresses}

    async def _exchange(self, connection: Connection, request: "Request", limit: int, began: float) -> Answer:
        response, body, cut = await connection.ask(request, limit)
        link, fresh = connection.link, connection.exchanges == 1
        timing = Timing(
            resolve_s=link.resolve_s,
            connect_s=link.connect_s if fresh else 0.0,
            tls_s=link.tls_s if fresh or link.tls_s is None else 0.0,
            first_byte_s=connection.first_byte_s,
            total_s=perf_counter() - began,
        )
        if self._kept is None and connection.alive:
            self._kept = connection
        else:
            connection.abort()
        return Answer(response.status, response.headers, body, cut, timing, link.address, link.certificate)

    async def _request(self, method: str, path: str, headers: Mapping[str, str]) -> "Request":
        key = (method, path, tuple(headers.items()))
        request = self._prepared.get(key)
        if request is None:
            while len(self._prepared) >= _PREPARED_LIMIT:
                del self._prepared[next(iter(self._prepared))]
            request = self._prepared[key] = await self._new_request(method, path, headers)
        return request

    async def _new_request(self, method: str, path: str, headers: Mapping[str, str], content: bytes = b"") -> "Request":
        await loaded("httpcore", _load_locks)
        import httpcore

        own = {name.lower() for name in headers}
        length = {"Content-Length": str(len(content))} if method == "POST" else {}
        usual = {"Host": self._host_header} | _COMMON_HEADERS | length
        every = {name: value for name, value in usual.items() if name.lower() not in own} | dict(headers)
        origin = self._origin
        url = httpcore.URL(scheme=origin.scheme, host=origin.host, port=origin.port, target=path)
        encoded = [(name.encode(), value.encode()) for name, value in every.items()]
        return httpcore.Request(method, url, headers=encoded, content=content)


def _load_locks() -> None:
    """Let anyio load what httpcore's locks are made of: it does so where it runs first, for 50 ms."""
    import anyio

    anyio.run(anyio.sleep, 0)
