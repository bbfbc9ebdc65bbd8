"""How a repository gets back to what was agreed without losing what stands there: read from it, decided purely."""

import re

import msgspec

from collectors.git_api.ask import Git
from collectors.text import clean
from ops.actions.drifted import Agreed
from ops.actions.errors import Refused
from ops.drift.named import raw_name
from ops.drift.sources.git import called, folder_of
from ops.drift.structs import Item
from ops.drift.system.git_status import DETACHED
from ops.runner.calls import Program

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_ENVIRONMENT = {"GIT_TERMINAL_PROMPT": "0"}
_LOCAL = ("changed_files", "untracked_files", "changes")
"""Facts of what is not committed."""
_PART = "submodule."


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be done, in this order."""

    folder: str
    seen: str
    """What it depends on: the commit and a digest of what is not committed."""
    stash: str = ""
    """The message under which what is not committed is stashed; "" where nothing is to be."""
    kept: tuple[tuple[str, str], ...] = ()
    """New branches and the commits that only they will lead to."""
    branch: str = ""
    """What is checked out: the branch, moved to the commit; "" for the commit alone."""
    commit: str = ""
    """"" where nothing is to be checked out."""

    def call(self, *arguments: str) -> Program:
        """A git command there."""
        return Program(argv=("git", "-C", self.folder, *arguments), environment=_ENVIRONMENT, timeout_s=60.0)


async def way_back(found: Agreed) -> Way:
    """Read what it takes. Raises Refused where it would lose something or can't be done, and CollectError."""
    before, live, name = found.agreed, found.live, called(found.path.item)
    if before is None or live is None or "" in live.unreadable:
        raise Refused(f"{name} can't be read, or was not agreed upon", "look at drift anew", reason="missing")
    _ready(live, before, name, found.path.fact)
    folder, commit = folder_of(found.place, found.path.item), str(before.facts.get("commit", ""))
    branch = raw_name(str(before.facts.get("branch", DETACHED)))
    if not _COMMIT.fullmatch(commit) or branch.startswith("-"):
        raise Refused(f"the baseline has no commit of {name}", "capture a new baseline", reason="missing")
    git = Git(folder)
    await _has(git, commit, name)
    moved = any(live.facts.get(fact) != before.facts.get(fact) for fact in ("commit", "branch"))
    local = any(live.facts.get(fact) != before.facts.get(fact) for fact in _LOCAL) and _dirty(live)
    now = str(live.facts.get("commit", ""))
    return Way(
        folder=folder,
        seen=f"{now} {live.facts.get('branch')} {live.facts.get('changes', '')} {live.facts.get('untracked_files')}",
        stash=f"watchfloor: before it went back from {now[:12]} to {commit[:12]}" if local else "",
        kept=await _left_alone(git, now, commit, branch) if moved else (),
        branch=branch if moved and branch != DETACHED else "",
        commit=commit if moved else "",
    )


def _ready(live: Item, before: Item, name: str, fact: str) -> None:
    """Raises Refused for what is half done, and where the baseline itself was not clean."""
    doing = live.facts.get("doing", "nothing")
    if doing != "nothing":
        message = f"{name} is in the middle of {clean(doing)}"
        raise Refused(message, "finish it or give it up first: git status there says how", reason="held")
    if fact in _LOCAL and _dirty(before):
        message = f"{name} was not clean when the baseline was captured, and what was changed is not kept"
        raise Refused(message, "look at git stash list and git diff there, then capture anew", reason="missing")
    parts = {key for key in (*live.facts, *before.facts) if key.startswith(_PART)}
    if fact in _LOCAL and any(live.facts.get(key) != before.facts.get(key) for key in parts):
        message = f"submodules of {name} are at other commits than agreed, which no stash takes back"
        raise Refused(message, "git submodule update --init there first, then look at drift anew", reason="held")


def _dirty(item: Item) -> bool:
    return bool(item.facts.get("changed_files") or item.facts.get("untracked_files"))


async def _has(git: Git, commit: str, name: str) -> None:
    if (await git.run("cat-file", "-e", f"{commit}^{{commit}}")).code:
        message = f"{name} does not have the agreed commit {commit[:12]}"
        raise Refused(message, "git fetch there first: nothing is fetched from here", reason="missing")


async def _left_alone(git: Git, now: str, commit: str, branch: str) -> tuple[tuple[str, str], ...]:
    """Branches for the commits that only HEAD, or the branch that is moved, leads to."""
    tips = [now, *(await git.run("rev-parse", "--verify", "--quiet", f"refs/heads/{branch}")).out.decode().split()]
    kept = {}
    for tip in tips:
        if not _COMMIT.fullmatch(tip) or not (await git.run("merge-base", "--is-ancestor", tip, commit)).code:
            continue
        refs = (await git.ask("for-each-ref", "--contains", tip, "--format=%(refname)")).splitlines()
        if not [ref for ref in refs if ref not in (f"refs/heads/{branch}", "refs/stash")]:
            kept[f"watchfloor/kept-{tip[:12]}"] = tip
    return tuple(kept.items())
