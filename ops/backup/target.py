"""The whole contract of a target: where backups are kept.

A target is one file in `ops/backup/targets` and passes the suite of `tests/parts/target_suite`; discovery
finds it by the scheme of its address. It keeps bytes under names and knows nothing of what they are. A backup is
visible (`ids`) only after `commit`; what a killed process left never is, and `sweep` takes it away. All calls may raise
BackupError: "unreachable", "auth", "full", "missing", "unsafe", "lost". Blocking clients work in threads of the
target's own; every coroutine may be cancelled at any await.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import ClassVar, NamedTuple

import msgspec

from collectors.backup import BackupConfig
from collectors.base import Secret

MANIFEST = "manifest.json"
"""The part that is written last."""
PIECE_BYTES = 2**20
"""How large the pieces are that a stream is handed on in, about."""


class Leftover(msgspec.Struct, frozen=True):
    """Something unfinished in a target: of a process that died, or of one that still writes."""

    id: str
    began_at: float | None
    bytes: int
    owner: str = ""
    """"host/pid/start": who began it, "" where that is not known."""


class Survey(NamedTuple):
    """What is in a target: ids of complete ones, and what is unfinished."""

    ids: Sequence[str]
    leftovers: Sequence[Leftover]


class Writing(ABC):
    """A backup that is being written. Leave it by `commit` or `abandon`, whatever happened."""

    @abstractmethod
    async def put(self, name: str, pieces: AsyncIterator[bytes]) -> int:
        """Write one part from beginning to end and give its stored bytes; memory is bounded whatever its size."""

    @abstractmethod
    async def commit(self, manifest: bytes) -> None:
        """Make it durable, then visible, in one step. Raises BackupError "refused" where its id is there already."""

    @abstractmethod
    async def abandon(self) -> None:
        """Take away all of it. What can't be taken away now stays invisible, and is swept later."""


class Target(ABC):
    """One place that backups of one set are in. Closed by `close`."""

    schemes: ClassVar[tuple[str, ...]]
    """("file",): what its addresses begin with, before the colon."""
    title: ClassVar[str]
    """"a folder of this host"."""
    seals: ClassVar[bool] = False
    """True where the place itself encrypts and compresses (restic): parts then go in as they are."""

    def __init__(self, config: BackupConfig, secrets: Mapping[str, Secret], owner: str) -> None:
        """`owner` ("host/pid/start") is put on what is unfinished."""
        self.config, self.secrets, self.owner = config, secrets, owner

    @property
    @abstractmethod
    def shown(self) -> str:
        """Its address without secrets."""

    @abstractmethod
    async def begin(self, backup: str, expected_bytes: int) -> Writing:
        """Begin a backup. Raises BackupError "full" where `expected_bytes` (0: unknown) clearly have no room."""

    @abstractmethod
    async def ids(self) -> Sequence[str]:
        """Ids of the complete ones of this set, sorted."""

    @abstractmethod
    async def manifest(self, backup: str) -> bytes:
        """What `commit` was given."""

    @abstractmethod
    def read(self, backup: str, part: str, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """The stored bytes of a part, or a range of them, in pieces. Raises BackupError "missing" when first asked."""

    @abstractmethod
    async def sizes(self, backup: str) -> Mapping[str, int]:
        """Stored bytes of each part that is there, the manifest left out: cheap."""

    @abstractmethod
    async def remove(self, backup: str) -> int:
        """Delete one: invisible first, in one step, then its bytes. Gives the freed bytes."""

    @abstractmethod
    async def leftovers(self) -> Sequence[Leftover]:
        """What is unfinished or half deleted."""

    async def survey(self) -> Survey:
        """`ids` and `leftovers`: together where that costs less."""
        return Survey(await self.ids(), await self.leftovers())

    @abstractmethod
    async def sweep(self, ids: Sequence[str]) -> int:
        """Delete these leftovers; gives the freed bytes."""

    @abstractmethod
    async def free_bytes(self) -> int | None:
        """Room that is left; None where that is not known."""

    async def close(self) -> None:
        """Let go of connections."""
        return None
