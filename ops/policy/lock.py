"""Who acts by policy over one history: one process at a time."""

from pathlib import Path

from ops.pidlock import PidLock

LOCK_FILE = "policy.lock"


class PolicyLock(PidLock):
    """The right to act without a person."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / LOCK_FILE)

    def take(self) -> int | None:
        """As any; the folder is made. Raises OSError where it can't be written to."""
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return super().take()
