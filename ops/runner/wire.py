"""Requests with a body: what the reading client of `collectors` never sends, kept where only effects are made."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from time import perf_counter
from typing import TYPE_CHECKING

from collectors.net.connection import Connection
from collectors.net.wire import MEBIBYTE, Answer, Wire

if TYPE_CHECKING:
    from httpcore import Request


class WritingWire(Wire):
    """A `Wire` that can also change something."""

    async def send(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        *,
        body: bytes = b"",
        limit: int = MEBIBYTE,
    ) -> Answer:
        """Send once over a new connection and read at most `limit` bytes of the answer; any status is an answer.

        It is never sent twice, whatever breaks: it may have been done. Raises CollectError.
        """
        request = await self._with_body(method, path, headers or {}, body)
        return await self._exchange(Connection(self._origin, self._phase), request, limit, perf_counter())

    async def follow(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, *, body: bytes = b""
    ) -> AsyncGenerator[tuple[int, bytes], None]:
        """The same for an answer that comes bit by bit, however long: its status with each piece of its body.

        The first piece is empty. Raises CollectError.
        """
        connection = Connection(self._origin, self._phase)
        try:
            response = await connection.send(await self._with_body(method, path, headers or {}, body))
            yield response.status, b""
            async with aclosing(connection.pieces(response)) as pieces:
                async for piece in pieces:
                    yield response.status, piece
        finally:
            connection.abort()

    async def _with_body(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> "Request":
        given = dict(headers)
        if body or method in ("POST", "PUT", "PATCH"):
            given["Content-Length"] = str(len(body))
        bare = await self._new_request(method, path, given)
        import httpcore  # not earlier: a thread may import it now

        return httpcore.Request(bare.method, bare.url, headers=bare.headers, content=body)
