"""Whether anything may be done from this screen: the source's own reasons, and read-only as a person switched it."""

from collections.abc import Callable

from ops.fixes.source import FixSource

HELD = "read-only was switched on here"
NOBODY = "nothing can be done from here: it shows what others read"


class Hands:
    """Asked before anything is offered, planned or started. Policy is not stopped by it."""

    def __init__(self, fixes: Callable[[], FixSource | None]) -> None:
        self._fixes = fixes
        self.held = False
        """Whether a person switched read-only on, at this screen."""

    @property
    def fixes(self) -> FixSource | None:
        """Who offers and does fixes, if there is anybody."""
        return self._fixes()

    @property
    def forced(self) -> str:
        """Why nothing can be done whatever a person switches; "" where it can."""
        fixes = self.fixes
        return NOBODY if fixes is None else fixes.read_only

    @property
    def why_not(self) -> str:
        """Why nothing can be done now; "" where it can."""
        return self.forced or (HELD if self.held else "")

    @property
    def free(self) -> FixSource | None:
        """Who offers and does fixes, where something may be done."""
        return None if self.why_not else self.fixes

    @property
    def mute(self) -> str:
        """Why nothing may be written about incidents from here; "" where it may, also where nothing can be fixed."""
        return self.why_not if self.held or self.fixes is not None else ""
