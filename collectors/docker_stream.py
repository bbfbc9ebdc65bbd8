"""Reads an answer of a Docker engine that may never end: stats, logs.

Asked in HTTP/1.0, an engine sends the body as it is, without chunks around it: with a sample a second of every
container, taking chunks apart would be most of the work.
"""

from collections.abc import AsyncGenerator

from collectors.base import CollectError
from collectors.docker_url import Place, refused_by_engine, unreachable
from collectors.links import Link, open_link, open_unix_link

_READ_SIZE = 65_536
_HEAD_LIMIT = 65_536
_ERROR_LIMIT = 2_000


async def stream(where: Place, whole_target: str) -> AsyncGenerator[bytes, None]:
    """The body's pieces as they come, over a connection that lives as long as the generator. Raises CollectError."""
    link = await _open(where)
    try:
        link.writer.write(f"GET {whole_target} HTTP/1.0\r\nHost: docker\r\n\r\n".encode("ascii"))
        piece = await _after_head(link)
        while piece:
            yield piece
            piece = await link.reader.read(_READ_SIZE)
    except OSError as error:
        raise CollectError("the Docker engine broke its answer off", reason="reset") from error
    finally:
        link.abort()


async def _open(where: Place) -> Link:
    try:
        return await (open_unix_link(where.path, _quiet) if where.path else open_link(where.host, where.port, _quiet))
    except CollectError as error:
        raise unreachable(error, where) from error


def _quiet(_: str) -> None:
    """A stream's connecting is no phase of a poll."""


async def _after_head(link: Link) -> bytes:
    """What came after the head; empty at the end of the answer. Raises CollectError when it is no success."""
    seen = b""
    while b"\r\n\r\n" not in seen:
        more = await link.reader.read(_READ_SIZE)
        if not more or len(seen) > _HEAD_LIMIT:
            raise CollectError("the Docker engine closed the connection without an answer", reason="reset")
        seen += more
    head, _, body = seen.partition(b"\r\n\r\n")
    words = head.split(b"\r\n", 1)[0].split()
    if len(words) < 2 or not words[0].startswith(b"HTTP/1.") or not words[1].isdigit():
        raise CollectError("what answers is no Docker engine", reason="protocol", remedy="check the configured url")
    status = int(words[1])
    if not 200 <= status < 300:
        raise refused_by_engine(status, (body or await link.reader.read(_ERROR_LIMIT))[:_ERROR_LIMIT])
    return body or await link.reader.read(_READ_SIZE)
