"""DriftSource: what screens and commands ask about drift. `ops.drift.desk.DriftDesk` is it."""

from collections.abc import Callable, Sequence
from pathlib import Path as File
from typing import Protocol

from ops.board import Row
from ops.drift.structs import Baseline, Difference, Findings, Head, Path, Seen
from ops.fixes.structs import Offered

Tell = Callable[[str, float], None]
"""Progress: what is being read ("containers"), and how much of all is done, 0 to 1."""


class DriftError(Exception):
    """It can't be done. `message` is one sentence for the operator, `remedy` says what to do about it."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


class DriftSource(Protocol):
    """All but the coroutines read or write files, which belongs into a thread. What can't be done raises DriftError."""

    def version(self) -> int:
        """Changes whenever findings, baselines or acceptances were written, by any process; cheap."""

    def findings(self) -> Findings | None:
        """What the last detection found, whoever made it; None before the first."""

    def baselines(self) -> Sequence[Head]:
        """All that are kept, newest first; the one that is compared with is `current()`."""

    def current(self) -> str:
        """Name of the baseline that detections compare with; "" where there is none."""

    def edited(self, name: str = "") -> bool:
        """Whether a baseline was changed by hand after it was captured; "" is the current one. May read all of it."""

    def choose(self, name: str) -> None:
        """Compare with that one from now on."""

    def export(self, name: str, to: File, *, over: bool = False) -> None:
        """Copy a baseline's file; "" is the current one. What is there already stays unless `over` says otherwise."""

    def baseline(self, name: str = "", *, force: bool = False) -> Baseline:
        """One of them; "" is the current one. An edited one, or one of another host, needs `force`."""

    async def capture(self, name: str = "", *, only: Sequence[str] = (), by: str, tell: Tell = ...) -> Baseline:
        """Capture what is and keep it as a baseline, which is the current one from then on.

        `only` are names of sources or groups; other sources of an older baseline of that name are taken over.
        """

    async def detect(
        self,
        name: str = "",
        *,
        only: Sequence[str] = (),
        path: Path | None = None,
        force: bool = False,
        tell: Tell = ...,
    ) -> Findings:
        """Capture, and compare with a baseline. With `path` only its item is read. Whole ones are kept as findings."""

    def compared(self, before: str, after: str, *, force: bool = False) -> Findings:
        """Two baselines, compared."""

    def accept(self, differences: Sequence[Difference], *, by: str, reason: str) -> int:
        """Say that they are meant; gives how many were not accepted before."""

    def withdraw(self, paths: Sequence[str]) -> int:
        """Take acceptances back; gives how many."""

    def history(self, limit: int = 500) -> Sequence[Seen]:
        """Counts over time, newest first."""

    def row(self, difference: Difference, at: float) -> Row:
        """The difference as the row that fixes act on."""

    def offers(self, difference: Difference) -> tuple[Offered, ...]:
        """What puts it right, best first."""

    def by_hand(self, difference: Difference) -> str:
        """What a person should do about it, where nothing is offered."""
