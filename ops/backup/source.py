"""BackupSource: what screens and commands ask about backups. `ops.backup.desk.BackupDesk` is it.

What changes something (run, verify, drill, restore, prune) is an action, planned and begun by the FixSource for the row
`backup:NAME`: backup.run, backup.verify, backup.drill, backup.restore, backup.prune, backup.delete. Here is only read.
"""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from ops.backup.base import Wish
from ops.backup.structs import Found, Kept, Overwrite, Running, Standing


class BackupSource(Protocol):
    """What can't be done raises BackupError."""

    def names(self) -> Sequence[str]:
        """The configured sets, in file order."""

    def version(self) -> int:
        """Changes whenever the book was written, by any process; cheap."""

    def running(self, name: str) -> Running | None:
        """What is being done to a set right now, by any process; cheap enough for several times a second."""

    async def standing(self, name: str, *, ask: bool = True) -> Standing:
        """How a set stands. Without `ask` only what is known here is told, and the target is not asked."""

    async def kept(self, name: str, backup: str = "") -> Kept:
        """One backup: by the beginning of its id, or "latest", "verified" (newest verified), or a time ("2026-11-20",
        "2026-11-20 02:30"): the newest that is not after it. "" is "latest".
        """

    def contents(self, name: str, backup: str, *, pattern: str = "") -> AsyncIterator[Found]:
        """What is inside one, in order; `pattern` is a glob, or a part of the name."""

    async def overwrites(self, name: str, backup: str, wish: Wish) -> Sequence[Overwrite]:
        """What a restore would change, as it is now."""

    async def expiring(self, name: str) -> Sequence[Kept]:
        """All of a set with reasons, and why each that goes goes: the dry run of a prune."""
