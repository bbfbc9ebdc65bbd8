"""Checks `[[maintenance]]`: when it is, for how long, and for which SLOs."""

from collections.abc import Mapping, Sequence

from collectors.globs import matches
from ops.config.lines import Path
from ops.config.names import did_you_mean
from ops.config.problems import Problems
from ops.config.promises import LONGEST_S, check_printable, check_zone
from ops.config.structs import Maintenance
from ops.slo.maintenance import read_every

_SHORTEST_S = 60.0


def check_maintenance(works: Mapping[Path, Maintenance], slos: Sequence[str], problems: Problems) -> None:
    """Check each piece of work; `slos` are the names of those that are there."""
    for path, work in works.items():
        check_printable(work.name, (*path, "name"), problems)
        check_zone(work.time_zone, (*path, "time_zone"), problems)
        _check_time(work, path, problems)
        for index, glob in enumerate(work.slos):
            if glob != "*" and not any(matches(name, (glob,)) for name in slos):
                problems.add((*path, "slos", index), f'there is no SLO "{glob}"; {did_you_mean(glob, slos)}')


def _check_time(work: Maintenance, path: Path, problems: Problems) -> None:
    """Either once or again and again, and over before it comes again."""
    most = LONGEST_S
    if work.start is None and not work.every:
        problems.add((*path, "start"), "is missing, and so is every: one of them must be there")
    elif work.start is not None and work.every:
        problems.add((*path, "every"), "stands beside start: work is once, or comes again and again")
    elif work.start is not None and work.start.tzinfo is None:
        problems.add((*path, "start"), "has no offset from UTC; write 2026-11-21T02:00:00Z or …T03:00:00+01:00")
    elif work.every:
        most = until_again_s(work.every, path, problems)
    too_long = "lasts until it comes again, and so nothing would ever count" if work.every else "is too long"
    check_length(work.length, most, path, problems, too_short=": counts are kept by minute", too_long=too_long)


def until_again_s(every: str, path: Path, problems: Problems) -> float:
    """The shortest time between two of what comes again; where that can't be read it is a problem."""
    try:
        return read_every(every).shortest_s
    except ValueError as error:
        problems.add((*path, "every"), str(error))
        return LONGEST_S


def check_length(
    length: float, most: float, path: Path, problems: Problems, *, too_long: str, too_short: str = ""
) -> None:
    """A minute at least, and less than `most` seconds."""
    if length < _SHORTEST_S:
        problems.add((*path, "for"), f'must be "1m" or more{too_short}')
    elif length >= most:
        problems.add((*path, "for"), f"{too_long}; write less than {most / 3600:g}h")
