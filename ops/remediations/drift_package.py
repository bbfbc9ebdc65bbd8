"""Brings a package of Debian or of Python back to the version that was agreed."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from collectors.programs.run import run
from collectors.text import clean
from ops.actions.base import Case, Offer, Risk
from ops.actions.drifted import DriftAction, agreed, settled
from ops.actions.errors import Refused
from ops.board import Row
from ops.runner.base import Runner

_SCORE = 70
_NAMED = 5
_SAID = 300


class DriftPackage(DriftAction):
    """`apt-get install NAME=VERSION`, `apt-get remove`, `apt-mark hold`, or the same with `pip`.

    Its files of settings stay. A package that others need is not taken away: that is looked at first.
    Where the version is no more to be had, apt or pip says so.
    """

    name = "drift.package"
    title = "install the agreed version of a package"
    sources: ClassVar[tuple[str, ...]] = ("packages",)
    risk: ClassVar[Risk] = "interrupts"
    timeout_s = 900.0

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """For another version, one that is gone, one too many, and one that is held or no more."""
        found = self.difference(row)
        if found is None or found.place.fact not in ("", "version", "held") or found.kind == "reordered":
            return
        words = {"added": "take away", "removed": "install", "changed": "install the agreed version of"}
        verb = words[found.kind] if found.place.fact != "held" else "hold or release"
        title = f"{verb} {found.place.item.rpartition('/')[2]}"
        yield Offer(action=self.name, row=row.id, title=title, why="as agreed", score=_SCORE, risk=self.risk)

    async def run(self, case: Case, runner: Runner) -> None:
        """Look what would go with it, then do it."""
        from ops.actions.packages_agreed import way_back

        found = await agreed(case)
        way = way_back(found.difference, found.agreed)
        if way is None:
            message = f"{clean(found.path.item)} can't be brought back from here"
            raise Refused(message, "do it with apt-get or pip", reason="missing")
        runner.rely(found.path.item, str(found.live.facts.get("version")) if found.live else "not there")
        if way.simulated:
            await _alone(way.simulated, way.name)
        await runner.do(way.call)
        await settled(case, runner)

    def interrupts(self, case: Case) -> str:
        """What packages do."""
        return "services that a package brings are restarted by it"

    def undone(self, case: Case) -> str:
        """By the version that is there now."""
        version = clean(case.row.facts.get("after") or "that is there now")
        return f"install the version {version} again"


async def _alone(simulated: Sequence[str], name: str) -> None:
    """Raises Refused where others need it, or where that is not told, and CollectError."""
    from ops.actions.packages_agreed import others

    ended = await run(simulated)
    if ended.code or ended.cut:
        said = clean(ended.err.decode("utf-8", "replace").strip().rpartition("\n")[2], _SAID)
        why = said or f"it ended with {ended.code}"
        raise Refused(f"who needs {clean(name)} is not known: {why}", "look at it by hand: nothing was done")
    needing = others(ended.out.decode("utf-8", "replace"), name)
    if needing:
        named = ", ".join(clean(other) for other in needing[:_NAMED])
        message = f"{clean(name)} is needed by {len(needing)} others: {named}"
        raise Refused(message, "look which of them are meant, and do it with apt-get or pip", reason="held")
