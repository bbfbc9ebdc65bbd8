"""What was accepted, by whom and why: a file of drift's own, changed by one process at a time."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
from msgspec.structs import replace

from collectors.text import LINE_LIMIT, clean
from ops.drift.compare import value_key
from ops.drift.locked import alone, failed
from ops.drift.salt import drift_folder
from ops.drift.source import DriftError
from ops.drift.structs import Acceptance, Difference
from ops.durable import replace_file

MOST = 10_000
FILE_NAME = "accepted.json"
_LIMIT = 64 * 2**20


class Accepted:
    """The acceptances of one floor. Cheap to make; every call reads or writes the file, and raises DriftError."""

    def __init__(self, folder: Path) -> None:
        """`folder` is the floor's own."""
        self._home, self._file = folder, folder / "drift" / FILE_NAME

    def all(self) -> Sequence[Acceptance]:
        """Oldest first, those of older baselines too."""
        try:
            with self._file.open("rb") as stream:
                return msgspec.json.decode(stream.read(_LIMIT), type=list[Acceptance])
        except FileNotFoundError:
            return []
        except OSError as error:
            raise failed(self._file, error) from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise DriftError(
                f"{self._file}, which says what was accepted, is damaged", "move it away, and accept anew what is meant"
            ) from error

    def add(self, differences: Iterable[Difference], baseline: str, *, by: str, reason: str, now: float) -> int:
        """Accept them for the baseline of that id; gives how many were not accepted so before."""
        reason = clean(reason.strip(), LINE_LIMIT)
        if not reason:
            raise DriftError("nothing is accepted without a reason", "say why it is meant")
        new = {one.path: _acceptance(one, baseline, clean(by), reason, now) for one in differences}
        with alone(drift_folder(self._home), "accepted"):
            there = self.all()
            known = {_what(one) for one in there}
            fresh = [one for one in new.values() if _what(one) not in known]
            kept = [one for one in there if one.path not in new or one.baseline != baseline]
            if len(kept) + len(new) > MOST:
                raise DriftError(
                    f"more than {MOST} differences would be accepted", "capture a new baseline: that agrees on all"
                )
            self._write([*kept, *new.values()])
        return len(fresh)

    def remove(self, paths: Iterable[str], baseline: str) -> int:
        """Take those of that baseline back; gives how many."""
        gone = set(paths)
        with alone(drift_folder(self._home), "accepted"):
            there = self.all()
            kept = [one for one in there if one.path not in gone or one.baseline != baseline]
            if len(kept) != len(there):
                self._write(kept)
        return len(there) - len(kept)

    def carry(self, before: str, after: str, captured: Iterable[str]) -> None:
        """What was accepted for a baseline is for the one in its place too, but for sources captured anew."""
        anew = set(captured)
        with alone(drift_folder(self._home), "accepted"):
            there = self.all()
            old = (one for one in there if one.baseline == before and one.path.partition(":")[0] not in anew)
            carried = [replace(one, baseline=after) for one in old]
            if carried:
                self._write([*there, *carried])

    def forget(self, baselines: Iterable[str]) -> None:
        """Keep only what was accepted for baselines of these ids: the others are gone, or were captured anew."""
        known = set(baselines)
        with alone(drift_folder(self._home), "accepted"):
            there = self.all()
            kept = [one for one in there if one.baseline in known]
            if len(kept) != len(there):
                self._write(kept)

    def _write(self, acceptances: Sequence[Acceptance]) -> None:
        try:
            replace_file(self._file, msgspec.json.format(msgspec.json.encode(acceptances)))
        except OSError as error:
            raise failed(self._file, error) from error


def _acceptance(difference: Difference, baseline: str, by: str, reason: str, now: float) -> Acceptance:
    key = value_key(difference)
    return Acceptance(
        path=difference.path, kind=difference.kind, value=key, baseline=baseline, by=by, at=now, reason=reason
    )


def _what(acceptance: Acceptance) -> tuple[str, ...]:
    return acceptance.path, acceptance.kind, acceptance.value, acceptance.baseline
