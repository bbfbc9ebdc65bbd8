"""Requests with a body: what the reading client of `collectors` never sends, kept where only effects are made."""

from collections.abc import Mapping
from time import perf_counter

from collectors.net.connection import Connection
from collectors.net.wire import MEBIBYTE, Answer, Wire


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
        import httpcore

        given = dict(headers or {})
        if body or method in ("POST", "PUT", "PATCH"):
            given["Content-Length"] = str(len(body))
        bare = self._new_request(method, path, given)
        request = httpcore.Request(bare.method, bare.url, headers=bare.headers, content=body)
        return await self._exchange(Connection(self._origin, self._phase), request, limit, perf_counter())
