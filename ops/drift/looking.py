"""Looks at one item anew: captures its source for it alone and compares it with what was agreed."""

from collections.abc import Iterable
from pathlib import Path as File
from typing import NamedTuple

from collectors.drift import DriftConfig
from collectors.threads import DaemonPool
from ops.config.drifted import host_name
from ops.config.structs import Config
from ops.drift import salt
from ops.drift.base import Place
from ops.drift.baseline import Here
from ops.drift.capture import capture
from ops.drift.compare import WHOLE, differences
from ops.drift.registry import discover
from ops.drift.shelf import Shelf
from ops.drift.source import DriftError
from ops.drift.structs import Baseline, Captured, Difference, Path
from ops.redact import shown
from ops.store.places import store_folder

_FILES = DaemonPool(2, name="drift-files")


class Looked(NamedTuple):
    """What one item is like."""

    baseline: Baseline
    captured: Captured
    """Its source, as far as it was read for this item."""
    differences: tuple[Difference, ...]
    """Of this item, or of its whole source; none is left out for being ignored or expected."""
    place: Place


def here(folder: File) -> Here:
    """This host, as baselines of a floor with that state folder know it. Raises DriftError."""
    return Here(host_name(), salt.machine(), salt.key_name(folder))


def place_of(config: Config, drift: DriftConfig, path: Path | None = None) -> Place:
    """What sources are given; for a path of a whole source all of it is read. Raises DriftError."""
    only = "" if path is None or path.item == WHOLE else path.item
    return Place(config=config, drift=drift, digest=salt.digester(store_folder(config)), only=only)


def is_about(difference: Difference, path: Path) -> bool:
    """Whether it says something of the item of that path: it is of that item, or of its whole source."""
    place = difference.place
    return place.source == path.source and place.item in (path.item, WHOLE)


def unseen(found: Iterable[Difference], path: Path) -> str:
    """Why nobody sees how a fact stands, in a sentence that can be shown; "" where it is seen.

    Its whole item is gone or can't be read, or what it is part of.
    """
    hidden = next((one for one in found if is_about(one, path) and _hides(one, path)), None)
    if hidden is None:
        return ""
    return shown(f"how {path.text} stands can't be seen: {hidden.reason or f'{hidden.path} is {hidden.kind}'}")


def _hides(one: Difference, path: Path) -> bool:
    place = one.place
    if one.path == path.text:
        return False
    above = not place.fact or path.fact.startswith(f"{place.fact}.")
    if one.kind in ("removed", "unreadable") and above and path.fact:
        return True
    return one.kind == "unreadable" and not place.fact


async def look_at(config: Config, drift: DriftConfig, path: Path) -> Looked:
    """Capture the item and compare it with the current baseline. Raises DriftError."""
    folder = store_folder(config)
    source = discover().get(path.source)
    if source is None:
        raise DriftError(f'there is no source of facts called "{shown(path.source)}"', "look at drift anew")
    baseline = await _FILES.run(lambda: Shelf(folder, lambda: here(folder)).baseline())
    place = await _FILES.run(lambda: place_of(config, drift, path))
    (captured,) = await capture({source.name: source}, place)
    found = differences(baseline, (captured,))
    own = tuple(one for one in found if is_about(one, path))
    return Looked(baseline, captured, own, place)
