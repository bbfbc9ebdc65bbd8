"""What is asked of an engine for its volumes: lists, helper containers, and tars in and out of them."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec

from collectors.base import CollectError
from collectors.docker_api.client import EngineClient, Way
from collectors.docker_api.parse import Go
from collectors.net.links import Link, open_link, open_unix_link
from collectors.text import clean
from ops.backup.errors import BackupError, Reason
from ops.backup.stages import closing
from ops.backup.trees.unpacking import to_its_end
from ops.backup.volumes.shapes import User, Volume
from ops.runner.wire import WritingWire

INSIDE = "volume"
"""What every tar of a volume begins with, and where helpers have it: "/volume"."""
LABEL = "watchfloor.backup"
"""On helpers and volumes of ours; its value is the set."""
STAGED = "watchfloor-restored-"
"""What volumes are called that something is put into before it goes to its place."""
_JSON = {"Content-Type": "application/json"}
_HEAD_BYTES = 64 * 1024
_IDLE_S = 600.0
"""An engine that takes nothing for so long, or says nothing of what it took, hangs."""
T = TypeVar("T")


class _Volumes(Go, frozen=True):
    volumes: list[Volume] | None = None


class _Image(Go, frozen=True):
    id: str = ""


class _Made(Go, frozen=True):
    id: str = ""


class _Waited(Go, frozen=True):
    status_code: int = 0


class Engine:
    """One engine. Raises BackupError for all that goes wrong."""

    def __init__(self, client: EngineClient, owner: str) -> None:
        """`owner` is the set, which stands on all that is made."""
        self._client, self._owner = client, owner

    async def volumes(self) -> Sequence[Volume]:
        """All that it has, by name."""
        found = await self._get("/volumes", _Volumes)
        return sorted(found.volumes or (), key=lambda volume: volume.name)

    async def users(self, place: str) -> Sequence[User]:
        """Containers that have a volume or a folder, running or not; helpers of ours left out."""
        found = await self._get("/containers/json", list[User], all="1")
        helpers = {one.id for one in await self._helpers()}
        return [one for one in found if one.has(place) and one.id not in helpers]

    async def sweep(self) -> None:
        """Take away what a process of this set that died has left: only one at a time does anything to a set."""
        for one in await self._helpers():
            await self._remove(one.id)
        for volume in await self.volumes():
            if volume.name.startswith(STAGED) and (volume.labels or {}).get(LABEL) == self._owner:
                await self.remove_volume(volume.name)

    async def images(self, place: str) -> Sequence[str]:
        """Images to make helpers of: first those of containers that have it. Raises BackupError where none is there."""
        own = [one.image_id for one in await self.users(place)]
        every = [one.id for one in await self._get("/images/json", list[_Image])]
        found = [image for image in dict.fromkeys((*own, *every)) if image]
        if not found:
            raise BackupError(
                "the engine has no image to make a helper of", "pull any image, such as busybox", reason="missing"
            )
        return found

    async def make_volume(self, volume: Volume) -> None:
        """Make one; it must not be there."""
        if any(one.name == volume.name for one in await self.volumes()):
            raise BackupError(f"there is a volume {clean(volume.name)} already", "name another one", reason="refused")
        body = {
            "Name": volume.name, "Driver": volume.driver or "local", "Labels": volume.labels or {},
            "DriverOpts": volume.options or {},
        }  # fmt: skip
        await self._send("POST", "/volumes/create", body)

    def own_volume(self, name: str) -> Volume:
        """One that is ours, by its labels."""
        return Volume(name=name, driver="local", labels={LABEL: self._owner})

    async def remove_volume(self, name: str) -> None:
        """Nothing where it is not there."""
        await self._send("DELETE", f"/volumes/{name}", missing=True)

    @asynccontextmanager
    async def helper(
        self, place: str, image: str, *, writes: bool = False, command: Sequence[str] = ()
    ) -> AsyncIterator[str]:
        """A container with a volume or folder at "/volume"; it is removed afterwards. Gives its id."""
        mount = {
            "Type": "bind" if place.startswith("/") else "volume", "Source": place, "Target": f"/{INSIDE}",
            "ReadOnly": not writes,
        }  # fmt: skip
        body = {
            "Image": image, "Entrypoint": list(command[:1]) or ["/none"], "Cmd": list(command[1:]), "User": "0",
            "Labels": {LABEL: self._owner}, "NetworkDisabled": True, "Healthcheck": {"Test": ["NONE"]},
            "HostConfig": {
                "Mounts": [mount if place.startswith("/") else mount | {"VolumeOptions": {"NoCopy": True}}],
                "NetworkMode": "none", "RestartPolicy": {"Name": "no"},
            },
        }  # fmt: skip
        found: list[str] = []
        try:
            await to_its_end(self._made(body, found))
            yield found[0]
        finally:
            for made in found:
                await to_its_end(self._remove(made))

    async def run(self, place: str, image: str, command: Sequence[str]) -> int | None:
        """Run a program of an image on a volume; its exit code, None where the image has no such program."""
        async with self.helper(place, image, writes=True, command=command) as made:
            if not await self._started(made):
                return None
            answer = await self._send("POST", f"/containers/{made}/wait")
            return msgspec.json.decode(answer, type=_Waited).status_code

    async def tar(self, made: str) -> AsyncGenerator[bytes, None]:
        """What a helper has at "/volume", as the engine's tar: every name begins with "volume"."""
        way = await self._way()
        wire = WritingWire(way.origin, uds=way.socket)
        try:
            async with closing(wire.stream(f"{way.prefix}/containers/{made}/archive?path=%2F{INSIDE}")) as pieces:
                async for piece in pieces:
                    yield piece
        except CollectError as error:
            raise await self._worded(error) from error

    async def put(self, made: str, pieces: AsyncIterator[bytes]) -> None:
        """Unpack such a tar there; the engine does that within the container's own files."""
        way = await self._way()
        parts = urlsplit(way.origin)
        try:
            link = (
                await open_unix_link(way.socket, _nobody)
                if way.socket
                else await open_link(parts.hostname or "", parts.port or 2375, _nobody)
            )
        except CollectError as error:
            raise await self._worded(error) from error
        head = (
            f"PUT {way.prefix}/containers/{made}/archive?path=%2F HTTP/1.1\r\nHost: docker\r\n"
            "Content-Type: application/x-tar\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        )
        try:
            await _sent(link, head.encode(), pieces)
            async with asyncio.timeout(_IDLE_S):
                answer = await link.reader.read(_HEAD_BYTES)
        except (OSError, EOFError) as error:
            raise _lost(error) from error
        finally:
            link.abort()
        status = answer.split(b" ", 2)[1:2]
        if status != [b"200"]:
            said = answer.partition(b"\r\n\r\n")[2]
            raise BackupError(f"the engine does not unpack it: {clean(said, 300)}", "see the engine's log")

    async def _helpers(self) -> Sequence[User]:
        wanted = msgspec.json.encode({"label": [f"{LABEL}={self._owner}"]}).decode()
        return await self._get("/containers/json", list[User], all="1", filters=wanted)

    async def _made(self, body: Mapping[str, object], found: list[str]) -> None:
        answer = await self._send("POST", "/containers/create", body)
        found.append(msgspec.json.decode(answer, type=_Made).id)

    async def _started(self, made: str) -> bool:
        status, _ = await self._answer("POST", f"/containers/{made}/start")
        return status in (204, 304)

    async def _remove(self, made: str) -> None:
        await self._send("DELETE", f"/containers/{made}?force=1", missing=True)

    async def _get(self, path: str, shape: type[T], **parameters: str) -> T:
        try:
            return await self._client.get(path, shape, **parameters)
        except CollectError as error:
            raise await self._worded(error) from error

    async def _send(
        self, method: str, path: str, body: Mapping[str, object] | None = None, *, missing: bool = False
    ) -> bytes:
        status, answer = await self._answer(method, path, body)
        if not 200 <= status < 300 and not (missing and status == 404):
            raise BackupError(
                f"the Docker engine answered {status}: {clean(_said(answer), 300)}", "see the engine's log",
                reason="held" if status == 409 else "missing" if status == 404 else "error",
            )  # fmt: skip
        return answer

    async def _answer(self, method: str, path: str, body: Mapping[str, object] | None = None) -> tuple[int, bytes]:
        way = await self._way()
        wire = WritingWire(way.origin, uds=way.socket)
        content = msgspec.json.encode(body) if body is not None else b""
        try:
            answer = await wire.send(method, f"{way.prefix}{path}", _JSON if content else {}, body=content)
        except CollectError as error:
            raise await self._worded(error) from error
        finally:
            await wire.close()
        return answer.status, answer.body

    async def _way(self) -> Way:
        try:
            return await self._client.way()
        except CollectError as error:
            raise await self._worded(error) from error

    async def _worded(self, error: CollectError) -> BackupError:
        worded = await self._client.explain(error)
        reason: Reason = "missing" if worded.reason == "missing" else "unreachable"
        return BackupError(worded.message, worded.remedy, reason=reason)


async def _sent(link: Link, head: bytes, pieces: AsyncIterator[bytes]) -> None:
    link.writer.write(head)
    async with closing(pieces) as some:
        async for piece in some:
            if piece:
                link.writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
                async with asyncio.timeout(_IDLE_S):
                    await link.writer.drain()
    link.writer.write(b"0\r\n\r\n")
    await link.writer.drain()


def _said(answer: bytes) -> object:
    try:
        return msgspec.json.decode(answer, type=dict[str, object])["message"]
    except (msgspec.DecodeError, KeyError):
        return answer.strip()


def _lost(error: Exception) -> BackupError:
    why = "it takes nothing any more" if isinstance(error, TimeoutError) else clean(error)
    return BackupError(
        f"the connection to the Docker engine broke: {why}", "see whether it runs, then again", reason="lost"
    )


def _nobody(_: str) -> None:
    """Nobody is told the steps."""
