"""Reads sources of facts, all at the same time: one that hangs, fails or is broken delays and spoils no other."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from time import monotonic

from msgspec.structs import replace

from collectors.base import CollectError, NoData
from collectors.drift import DriftConfig
from collectors.polling.outcome import worded
from ops.drift.base import ITEMS, Place, Source
from ops.drift.source import DriftError, Tell
from ops.drift.structs import Captured, Item
from ops.drift.tidy import tidy
from ops.redact import shown


def nothing_told(_what: str, _done_ratio: float) -> None:
    """A `Tell` for whoever does not watch."""


def chosen(sources: Mapping[str, Source], drift: DriftConfig, only: Sequence[str] = ()) -> Mapping[str, Source]:
    """The sources that are captured: what was asked for, else what the config wants. Names and groups are taken.

    Raises DriftError for a name that no source and no group has.
    """
    known = {*sources, *(source.group for source in sources.values())}
    unknown = [name for name in only if name not in known]
    if unknown:
        raise DriftError(
            f'there is no source of facts called "{shown(unknown[0])}"', f"choose among {', '.join(sorted(known))}"
        )
    wanted = tuple(only) or drift.only
    return {
        name: source
        for name, source in sources.items()
        if (not wanted or _named(source, wanted)) and (only or not _named(source, drift.without))
    }


def _named(source: Source, names: Sequence[str]) -> bool:
    return source.name in names or source.group in names


async def capture(
    sources: Mapping[str, Source], place: Place, tell: Tell = nothing_told, *, most: int = ITEMS
) -> tuple[Captured, ...]:
    """What each of these sources gives, sorted by name; what can't be read says why. Raises nothing of a source's."""
    done = _Done(tell, len(sources))
    tasks = {
        name: asyncio.create_task(
            _bounded(source, replace(place, tell=done.of(name)), most), name=f"capture of {source.name}"
        )
        for name, source in sources.items()
    }
    try:
        for task in asyncio.as_completed(list(tasks.values())):
            done.ended((await task).source)
    finally:
        for one in tasks.values():
            one.cancel()
    return tuple(tasks[name].result() for name in sorted(tasks))


class _Done:
    """How much of everything is done: the mean of how far each source is."""

    def __init__(self, tell: Tell, count: int) -> None:
        self._tell, self._count = tell, max(1, count)
        self._ratios: dict[str, float] = {}

    def of(self, name: str) -> Callable[[float], None]:
        """For the source of that name, to say how far it is."""
        return lambda ratio: self._set(name, ratio)

    def ended(self, name: str) -> None:
        """It is done, well or not."""
        self._set(name, 1.0)

    def _set(self, name: str, ratio: float) -> None:
        self._ratios[name] = max(self._ratios.get(name, 0.0), min(1.0, ratio))
        self._tell(name, min(1.0, sum(self._ratios.values()) / self._count))


async def _bounded(source: Source, place: Place, most: int) -> Captured:
    """One source within its time. What it raises besides is its own bug, and is told like what can't be read."""
    began = monotonic()
    reading = asyncio.create_task(source.capture(place), name=f"source {source.name}")
    try:
        ended, _ = await asyncio.wait([reading], timeout=source.timeout_s)
    finally:
        reading.cancel()
    took_s = monotonic() - began
    if not ended:
        why = f"{source.title} could not be read within {source.timeout_s:g} s"
        return Captured(source=source.name, unreadable=why, remedy="look what hangs there", took_s=took_s)
    error = None if reading.cancelled() else reading.exception()
    if reading.cancelled() or error is not None:
        return _unread(source, error or asyncio.CancelledError(), took_s)
    items = _distinct(reading.result())
    kept = tuple(sorted(items[:most], key=lambda item: item.name))
    return Captured(source=source.name, items=kept, took_s=took_s, left_out=len(items) - len(kept))


def _unread(source: Source, error: BaseException, took_s: float) -> Captured:
    if isinstance(error, NoData):
        return Captured(source=source.name, nothing=shown(error.message), took_s=took_s)
    own = isinstance(error, CollectError)
    told = error if isinstance(error, CollectError) else worded(error)
    # What a bug's exception says beside its place may be a value that nobody may see.
    why = told.message if own else told.message.partition(": ")[0]
    return Captured(source=source.name, unreadable=shown(why), remedy=shown(told.remedy), took_s=took_s)


def _distinct(items: Sequence[Item]) -> list[Item]:
    """Tidy, and sorted so that the same ones are left out each time; of two with one name the first is meant."""
    found: dict[str, Item] = {}
    for item in map(tidy, items):
        found.setdefault(item.name, item)
    return [found[name] for name in sorted(found)]
