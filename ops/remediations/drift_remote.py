"""Sets remotes, the upstream and submodules of a repository as agreed; no file of its own is touched."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from collectors.text import clean
from ops.actions.base import Case, Offer, Risk
from ops.actions.drifted import Agreed, DriftAction, agreed, settled
from ops.actions.errors import Refused
from ops.board import Row
from ops.runner.base import Runner
from ops.runner.calls import Program

_REMOTE, _PART, _UPSTREAM = "remote.", "submodule.", "upstream"
_WITH_UPSTREAM = ("ahead", "behind")
"""Facts that come and go with an upstream."""
_AS_COMMITTED = " as committed"
"""How a submodule is told that stands where its repository wants it."""
_SCORE = 80
_ENVIRONMENT = {"GIT_TERMINAL_PROMPT": "0"}


class DriftRemote(DriftAction):
    """`git remote`, `git branch --set-upstream-to`, or `git submodule update` of one submodule, without force.

    An address that holds a password is not kept, so it is set by a person.
    """

    name = "drift.remote"
    title = "set a remote, upstream or submodule of a repository"
    sources: ClassVar[tuple[str, ...]] = ("git",)
    risk: ClassVar[Risk] = "loses"
    timeout_s = 180.0

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """For another address, one more or less, another upstream, and a submodule at another commit."""
        found = self.difference(row)
        fact = found.place.fact if found else ""
        if found is None or (fact in _WITH_UPSTREAM and found.kind == "changed"):
            return
        part = fact.startswith(_PART) and found.kind == "changed"
        if part or fact.startswith(_REMOTE) or fact in (_UPSTREAM, *_WITH_UPSTREAM):
            takes_away = _takes_away(found.kind, fact)
            what = f"{fact} of {found.place.item}"
            title = f"take {what} away" if takes_away else f"set {what} as agreed"
            lost: Risk = "loses" if takes_away else "interrupts"
            yield Offer(action=self.name, row=row.id, title=title, why="as agreed", score=_SCORE, risk=lost)

    async def run(self, case: Case, runner: Runner) -> None:
        """One command of git."""
        from ops.drift.sources.git import folder_of

        found = await agreed(case)
        folder, words = folder_of(found.place, found.path.item), _words(found)
        if found.path.fact.startswith(_PART):
            runner.say(f"what is checked out there now: {clean(found.difference.after)}")
        runner.rely(found.path.text, f"{found.difference.after}")
        await runner.do(Program(argv=("git", "-C", folder, *words), environment=_ENVIRONMENT, timeout_s=self.timeout_s))
        await settled(case, runner)

    def interrupts(self, case: Case) -> str:
        """Whoever pulls next."""
        if _takes_away(str(case.row.facts.get("change")), str(case.row.facts.get("fact"))):
            return "its branches as they were last fetched go with it, and commits that only those lead to"
        return "the next fetch, pull or push goes where it was agreed"

    def undone(self, case: Case) -> str:
        """By hand."""
        return f"with git remote, git branch or git submodule: it is {clean(case.row.facts.get('after'))} now"


def _takes_away(kind: str, fact: str) -> bool:
    return kind == "added" and fact.startswith(_REMOTE)


def _refuse_other_commit(found: Agreed) -> None:
    """Raise Refused where git would check out another commit of the submodule than the one that was agreed."""
    before, live = (item.facts if item else {} for item in (found.agreed, found.live))
    if str(before.get(found.path.fact, "")).endswith(_AS_COMMITTED) and before.get("commit") == live.get("commit"):
        return
    raise Refused(
        f"the commit that is checked out in {clean(found.path.item)} now asks for another one of the submodule",
        "bring the repository to its agreed commit first (drift.checkout), or check the submodule out by hand",
        reason="held",
    )


def _words(found: Agreed) -> tuple[str, ...]:
    """What git is told. Raises Refused for what is not kept whole."""
    from ops.drift.named import raw_name

    fact, kind = found.path.fact, found.difference.kind
    before = found.agreed.facts if found.agreed else {}
    if fact.startswith(_PART):
        _refuse_other_commit(found)
        return ("submodule", "update", "--init", "--", raw_name(fact.removeprefix(_PART)))
    if not fact.startswith(_REMOTE):
        upstream = raw_name(str(before.get(_UPSTREAM, "")))
        return ("branch", f"--set-upstream-to={upstream}") if upstream else ("branch", "--unset-upstream")
    name = raw_name(fact.removeprefix(_REMOTE))
    if kind == "added":
        return ("remote", "remove", "--", name)
    url = str(before[fact])
    if "digest:" in url:
        message = f"the address of {clean(name)} holds a password, of which only a digest is kept"
        raise Refused(message, "set it with: git remote set-url", reason="missing")
    return ("remote", "set-url" if kind == "changed" else "add", "--", name, url)
