"""What of an item is meant to differ from its baseline: a fix of another fact must not take that back with it."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from collectors.text import clean
from collectors.threads import DaemonPool
from ops.actions.drifted import Agreed
from ops.actions.errors import ActionError, Refused
from ops.store.places import store_folder

if TYPE_CHECKING:
    from ops.drift.structs import Difference

_NAMED = 5


async def refuse_meant(found: Agreed, reaches: Callable[[str], bool] = lambda _: True) -> None:
    """Raise Refused where a fix that `reaches` facts beside its own would undo what was accepted or done by a job."""
    meant = [one for one in await _meant(found) if reaches(one.place.fact)]
    if not meant:
        return
    named = "; ".join(f"{one.place.fact} ({one.expected})" for one in meant[:_NAMED])
    more = f"; and {len(meant) - _NAMED} more" if len(meant) > _NAMED else ""
    raise Refused(
        f"this would also take back what is meant of {clean(found.path.item)}: {clean(named + more)}",
        "put this one right by hand, capture anew, or withdraw what was accepted: watchfloor drift withdraw",
        reason="held",
    )


async def _meant(found: Agreed) -> "list[Difference]":
    """The other differences of the item that are expected. Raises ActionError where that can't be read."""
    from ops.drift.kept import Kept
    from ops.drift.source import DriftError
    from ops.drift.structs import Captured

    if found.agreed is None or found.live is None:
        return []
    before = Captured(source=found.path.source, items=(found.agreed,))
    baseline = replace(found.baseline, captured=(before,))
    live, drift = replace(before, items=(found.live,)), found.place.drift
    kept = Kept(store_folder(found.place.config), time.time)
    try:
        judged = await DaemonPool(1, name="drift-files").run(lambda: kept.judged(baseline, (live,), drift, time.time()))
    except DriftError as error:
        raise ActionError(error.message, error.remedy) from error
    return [one for one in judged if one.expected and one.path != found.path.text and one.kind != "unreadable"]
