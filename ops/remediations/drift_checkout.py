"""Brings a repository of git back to the commit and branch that were agreed; nothing of what stands there is lost."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

from ops.actions.base import Case, Offer, Risk
from ops.actions.drift_meant import refuse_meant
from ops.actions.drifted import DriftAction, agreed, settled
from ops.board import Row
from ops.runner.base import Runner
from ops.runner.calls import Program

if TYPE_CHECKING:
    from ops.actions.git_back import Way

_FACTS = ("commit", "branch", "changed_files", "untracked_files", "changes")
_STASH_S = 120.0
_KEEP = "--no-overwrite-ignore"
"""Git would write over files that it ignores without a word."""


class DriftCheckout(DriftAction):
    """`git checkout` of the agreed commit, on the agreed branch.

    Changes that are not committed are stashed first, untracked files with them, and commits that nothing else leads to
    get a branch of their own: the output says where both are. It fetches nothing, and refuses while a rebase or a merge
    is not ended. Files that git ignores are in no stash: where the agreed commit has files of those names, it refuses.
    Hooks of the repository run as they do by hand.
    """

    name = "drift.checkout"
    title = "check out the agreed commit"
    sources: ClassVar[tuple[str, ...]] = ("git",)
    risk: ClassVar[Risk] = "loses"
    timeout_s = 300.0

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """For another commit, another branch, and files that differ from their commit."""
        found = self.difference(row)
        if found is None or found.place.fact not in _FACTS:
            return
        title = f"bring {found.place.item} back to the agreed commit"
        why = "what was changed there is stashed, not lost"
        yield Offer(action=self.name, row=row.id, title=title, why=why, score=70, risk=self.risk)

    async def run(self, case: Case, runner: Runner) -> None:
        """Keep what is there, then check out."""
        from ops.actions.git_back import way_back

        found = await agreed(case)
        await refuse_meant(found, _FACTS.__contains__)
        way = await way_back(found)
        runner.rely(f"repository {found.path.item}", way.seen)
        await _kept(way, runner)
        if way.branch:
            runner.say(f"branch {way.branch} is moved to {way.commit[:12]}")
            await runner.do(way.call("checkout", _KEEP, "-B", way.branch, way.commit))
        elif way.commit:
            await runner.do(way.call("checkout", _KEEP, "--detach", way.commit))
        await settled(case, runner)

    def interrupts(self, case: Case) -> str:
        """Whoever works there."""
        return "whatever runs from that folder, or works in it, sees other files from then on"

    def undone(self, case: Case) -> str:
        """By what was kept."""
        return "check out the branch that was there before, then: git stash pop; the output says how both are called"


async def _kept(way: "Way", runner: Runner) -> None:
    """Stash what is not committed, and hold commits that would hang in the air."""
    if way.stash:
        stash = way.call("stash", "push", "--include-untracked", "--message", way.stash)
        await runner.do(_slow(stash))
        runner.say(f'what was not committed is kept as "{way.stash}": git -C {way.folder} stash list')
    for branch, commit in way.kept:
        await runner.do(way.call("branch", branch, commit))
        runner.say(f"commits that nothing else leads to are kept on branch {branch}")


def _slow(call: Program) -> Program:
    return Program(argv=call.argv, environment=call.environment, timeout_s=_STASH_S)
