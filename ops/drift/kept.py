"""What a floor knows of its drift beside baselines: the last findings, what was accepted, counts over time."""

from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec.structs import replace

from collectors.drift import DriftConfig
from ops.drift.accepted import FILE_NAME as ACCEPTED
from ops.drift.accepted import Accepted
from ops.drift.compare import differences, gravest_first
from ops.drift.expected import Expected
from ops.drift.findings import FILE_NAME as FINDINGS
from ops.drift.findings import FindingsFile, judged
from ops.drift.history import History
from ops.drift.shelf import stamp
from ops.drift.structs import Baseline, Captured, Difference, Findings, Seen
from ops.jobs.structs import Job

_LOOKED_AT = (FINDINGS, ACCEPTED, "baselines", "baselines/current")


class Kept:
    """Cheap to make; every call reads or writes files, and raises DriftError."""

    def __init__(self, folder: Path, clock: Callable[[], float]) -> None:
        """`folder` is the floor's own."""
        self._folder, self._clock = folder, clock
        self._findings, self._accepted, self._history = FindingsFile(folder), Accepted(folder), History(folder)

    def version(self) -> int:
        """Changes with whatever of it is written, by any process."""
        return hash(tuple(stamp(self._folder / "drift" / name) for name in _LOOKED_AT))

    def findings(self) -> Findings | None:
        """The last ones, with what was accepted or taken back since then."""
        found = self._findings.read()
        if found is None:
            return None
        expected = Expected(found.baseline, self._accepted.all(), (), found)
        again = (one if one.ignored else replace(one, expected=expected.why(one)) for one in found.differences)
        return replace(found, differences=gravest_first(again))

    def judged(
        self, baseline: Baseline, captured: Sequence[Captured], drift: DriftConfig, now: float
    ) -> tuple[Difference, ...]:
        """What differs, how grave it is, and whether it is expected."""
        previous = self._findings.read()
        same = previous if previous is not None and previous.baseline.id == baseline.head.id else None
        expected = Expected(baseline.head, self._accepted.all(), self._jobs(), same, now)
        return judged(differences(baseline, captured), drift, expected, same, now)

    def keep(self, findings: Findings) -> None:
        """They are the last ones from now on, unless others ended later."""
        previous = self._findings.read()
        if self._findings.write(findings):
            self._history.add(findings, previous)

    def accept(self, found: Sequence[Difference], baseline: str, *, by: str, reason: str) -> int:
        """Gives how many were not accepted before."""
        return self._accepted.add(found, baseline, by=by, reason=reason, now=self._clock())

    def withdraw(self, paths: Sequence[str], baseline: str) -> int:
        """Gives how many were taken back."""
        return self._accepted.remove(paths, baseline)

    def carry(self, before: str, after: str, captured: Sequence[str]) -> None:
        """What was accepted is for the baseline that takes another's place too, but for sources captured anew."""
        self._accepted.carry(before, after, captured)

    def forget(self, baselines: Sequence[str]) -> None:
        """Forget what was accepted for others than the baselines of these ids."""
        self._accepted.forget(baselines)

    def history(self, limit: int) -> Sequence[Seen]:
        """Newest first."""
        return self._history.lines(limit)

    def _jobs(self) -> Sequence[Job]:
        if not (self._folder / "jobs").is_dir():
            return ()
        from ops.jobs.book import JobBook

        return JobBook(self._folder).jobs()
