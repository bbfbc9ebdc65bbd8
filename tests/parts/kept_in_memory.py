"""A target of backups in memory, for what is about their bytes alone."""

from collections.abc import AsyncIterator, Mapping, Sequence

from collectors.backup import BackupConfig
from ops.backup.errors import BackupError
from ops.backup.target import PIECE_BYTES, Leftover, Target, Writing


def settings(**more: object) -> BackupConfig:
    """A set called shop."""
    return BackupConfig(name="shop", kind="files", target="memory:", **more)  # type: ignore[arg-type]


class MemoryTarget(Target):
    """Its parts can be changed by whoever tests."""

    schemes = ("memory",)
    title = "memory"

    def __init__(self) -> None:
        super().__init__(settings(), {}, "here/1/1")
        self.parts: dict[str, dict[str, bytes]] = {}
        self.manifests: dict[str, bytes] = {}

    @property
    def shown(self) -> str:
        """Nothing secret."""
        return "memory:"

    async def begin(self, backup: str, expected_bytes: int) -> Writing:
        """Never full."""
        return _Writing(self, backup)

    async def ids(self) -> Sequence[str]:
        """Those with a manifest."""
        return sorted(self.manifests)

    async def manifest(self, backup: str) -> bytes:
        """As it was committed, or changed since."""
        try:
            return self.manifests[backup]
        except KeyError:
            raise BackupError(f"there is no {backup}", reason="missing") from None

    async def read(self, backup: str, part: str, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """In pieces."""
        try:
            whole = self.parts[backup][part]
        except KeyError:
            raise BackupError(f"there is no {part}", reason="missing") from None
        some = whole[start : None if length is None else start + length]
        for at in range(0, len(some), PIECE_BYTES):
            yield some[at : at + PIECE_BYTES]

    async def sizes(self, backup: str) -> Mapping[str, int]:
        """Of what is there."""
        return {name: len(part) for name, part in self.parts[backup].items()}

    async def remove(self, backup: str) -> int:
        """Manifest first."""
        del self.manifests[backup]
        return sum(map(len, self.parts.pop(backup).values()))

    async def leftovers(self) -> Sequence[Leftover]:
        """Parts without a manifest."""
        return [Leftover(id=one, began_at=None, bytes=0) for one in self.parts if one not in self.manifests]

    async def sweep(self, ids: Sequence[str]) -> int:
        """Those parts."""
        return sum(len(part) for one in ids for part in self.parts.pop(one).values())

    async def free_bytes(self) -> int | None:
        """Nobody knows."""
        return None


class _Writing(Writing):
    def __init__(self, target: MemoryTarget, backup: str) -> None:
        self._target, self._backup = target, backup
        target.parts[backup] = {}

    async def put(self, name: str, pieces: AsyncIterator[bytes]) -> int:
        whole = b"".join([piece async for piece in pieces])
        self._target.parts[self._backup][name] = whole
        return len(whole)

    async def commit(self, manifest: bytes) -> None:
        self._target.manifests[self._backup] = manifest

    async def abandon(self) -> None:
        del self._target.parts[self._backup]
