"""Give a file its agreed mode, owner and group."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from collectors.text import clean
from ops.actions.base import Case, Offer, Risk
from ops.actions.drifted import Agreed, DriftAction, agreed, settled
from ops.actions.errors import Refused
from ops.actions.file_back import CONTENT, SOURCES, path_of
from ops.actions.host_files import identity_of
from ops.board import Row
from ops.runner.base import Runner
from ops.runner.calls import File

_FACTS = ("mode", "owner", "group")
_SET_ID = 0o6000


class DriftMode(DriftAction):
    """Changes mode, or owner and group, of the very file that was looked at; never of what a link leads to.

    The bits that let a program run as its owner are only given to a file whose content is as agreed.
    """

    name = "drift.mode"
    title = "give a file its agreed mode and owner"
    sources: ClassVar[tuple[str, ...]] = (*SOURCES, "env_files")
    risk: ClassVar[Risk] = "interrupts"
    timeout_s = 60.0

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """For another mode, owner or group."""
        found = self.difference(row)
        if found is None or found.kind != "changed" or found.place.fact not in _FACTS:
            return
        if found.place.item.startswith("/"):
            title = f"set {found.place.fact} of {found.place.item} to {found.before}"
            yield Offer(action=self.name, row=row.id, title=title, why="as agreed", score=95, risk=self.risk)

    async def run(self, case: Case, runner: Runner) -> None:
        """Change what differs."""
        found = await agreed(case)
        path = path_of(found)
        runner.rely("file", identity_of(path))
        await runner.do(_call(found, path))
        await settled(case, runner)

    def interrupts(self, case: Case) -> str:
        """Who may read it only as it is now."""
        return f"who may use the file only as its {case.row.facts.get('fact')} is now can't any more"

    def undone(self, case: Case) -> str:
        """The same way."""
        return f"set it to {case.row.facts.get('after')} again with chmod or chown"


def _call(found: Agreed, path: str) -> File:
    from ops.drift.named import raw_name

    if found.agreed is None or found.live is None:
        raise Refused(f"{clean(path)} is gone by now", "look at drift anew", reason="missing")
    wanted = {**found.live.facts, found.path.fact: found.agreed.facts[found.path.fact]}
    if found.path.fact != "mode":
        return File(path=path, how="owner", owner=raw_name(str(wanted["owner"])), group=raw_name(str(wanted["group"])))
    mode = str(wanted["mode"])
    same = all(found.agreed.facts.get(fact) == found.live.facts.get(fact) for fact in (*CONTENT, "owner", "group"))
    if int(mode, 8) & _SET_ID and wanted.get("kind") == "file" and not same:
        raise Refused(
            f"{clean(path)} would run as its owner with mode {mode}, and its content or owner is not as agreed",
            "restore its content and its owner first",
            reason="changed",
        )
    return File(path=path, how="mode", mode=mode)
