"""Programs of PostgreSQL inside the server's own container, started by the engine's exec."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from time import perf_counter
from urllib.parse import urlsplit

import msgspec

from collectors.base import CollectError
from collectors.docker_api.client import EngineClient, engine_client
from collectors.docker_api.following import checked_name
from collectors.docker_api.logs import Frames
from collectors.docker_engine import DockerConfig
from collectors.net.links import Link, open_link, open_unix_link
from collectors.text import clean
from ops.backup.base import Place
from ops.backup.errors import BackupError, Reason
from ops.backup.meant import meant
from ops.backup.pipes import Ends
from ops.backup.postgres.versions import version_of
from ops.backup.programs import Ended
from ops.backup.started import failed
from ops.backup.target import PIECE_BYTES
from ops.runner.wire import WritingWire

_OUT = 1
_READ_BYTES = 64 * 1024
_TIMEOUT_S = 30.0
_END_EVERY_S, _END_LOOKS = 0.05, 100
"""The engine knows the exit code a moment after the last byte."""
_NO_CLIENT = "the container has no program {}: use the container of the server itself, or leave container out"


class _Made(msgspec.Struct, frozen=True, rename="pascal"):
    """Answer of POST /containers/NAME/exec."""

    id: str


class _State(msgspec.Struct, frozen=True, rename="pascal"):
    """Answer of GET /exec/ID/json."""

    running: bool = False
    exit_code: int | None = None


class Inside(msgspec.Struct, frozen=True, kw_only=True):
    """Programs of one container."""

    docker: DockerConfig
    container: str
    version: int = 0
    words: str = ""
    near: bool = True

    async def stream(
        self, argv: Sequence[str], environment: Mapping[str, str], pieces: AsyncIterator[bytes] | None = None
    ) -> AsyncGenerator[bytes, None]:
        """As `piped`: the exit code is asked for after the last piece. Raises BackupError."""
        errors = Ends()
        async with _running(self, argv, environment, pieces) as run:
            kept = bytearray()
            async for stream, piece in run.pieces():
                if stream != _OUT:
                    errors.add(piece)
                    continue
                kept += piece
                if len(kept) >= PIECE_BYTES:
                    yield bytes(kept)
                    kept.clear()
            if kept:
                yield bytes(kept)
            if code := await run.ended():
                raise failed(argv[0], code, errors.whole)

    async def run(
        self, argv: Sequence[str], environment: Mapping[str, str], pieces: AsyncIterator[bytes] | None = None
    ) -> Ended:
        """As `fed`: any exit code is an answer. Raises BackupError."""
        out, errors, began = Ends(), Ends(), perf_counter()
        async with _running(self, argv, environment, pieces) as run:
            async for stream, piece in run.pieces():
                (out if stream == _OUT else errors).add(piece)
            code = await run.ended()
            return Ended(code, out.whole, errors.whole, run.whole, perf_counter() - began)


async def inside(place: Place, major: int) -> Inside:
    """The programs of the set's container. Raises BackupError "version" where they are older than the server."""
    backup = place.backup
    _, docker = meant(place, DockerConfig, "docker", backup.docker, key="docker")
    found = Inside(docker=docker, container=_checked(backup.container))
    ended = await found.run(["pg_dump", "--version"], {})
    version = version_of(ended.out.decode("utf-8", "replace"))
    if ended.code or version is None:
        raise BackupError(
            f"there is no pg_dump in the container {clean(backup.container)}", _NO_CLIENT.format("pg_dump"),
            reason="missing",
        )  # fmt: skip
    if version[0] // 10000 < major:
        raise BackupError(
            f"pg_dump {version[1]} of the container {clean(backup.container)} is too old for PostgreSQL {major}",
            "name the server's own container", reason="version",
        )  # fmt: skip
    return msgspec.structs.replace(found, version=version[0], words=version[1])


def _checked(name: str) -> str:
    try:
        return checked_name(name)
    except ValueError as error:
        raise BackupError(str(error), "correct container in the config", reason="refused") from error


class _Run:
    """One program that runs in there: what it writes, what it is fed, how it ends."""

    def __init__(self, client: EngineClient, link: Link, key: str, pieces: AsyncIterator[bytes] | None) -> None:
        self._client, self._link, self._key = client, link, key
        self.whole = True
        """Whether it took all that it was fed."""
        self._feeding = asyncio.create_task(self._feed(pieces)) if pieces is not None else None

    async def pieces(self) -> AsyncGenerator[tuple[int, bytes], None]:
        """What it writes, each piece with its stream (1 or 2). Raises what it is fed by."""
        frames = Frames()
        while chunk := await self._link.reader.read(_READ_BYTES):
            for piece in frames.feed(chunk):
                yield piece
        if self._feeding is not None:
            await self._feeding

    async def _feed(self, pieces: AsyncIterator[bytes]) -> None:
        """To its end, also where the program needs only a part: what is wrong with the end is found so."""
        try:
            async for piece in pieces:
                await self._write(piece)
        except BaseException:
            self._link.abort()  # who was fed only a part must not wait for more, nor take its end for the whole
            raise
        if self.whole and self._link.writer.can_write_eof():
            self._link.writer.write_eof()

    async def _write(self, piece: bytes) -> None:
        if not self.whole:
            return
        try:
            self._link.writer.write(piece)
            await self._link.writer.drain()
        except OSError:
            self.whole = False

    async def ended(self) -> int:
        """Its exit code. Raises BackupError where the engine does not tell."""
        for _ in range(_END_LOOKS):
            state = await self._client.get(f"/exec/{self._key}/json", _State)
            if not state.running and state.exit_code is not None:
                return state.exit_code
            await asyncio.sleep(_END_EVERY_S)
        raise BackupError(
            "the engine does not say how the program in the container ended", "see the engine's log", reason="lost"
        )

    async def close(self) -> None:
        """Hang up: the program's next write fails, and what it reads ends."""
        self._link.abort()
        if self._feeding is not None:
            self._feeding.cancel()
            await asyncio.gather(self._feeding, return_exceptions=True)


@asynccontextmanager
async def _running(
    where: Inside, argv: Sequence[str], environment: Mapping[str, str], pieces: AsyncIterator[bytes] | None
) -> AsyncIterator[_Run]:
    client = engine_client(where.docker.url, where.docker.ssh_config, max(_TIMEOUT_S, where.docker.timeout), _nothing)
    run: _Run | None = None
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            key = await _make(client, where.container, argv, environment, feeds=pieces is not None)
            link = await _start(client, key)
        run = _Run(client, link, key, pieces)
        yield run
    except CollectError as error:
        worded = await client.explain(error)
        reason: Reason = "missing" if worded.reason == "missing" else "unreachable"
        raise BackupError(worded.message, worded.remedy, reason=reason) from error
    except TimeoutError as error:
        raise BackupError(
            f"the Docker engine did not start {clean(argv[0])} within {_TIMEOUT_S:g} s", "see whether it answers",
            reason="timeout",
        ) from error  # fmt: skip
    except (OSError, EOFError) as error:
        raise BackupError(
            f"the connection to the Docker engine broke: {clean(error)}", "see whether it runs, then again",
            reason="lost",
        ) from error  # fmt: skip
    finally:
        if run is not None:
            await run.close()
        if isinstance(pieces, AsyncGenerator):
            await pieces.aclose()
        await client.close()


async def _make(
    client: EngineClient, container: str, argv: Sequence[str], environment: Mapping[str, str], *, feeds: bool
) -> str:
    """Prepare the program: the environment, with its secrets, is in the request's body alone.

    Raises BackupError, CollectError.
    """
    way = await client.way()
    body = {
        "AttachStdin": feeds, "AttachStdout": True, "AttachStderr": True, "Tty": False, "Cmd": list(argv),
        "Env": [f"{name}={value}" for name, value in {"LC_ALL": "C", **environment}.items()],
    }  # fmt: skip
    wire = WritingWire(way.origin, uds=way.socket)
    try:
        answer = await wire.send(
            "POST", f"{way.prefix}/containers/{container}/exec", {"Content-Type": "application/json"},
            body=msgspec.json.encode(body),
        )  # fmt: skip
    finally:
        await wire.close()
    if answer.status != 201:
        said = clean(answer.body[:300].strip())
        raise BackupError(
            f"the Docker engine starts nothing in the container {container} ({answer.status}): {said}",
            "see whether it runs, and whether the engine allows exec",
            reason="missing" if answer.status == 404 else "refused",
        )
    return msgspec.json.decode(answer.body, type=_Made).id


async def _start(client: EngineClient, key: str) -> Link:
    """Start it on a connection that is its pipes from then on. Raises CollectError."""
    way = await client.way()
    parts = urlsplit(way.origin)
    link = (
        await open_unix_link(way.socket, _nothing)
        if way.socket
        else await open_link(parts.hostname or "", parts.port or 2375, _nothing)
    )
    body = b'{"Detach":false,"Tty":false}'
    head = (
        f"POST {way.prefix}/exec/{key}/start HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    try:
        link.writer.write(head.encode() + body)
        await link.writer.drain()
        answer = await link.reader.readuntil(b"\r\n\r\n")
    except BaseException:
        link.abort()
        raise
    status = answer.split(b" ", 2)[1]
    if status not in (b"101", b"200"):
        link.abort()
        raise CollectError(f"the Docker engine does not start the program ({clean(status)})", reason="protocol")
    return link


def _nothing(_: str) -> None:
    """Nobody is told the steps."""
