"""One repository: restic is asked for snapshots, fed parts, and made to forget."""

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing, contextmanager, suppress

import msgspec

from collectors.backup import BackupConfig
from collectors.base import Secret
from collectors.redact import mask_address
from collectors.text import clean
from ops.backup.errors import BackupError
from ops.backup.programs import Ended, fed, need, piped, ran
from ops.backup.restic.faults import fault, freed
from ops.backup.storing import in_thread

_ENVIRONMENT = ("AWS_", "AZURE_", "B2_", "GOOGLE_", "OS_", "RCLONE_", "RESTIC_", "ST_", "XDG_CACHE_HOME")
"""What its ways to other places read from the environment."""
_BURIED_S = (0.0, 0.5, 1.0, 2.0)
_AT_ONCE = 100
"""Snapshots that one command is told of."""
_HINT = "install it (Debian: restic), or keep backups in another kind of target"


class Snapshot(msgspec.Struct, frozen=True):
    """One part of a backup, or its manifest."""

    id: str
    time: str
    tags: tuple[str, ...] = ()

    def tag(self, name: str) -> str:
        """What follows "name=" in its tags; "" where there is none."""
        return next((tag[len(name) + 1 :] for tag in self.tags if tag.startswith(f"{name}=")), "")


class _Node(msgspec.Struct):
    type: str = ""
    size: int = 0


class _Matches(msgspec.Struct):
    snapshot: str
    matches: list[_Node] = []


class Repository:
    """All raise BackupError. The address and password go by the environment: they are in no list of processes."""

    def __init__(self, config: BackupConfig, secrets: Mapping[str, Secret]) -> None:
        self.address = address_of(config.target)
        self.shown = clean(f"restic:{mask_address(self.address)}")
        self._config, self._secrets = config, secrets

    @property
    def local(self) -> str:
        """Its folder, where it is one of this host; else ""."""
        return self.address if self.address.startswith("/") else ""

    def parent_there(self) -> bool:
        """Whether the folder that a local one is or would be in is there."""
        return os.path.isdir(os.path.dirname(self.local.rstrip("/")) or "/")

    def _environment(self) -> dict[str, str]:
        if "password" not in self._secrets:
            words = "a repository of restic is opened by a password, and none is given"
            raise BackupError(words, "say password_env, password_file or password_command", reason="auth")
        seen = {name: value for name, value in os.environ.items() if name.startswith(_ENVIRONMENT)}
        for stem, name in (("access_key", "AWS_ACCESS_KEY_ID"), ("secret_key", "AWS_SECRET_ACCESS_KEY")):
            if stem in self._secrets:
                seen[name] = self._secrets[stem].reveal()
        for name in ("RESTIC_PASSWORD_FILE", "RESTIC_PASSWORD_COMMAND", "RESTIC_REPOSITORY_FILE"):
            seen.pop(name, None)
        return seen | {"RESTIC_REPOSITORY": self.address, "RESTIC_PASSWORD": self._secrets["password"].reveal()}

    def _argv(self, *arguments: str) -> list[str]:
        authority = ["--cacert", self._config.ca_file] if self._config.ca_file else []
        return [need("restic", remedy=_HINT), *authority, *arguments]

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except BackupError as error:
            raise fault(error, self.shown) from error

    async def run(self, *arguments: str) -> bytes:
        """The beginning and end of what a command says."""
        with self._told():
            ended = await ran(self._argv(*arguments), environment=self._environment(), name="restic")
        return ended.out

    async def _all(self, *arguments: str) -> bytes:
        """All of what a command says."""
        with self._told():
            return b"".join([piece async for piece in piped(self._argv(*arguments), environment=self._environment())])

    async def make(self) -> None:
        """Make the repository. A folder is only made where the one that it is in is there."""
        if self.local and not await in_thread(self.parent_there):
            words = f"{self.shown} is not there, nor is what it should be in"
            raise BackupError(words, "mount its disk, or make the folder", reason="unreachable")
        await self.run("init")

    async def snapshots(self, *tags: str, free: bool = False) -> list[Snapshot]:
        """Those that have all of these tags, oldest first; with `free` only once nobody has it for himself."""
        words = ("snapshots", "--json", "--tag", ",".join(tags))
        out = await (self._patiently(self._all, *words) if free else self._all(*words, "--no-lock"))
        try:
            found = msgspec.json.decode(out or b"null", type=list[Snapshot] | None)
        except msgspec.DecodeError as error:
            raise BackupError(f"{self.shown} gives no list of snapshots", "see `restic snapshots`") from error
        return sorted(found or (), key=lambda one: one.time)

    async def take(self, name: str, tags: Sequence[str], pieces: AsyncIterator[bytes]) -> None:
        """A file from a stream, as a snapshot of its own; when the stream fails there is none."""
        argv = self._argv("backup", "--quiet", "--stdin", "--stdin-filename", name, "--tag", ",".join(tags))
        with self._told():
            ended: Ended = await fed(
                argv, pieces, environment=self._environment(), nice=self._config.nice, name="restic"
            )
        if not ended.whole:
            raise BackupError(f"{self.shown}: restic did not take all of {name}", reason="lost")

    async def dump(self, snapshot: Snapshot, name: str) -> AsyncGenerator[bytes, None]:
        """The file of a snapshot."""
        with self._told():
            argv = self._argv("dump", "--quiet", snapshot.id, f"/{name}")
            async with aclosing(piped(argv, environment=self._environment(), name="restic")) as pieces:
                async for piece in pieces:
                    yield piece

    async def sizes(self, snapshots: Sequence[Snapshot]) -> dict[str, int]:
        """Bytes of the files of these, by their ids; one that is gone is left out."""
        found: dict[str, int] = {}
        for first in range(0, len(snapshots), _AT_ONCE):
            found |= await self._found(snapshots[first : first + _AT_ONCE])
        for one in snapshots:
            # Where one can't be read its search says nothing of it, while its list says why.
            size = found.get(one.id) if one.id in found else await self._size(one)
            if size is not None:
                found[one.id] = size
        return found

    async def _found(self, snapshots: Sequence[Snapshot]) -> dict[str, int]:
        wanted = (word for one in snapshots for word in ("--snapshot", one.id))
        out = await self._all("find", "--json", "--no-lock", *wanted, "*")
        with suppress(msgspec.DecodeError):
            return {one.snapshot: _bytes(one.matches) for one in msgspec.json.decode(out, type=list[_Matches])}
        return {}

    async def _size(self, snapshot: Snapshot) -> int | None:
        try:
            out = await self._all("ls", "--json", "--no-lock", snapshot.id)
        except BackupError as error:
            if error.reason != "missing":
                raise
            return None
        # The first line is of the snapshot itself; older ones say nothing, and that all is well, where it is gone.
        lines = [line for line in out.splitlines() if line.strip()]
        return _bytes(msgspec.json.decode(line, type=_Node) for line in lines) if lines else None

    async def forget(self, snapshots: Sequence[Snapshot]) -> None:
        """Forget them; their data stays until something is deleted."""
        for first in range(0, len(snapshots), _AT_ONCE):
            await self._alone("forget", "--quiet", *(one.id for one in snapshots[first : first + _AT_ONCE]))

    async def delete(self, snapshots: Sequence[Snapshot]) -> int:
        """Forget them and delete all data that no snapshot has; gives its bytes."""
        last = len(snapshots) - len(snapshots) % _AT_ONCE
        await self.forget(snapshots[:last])
        ids = [one.id for one in snapshots[last:]]
        return freed(await self._alone(*(("forget", "--prune", *ids) if ids else ("prune",))))

    async def _alone(self, *arguments: str) -> bytes:
        return await self._patiently(self.run, *arguments)

    async def _patiently(self, ask: Callable[..., Awaitable[bytes]], *arguments: str) -> bytes:
        """What waits for others; a lock is that of a dead process only once the system has buried it."""
        for pause_s in _BURIED_S:
            try:
                return await ask(*arguments)
            except BackupError as error:
                if error.reason != "held":
                    raise
            await asyncio.sleep(pause_s)
            await self.unlock()
        return await ask(*arguments)

    async def unlock(self) -> None:
        """Take locks of dead processes away; restic knows them by host and process, or by half an hour of silence."""
        await self.run("unlock", "--quiet")


def _bytes(nodes: Iterable[_Node]) -> int:
    return sum(node.size for node in nodes if node.type == "file")


def address_of(target: str) -> str:
    """What restic calls the repository. Raises BackupError "refused"."""
    address = target.partition(":")[2]
    if target.startswith("restic:") and (address.startswith("/") or ":" in address) and "\0" not in address:
        return address
    shown = clean(mask_address(target))
    remedy = "write it as restic:/srv/restic, or restic: and what `restic -r` takes"
    raise BackupError(f"{shown} names no repository of restic", remedy, reason="refused")
