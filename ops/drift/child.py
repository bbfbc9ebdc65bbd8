"""The program that captures and compares for the floor: `python -m ops.drift.child CONFIG [--path P] [--younger S]`.

It writes one `collectors.drift.Told` as JSON to its standard output and ends with 0, also where it could not compare:
what it says then is a sentence. What hangs in a thread of it does not keep it.
"""

import asyncio
import os
import sys
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from collectors.base import Value
from collectors.drift import ROWS, Told
from ops.config.structs import Config
from ops.drift.compare import counted
from ops.drift.desk import DriftDesk
from ops.drift.looking import unseen
from ops.drift.rows import facts_of, is_cut, row_name
from ops.drift.source import DriftError
from ops.drift.structs import Difference, Findings, Path
from ops.errors import OpsError
from ops.redact import shown

_SOURCES_NAMED = 5
_ROWS_BYTES = 2**20
_NICE = 5
"""What looks at everything lets others go first; whoever puts one thing right waits for it."""


class Asked(NamedTuple):
    """What stands in the arguments."""

    config: str
    path: str = ""
    younger_s: float = 0.0
    """Findings that are no older are told again."""


def asked(arguments: Sequence[str]) -> Asked:
    """Raises ValueError for arguments that nobody gives."""
    config, *rest = arguments
    given = dict(zip(rest[::2], rest[1::2], strict=True))
    return Asked(config, given.get("--path", ""), float(given.get("--younger", "0")))


async def tell(asked: Asked, clock: Callable[[], float] = time.time) -> Told:
    """What to write."""
    from ops.config.load import load

    try:
        config = load(asked.config or None)
        desk = DriftDesk(config, clock=clock)
        if not desk.current():
            return Told(nothing="there is no baseline yet: watchfloor drift capture makes one")
        if asked.path:
            return await _told_of(desk, config, await _path(desk, asked.path))
        found = desk.findings() if asked.younger_s > 0 else None
        if found is None or not _is_of_now(found, desk, clock(), asked.younger_s):
            found = await desk.detect()
        return told(found, config)
    except DriftError as error:
        return Told(error=shown(error.message), remedy=shown(error.remedy))
    except (OpsError, ValueError) as error:
        return Told(error=shown(str(error).partition("\n")[0]), remedy="`watchfloor board` says what is wrong")


async def _path(desk: DriftDesk, name: str) -> Path:
    """The path that a row's name stands for; of one that was too long for a name the findings know it whole."""
    if not is_cut(name):
        return Path.read(name)
    whole = _called(desk.findings(), name) or _called(await desk.detect(), name)
    return Path.read(whole or name)


def _called(found: Findings | None, name: str) -> str:
    """The path whose row is called so; "" where none is."""
    return next((one.path for one in (found.differences if found else ()) if row_name(one.path) == name), "")


def _is_of_now(found: Findings, desk: DriftDesk, now: float, younger_s: float) -> bool:
    """Whether findings stand for a detection that would be made now: young, and of the baseline that is current."""
    current = desk.current()
    same = any(head.name == current and head.id == found.baseline.id for head in desk.baselines())
    return same and 0 <= now - found.at < younger_s


async def _told_of(desk: DriftDesk, config: Config, path: Path) -> Told:
    """Only one item is looked at. What can't be read of it proves nothing, and is an error for that."""
    found = await desk.detect(path=path)
    unread = next((one for one in found.sources if one.source == path.source and one.unreadable), None)
    if unread is not None:
        return Told(error=unread.unreadable, remedy=unread.remedy)
    if why := unseen(found.differences, path):
        return Told(error=why, remedy="look at drift anew")
    # Whether this one is still there must be seen however many others of its item are graver.
    first = sorted(found.differences, key=lambda one: one.path != path.text)
    return told(replace(found, differences=tuple(first)), config)


def told(found: Findings, config: Config) -> Told:
    """Counts as the facts of the floor's row, and the gravest differences as facts of theirs."""
    drift, counts = found.drift, counted(found.differences)
    unread = [one for one in found.sources if one.unreadable]
    hints = [*found.notes, *(f"{one.source} can't be read: {one.unreadable}" for one in unread)]
    rows = _rows(drift, config)
    if len(drift) > len(rows):
        hints.append(f"{len(drift) - len(rows)} more differences are not among the rows; D shows all")
    return Told(
        facts={
            **counts,
            "sources": sum(not one.unreadable and not one.nothing for one in found.sources),
            "items": sum(one.items for one in found.sources),
            "unread_sources": ", ".join(one.source for one in unread[:_SOURCES_NAMED]),
            "gravest": drift[0].path if drift else "",
            "baseline": found.baseline.name,
            "captured_at": found.baseline.at,
            "detected_at": found.at,
            "took_s": round(found.took_s, 3),
        },
        differences=rows,
        hints=tuple(shown(hint) for hint in hints),
    )


def _rows(drift: Sequence[Difference], config: Config) -> tuple[dict[str, Value], ...]:
    """The gravest, as many as the floor takes and reads at once."""
    rows: list[dict[str, Value]] = []
    room = _ROWS_BYTES
    for one in drift[:ROWS]:
        facts = facts_of(one, config)
        room -= len(msgspec.json.encode(facts))
        if room < 0:
            break
        rows.append(facts)
    return tuple(rows)


async def _done(wanted: Asked) -> None:
    """Ends the program itself: the end of the loop would wait for its own threads, such as one that asks for a name."""
    said = await tell(wanted)
    sys.stdout.buffer.write(msgspec.json.encode(said))
    sys.stdout.buffer.flush()
    os._exit(0)


def main(arguments: Sequence[str]) -> None:
    """Write what there is to say, and end at once: a thread that hangs is left."""
    os.umask(0o077)
    wanted = asked(arguments)
    if not wanted.path:
        os.nice(_NICE)
    asyncio.run(_done(wanted))


if __name__ == "__main__":
    main(sys.argv[1:])
