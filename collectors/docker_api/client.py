"""Asks a Docker engine: one API version agreed on, connections kept, streams on connections of their own."""

import os
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import NamedTuple, TypeVar
from urllib.parse import quote, urlencode

from collectors.base import CollectError
from collectors.docker_api.parse import Version, decode
from collectors.docker_api.tunnel import Tunnel
from collectors.docker_api.url import Place, place, refused_by_engine, unreachable
from collectors.net.links import Phase
from collectors.net.wire import Wire
from collectors.ssh.address import host_of
from collectors.ssh.remote import Remote
from collectors.threads import DaemonPool

OLDEST_API, NEWEST_API = (1, 24), (1, 47)
"""Versions of the API that are spoken here; the newest that the engine has too is used."""
BODY_LIMIT = 32 * 2**20
"""Bytes read of one answer; a longer one is refused."""
LONG = 2**20
"""Bytes from which on an answer is decoded beside the event loop."""
_POOL = DaemonPool(1, name="watchfloor-docker")
LINE_LIMIT = 2**20
"""Bytes of one line of a stream; a longer one is refused."""

AnswerT = TypeVar("AnswerT")


def agreed_version(engine: Version) -> str:
    """The API version to use with an engine, such as "1.41". Raises CollectError when there is none in common."""
    newest, oldest = _numbers(engine.api_version), _numbers(engine.min_api_version)
    if newest < OLDEST_API or oldest > NEWEST_API:
        span = f"{'.'.join(map(str, OLDEST_API))} to {'.'.join(map(str, NEWEST_API))}"
        raise CollectError(
            f"the Docker engine speaks API {engine.api_version or 'of no version'}, watchfloor {span}",
            reason="protocol",
            remedy="update watchfloor" if oldest > NEWEST_API else "update the engine, or check the configured url",
            retry=False,
        )
    return ".".join(map(str, min(newest, NEWEST_API)))


def _numbers(text: str) -> tuple[int, int]:
    major, _, minor = text.partition(".")
    return (int(major), int(minor)) if major.isdecimal() and minor.isdecimal() else (0, 0)


def target(path: str, **parameters: str) -> str:
    """The target of a request: the path quoted, the parameters encoded."""
    return quote(path) + (f"?{urlencode(parameters)}" if parameters else "")


def engine_host(url: str) -> str:
    """The host that the engine of a configured url is on where that is reached over SSH, for headings; else ""."""
    return host_of(url or os.environ.get("DOCKER_HOST", ""))


class Way(NamedTuple):
    """How to ask an engine: the origin of its URLs, the socket to connect to ("" for TCP), and how paths begin."""

    origin: str
    socket: str
    prefix: str
    """The agreed version: "/v1.41"."""


class EngineClient:
    """Reads from one engine. It waits as long as it is let: deadlines are the caller's."""

    def __init__(self, where: Place, phase: Phase, *, ssh_config: str = "", timeout_s: float = 5.0) -> None:
        """`ssh_config` and `timeout_s`, the deadline of a poll, are for an engine on another host."""
        self._where, self._phase = where, phase
        self._tunnel = Tunnel(Remote(where.ssh, ssh_config, timeout_s), where.path) if where.ssh else None
        self._near = where.path
        self._idle: list[Wire] = []
        self._api = ""
        self.version: Version | None = None
        """What the engine said of itself; None until the first answer, and again after a failure."""

    async def connect(self) -> Version:
        """Agree on the API version, unless that is done. Raises CollectError."""
        if self.version is None:
            version = decode(await self._ask("/version"), Version)
            self._api = agreed_version(version)
            self.version = version
        return self.version

    async def get(self, path: str, shape: type[AnswerT], **parameters: str) -> AnswerT:
        """One answer, decoded. Raises CollectError; a lost engine is asked for its version again next time."""
        await self.connect()
        try:
            answer = await self._ask(f"/v{self._api}{target(path, **parameters)}")
            return decode(answer, shape) if len(answer) < LONG else await _POOL.run(decode, answer, shape)
        except CollectError as error:
            if error.reason != "missing":
                self.version = None
            raise

    async def chunks(self, path: str, **parameters: str) -> AsyncGenerator[bytes, None]:
        """The pieces of an answer that may never end, on a connection of its own. Raises CollectError."""
        way = await self.way()
        wire = Wire(way.origin, uds=way.socket)
        try:
            async with aclosing(wire.stream(f"{way.prefix}{target(path, **parameters)}")) as pieces:
                async for piece in pieces:
                    yield piece
        except CollectError as error:
            raise unreachable(error, self._where) from error

    async def lines(self, path: str, **parameters: str) -> AsyncGenerator[bytes, None]:
        """The lines of such an answer. Raises CollectError."""
        rest = b""
        async with aclosing(self.chunks(path, **parameters)) as chunks:
            async for chunk in chunks:
                *whole, rest = (rest + chunk).split(b"\n")
                for line in whole:
                    yield line
                if len(rest) > LINE_LIMIT:
                    raise CollectError("the Docker engine sent a line without an end", reason="limit")

    async def way(self) -> Way:
        """How to ask it on a connection of one's own. Raises CollectError."""
        await self.connect()
        return Way(self._where.origin, await self._socket(lambda _: None), f"/v{self._api}")

    async def explain(self, error: CollectError) -> CollectError:
        """Why a request really failed, worded for the operator of an engine."""
        worded = unreachable(error, self._where)
        return await self._tunnel.explain(worded) if self._tunnel is not None else worded

    async def close(self) -> None:
        """Close what is kept open; streams close with their readers."""
        await self._drop_idle()
        if self._tunnel is not None:
            await self._tunnel.close()

    async def _drop_idle(self) -> None:
        while self._idle:
            await self._idle.pop().close()

    async def _socket(self, phase: Phase) -> str:
        """The socket to connect to now; connections through a tunnel that is no more are closed."""
        near = await self._tunnel.open(phase) if self._tunnel is not None else self._where.path
        if near != self._near:
            self._near = near
            await self._drop_idle()
        return near

    async def _ask(self, whole_target: str) -> bytes:
        near = await self._socket(self._phase)
        wire = self._idle.pop() if self._idle else Wire(self._where.origin, uds=near, phase=self._phase)
        try:
            answer = await wire.get(whole_target, limit=BODY_LIMIT)
        except CollectError as error:
            raise await self.explain(error) from error
        finally:
            if near == self._near:
                self._idle.append(wire)
            else:
                await wire.close()
        if answer.cut:
            raise CollectError(f"the Docker engine's answer is longer than {BODY_LIMIT} bytes", reason="limit")
        if not 200 <= answer.status < 300:
            raise refused_by_engine(answer.status, answer.body)
        return answer.body


def engine_client(url: str, ssh_config: str, timeout_s: float, phase: Phase) -> EngineClient:
    """A client of the engine of a configured url. Raises CollectError for an address that can't be used."""
    return EngineClient(place(url, os.environ), phase, ssh_config=ssh_config, timeout_s=timeout_s)
