"""Repositories of git: commit, branch, what differs from the commit, and whether something is half done there."""

import asyncio
import os
from collections.abc import Callable, Sequence

from collectors.base import CollectError, NoData
from collectors.git_api.ask import Git
from collectors.git_repo import GitConfig
from collectors.text import clean
from collectors.threads import DaemonPool
from ops.drift.base import Place, Source
from ops.drift.hiding import told
from ops.drift.named import raw_name, safe_name
from ops.drift.structs import Difference, Item, Value
from ops.drift.system.git_status import DETACHED, Tree, doing, parse_remotes, parse_submodules, parse_tree

FILES = 200
"""Names of files that are kept of each list."""
_ALIKE = (
    "--no-ext-diff", "--no-textconv", "--no-color", "--submodule=short", "--full-index", "--no-renames", "--unified=3",
    "--diff-algorithm=myers", "--src-prefix=a/", "--dst-prefix=b/",
)  # fmt: skip
"""So that the same changes are the same text whoever asks, and however many objects the repository has by then."""
_AT_ONCE = 8
_POOL = DaemonPool(2, name="drift-git")


def repositories(place: Place) -> dict[str, str]:
    """Folder of each repository by the name of its item: those of `[[git]]`, and the folders of `[[drift]]`.

    Those are meant from the config's own folder on, as every path in it.
    """
    found, base = {}, os.path.dirname(os.path.abspath(place.config.path))
    for spec in place.targets("git"):
        if isinstance(spec.config, GitConfig):
            found[safe_name(spec.config.name)] = spec.config.path
    for folder in place.drift.git:
        whole = os.path.normpath(os.path.join(base, os.path.expanduser(folder)))
        found.setdefault(safe_name(whole), whole)
    return found


class GitSource(Source):
    """Nothing is fetched: ahead and behind are what the last fetch knew."""

    name = "git"
    title = "repositories of git"
    group = "git"

    async def capture(self, place: Place) -> Sequence[Item]:
        """One item for each repository. Raises NoData where the config names none."""
        wanted = repositories(place)
        if not wanted:
            raise NoData("no repository is configured: name folders in git of [[drift]], or a [[git]]")
        if place.only:
            wanted = {name: path for name, path in wanted.items() if name == place.only}
        gate = asyncio.Semaphore(_AT_ONCE)

        async def one(name: str, path: str) -> Item:
            async with gate:
                return await _repository(name, path, place.digest)

        return await asyncio.gather(*(one(name, path) for name, path in wanted.items()))

    def by_hand(self, difference: Difference) -> str:
        """By what differs."""
        fact = difference.place.fact
        if fact.startswith("remote."):
            return "set the remote's address as it was with: git remote set-url"
        if fact.startswith("submodule."):
            return "look what stands in the submodule, then: git submodule update --init"
        if fact == "doing":
            return "finish what was begun there, or give it up (git status says how)"
        if fact in ("ahead", "behind", "upstream"):
            return "push, or bring the branch to its upstream with: git pull --ff-only"
        if difference.kind in ("added", "removed"):
            return "clone the repository anew, or capture a new baseline where it is meant"
        return "commit what was changed, or check out what was agreed; git reflog shows where HEAD was"


async def _repository(name: str, path: str, digest: Callable[[str, str], str]) -> Item:
    git = Git(path)
    try:
        tree = await _tree(git)
        folder = (await git.ask("rev-parse", "--absolute-git-dir")).rstrip("\n")
    except CollectError as error:
        return Item(name=name, unreadable={"": error.message})
    facts: dict[str, Value] = {
        "branch": safe_name(tree.branch),
        "commit": tree.commit,
        "doing": await _POOL.run(doing, folder),
        "changed_files": _names(tree.changed),
        "untracked_files": _names(tree.untracked),
    }
    if tree.upstream:
        facts["upstream"] = safe_name(tree.upstream)
    if tree.ahead is not None and tree.behind is not None:
        facts |= {"ahead": tree.ahead, "behind": tree.behind}
    unreadable: dict[str, str] = {}
    try:
        facts |= await _changes(git, tree, digest)
    except CollectError as error:
        unreadable["changes"] = error.message
    facts |= await _around(git, tree, digest)
    return Item(name=name, facts=facts, unreadable=unreadable)


async def _tree(git: Git) -> Tree:
    said = await git.run("status", "--porcelain=v2", "--branch", "-z", "--untracked-files=normal")
    if said.code and b"must be run in a work tree" in said.err:
        branch = os.fsdecode((await git.run("symbolic-ref", "--short", "--quiet", "HEAD")).out).strip()
        return Tree(branch=branch or DETACHED, commit=(await git.ask_history("rev-parse", "HEAD")).strip(), bare=True)
    if said.code:
        raise git.refused(said)
    if said.cut:
        raise CollectError("more files differ than can be listed", reason="limit", remedy="look at git status there")
    try:
        return parse_tree(os.fsdecode(said.out))
    except ValueError as error:
        raise CollectError(f"git status makes no sense: {error}", reason="protocol") from error


async def _changes(git: Git, tree: Tree, digest: Callable[[str, str], str]) -> dict[str, Value]:
    """A digest of what was changed, since a file that is changed may change again; no text of it is kept."""
    if not tree.changed or tree.bare or not tree.commit:
        return {}
    told = await git.run("diff", *_ALIKE, "HEAD")
    if told.code:
        raise git.refused(told)
    if told.cut:
        raise CollectError("the changes are too long to be told apart from others", reason="limit")
    return {"changes": digest("changes", told.out.decode("utf-8", "surrogateescape"))}


async def _around(git: Git, tree: Tree, digest: Callable[[str, str], str]) -> dict[str, Value]:
    """Addresses of remotes, and where submodules are."""
    found: dict[str, Value] = {}
    said = await git.run("config", "--null", "--get-regexp", r"^remote\..*\.url$")
    for name, url in parse_remotes(os.fsdecode(said.out)).items():
        found[f"remote.{safe_name(name)}"] = told(digest, "remote", url)
    if not tree.bare:
        for path, state in parse_submodules(os.fsdecode((await git.run("submodule", "status")).out)).items():
            found[f"submodule.{safe_name(path)}"] = state
    return found


def _names(names: Sequence[str]) -> tuple[str, ...]:
    kept = [safe_name(name) for name in sorted(names)[:FILES]]
    return (*kept, f"and {len(names) - FILES} more") if len(names) > FILES else tuple(kept)


def folder_of(place: Place, item: str) -> str:
    """The folder of an item's repository; "" where the config names it no more."""
    found = repositories(place).get(item, "")
    return os.path.expanduser(found)


def called(item: str) -> str:
    """The name of an item for a sentence."""
    return clean(raw_name(item))
