"""What actions on differences share: the difference as it is captured anew, what was agreed, and the wait for it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from collectors.drift import PART, DriftConfig
from collectors.text import clean
from ops.actions.base import Action, Case
from ops.actions.errors import ActionError, Refused
from ops.actions.targets import settings_of
from ops.board import Row
from ops.config.structs import TargetSpec

if TYPE_CHECKING:
    from ops.drift.base import Place
    from ops.drift.structs import Baseline, Difference, Item, Path
    from ops.runner.base import Runner

SETTLES_S = 30.0
"""How long it may take until what was put right is captured so."""


class DriftAction(Action):
    """An action on rows of kind `drift.difference`: it makes one thing again what was agreed.

    `offers` begins with `difference(row)`, `run` with `await agreed(case)`; its end is `await settled(case, runner)`.
    """

    kinds = (PART,)
    reads_s = 30.0
    sources: ClassVar[tuple[str, ...]]
    """Names of the sources whose differences it can be for."""

    def difference(self, row: Row) -> "Difference | None":
        """The difference that a row is, with short texts for its values; None where it is of another source.

        What can't be read is none either: nothing is done about what is not known.
        """
        from ops.drift.rows import difference_of

        found = difference_of(row)
        usable = found is not None and found.kind != "unreadable" and found.place.source in self.sources
        return found if usable else None

    def locks(self, case: Case) -> tuple[str, ...]:
        """The item, of which several facts may differ: whoever puts one right puts right others with it."""
        path = _path(case)
        return (f"{case.row.target} {path.source}:{path.item}",)


class Agreed(NamedTuple):
    """One difference with both of its sides whole."""

    difference: "Difference"
    """As captured a moment ago, with whole values."""
    path: "Path"
    baseline: "Baseline"
    agreed: "Item | None"
    """What was agreed of the item; None where the baseline has no such item (it was added since)."""
    live: "Item | None"
    """The item as it is; None where it is gone."""
    place: "Place"
    """What it was captured with: for digests of what is found while doing it."""


async def agreed(case: Case) -> Agreed:
    """Capture the row's item anew and compare it with what was agreed.

    Raises Refused where the difference is not there any more ("missing") or is another one ("changed"), ActionError
    where it can't be captured.
    """
    from ops.drift.rows import key_of

    found = await _look(case)
    if found is None:
        raise Refused(
            f"{clean(_path(case).text)} is as agreed by now", "nothing was done; look at drift anew", reason="missing"
        )
    if case.row.key and key_of(found.difference) != case.row.key:
        raise Refused(
            f"{clean(_path(case).text)} has changed again since it was shown",
            "nothing was done; look at it anew and plan again",
            reason="changed",
        )
    return found


async def settled(case: Case, runner: "Runner", within_s: float = SETTLES_S) -> None:
    """Wait until the item is captured as agreed, as far as this difference goes. Raises ActionError in the end.

    What can't be read for a moment, as while something restarts, is looked at again: by now nothing is refused any
    more.
    """
    path = clean(_path(case).text)

    async def look() -> str:
        try:
            found = await _look(case)
        except ActionError as error:
            return error.message
        return "" if found is None else f"{path} is still {found.difference.kind}"

    await runner.until(f"{path} is captured as agreed", within_s, look)


def target_of(case: Case, path: "Path", *sections: str) -> TargetSpec:
    """The configured target that the path's item is of ("local" of "local/web-1"), one of these sections.

    Raises Refused where the config has none (any more).
    """
    for spec in case.config.targets:
        if spec.id.partition(":")[0] in sections and path.item.startswith(f"{spec.config.name}/"):
            return spec
    raise Refused(
        f"the config has no {' or '.join(sections)} that {clean(path.item)} is of", "look at it anew", reason="missing"
    )


def _path(case: Case) -> "Path":
    from ops.drift.structs import Path

    try:
        return Path.read(str(case.row.facts.get("path") or case.row.name))
    except ValueError as error:
        raise Refused(str(error), "look at drift anew", reason="protocol") from error


async def _look(case: Case) -> "Agreed | None":
    from ops.drift.looking import look_at, unseen
    from ops.drift.source import DriftError

    drift = settings_of(case.spec, DriftConfig, "drift of this host")
    path = _path(case)
    try:
        seen = await look_at(case.config, drift, path)
    except DriftError as error:
        raise ActionError(error.message, error.remedy) from error
    difference = _of_path(seen.differences, path)
    if difference is None:
        if seen.captured.unreadable:
            raise ActionError(f"{clean(path.text)}: {seen.captured.unreadable}", seen.captured.remedy)
        if why := unseen(seen.differences, path):
            raise Refused(why, "look at drift anew", reason="changed")
        return None
    live = next((item for item in seen.captured.items if item.name == path.item), None)
    return Agreed(difference, path, seen.baseline, seen.baseline.item(path), live, seen.place)


def _of_path(differences: "Sequence[Difference]", path: "Path") -> "Difference | None":
    """The difference of that very path; of a fact that was set right the item may still differ in others."""
    return next((one for one in differences if one.path == path.text), None)
