"""What the last detection found: judged, with the moment since when each difference is there, kept in a file."""

from collections.abc import Iterable
from pathlib import Path

import msgspec
from msgspec.structs import replace

from collectors.drift import DriftConfig
from ops.drift.compare import gravest_first, identity
from ops.drift.expected import Expected
from ops.drift.ignoring import ignored
from ops.drift.locked import alone, failed
from ops.drift.salt import drift_folder
from ops.drift.severity import Severities
from ops.drift.structs import Difference, Findings
from ops.durable import replace_file

FILE_NAME = "findings.json"
_LIMIT = 256 * 2**20
_LATER_S = 600.0
"""How much later another detection can have ended while one ran."""


def judged(
    found: Iterable[Difference],
    drift: DriftConfig,
    expected: Expected,
    previous: Findings | None,
    now: float,
) -> tuple[Difference, ...]:
    """Each with its severity, whether it counts, and since when it is so; in the order in which they are shown.

    `previous` is the last whole detection: what was the same then is there since then. What is ignored is never
    expected too.
    """
    severities = Severities(drift.severity)
    known = {identity(one): one.since for one in previous.differences} if previous else {}
    result = []
    for one in found:
        rule = ignored(one, drift.ignore)
        result.append(
            replace(
                one,
                severity=severities.of(one),
                ignored=rule,
                expected="" if rule else expected.why(one),
                since=known.get(identity(one)) or now,
            )
        )
    return gravest_first(result)


class FindingsFile:
    """The findings of one floor. Cheap to make; calls read or write the file, and raise DriftError."""

    def __init__(self, folder: Path) -> None:
        """`folder` is the floor's own."""
        self._home, self._file = folder, folder / "drift" / FILE_NAME

    def read(self) -> Findings | None:
        """What was found last; None where nothing was, or where the file is damaged: the next detection mends it."""
        try:
            with self._file.open("rb") as stream:
                return msgspec.json.decode(stream.read(_LIMIT), type=Findings)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise failed(self._file, error) from error
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None

    def write(self, findings: Findings) -> bool:
        """Keep them, unless a detection that ended later was kept meanwhile; gives whether they were."""
        with alone(drift_folder(self._home), "findings"):
            there = self.read()
            # One from a time to come is of a clock that was set back.
            if there is not None and findings.at < there.at <= findings.at + _LATER_S:
                return False
            try:
                replace_file(self._file, msgspec.json.encode(findings))
            except OSError as error:
                raise failed(self._file, error) from error
        return True
