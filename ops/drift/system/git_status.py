"""Reads what git tells of a repository: status --porcelain=v2, submodules, remotes, and what is half done there."""

import os
from collections.abc import Mapping, Sequence

import msgspec

_DOING: Sequence[tuple[str, str]] = (
    ("rebase-merge", "a rebase"),
    ("rebase-apply", "a rebase"),
    ("MERGE_HEAD", "a merge"),
    ("CHERRY_PICK_HEAD", "a cherry-pick"),
    ("REVERT_HEAD", "a revert"),
    ("BISECT_LOG", "a bisect"),
)
"""What stands in the folder of git while something is begun and not ended (gitrepository-layout(5))."""
_STATES: Mapping[str, str] = {
    " ": "as committed",
    "+": "at another commit",
    "-": "not there",
    "U": "in conflict",
}
"""The first sign of a line of `git submodule status`."""
DETACHED = "(detached)"


class Tree(msgspec.Struct, frozen=True, kw_only=True):
    """A repository as `git status` sees it."""

    branch: str = DETACHED
    commit: str = ""
    """"" before the first one."""
    upstream: str = ""
    ahead: int | None = None
    behind: int | None = None
    changed: tuple[str, ...] = ()
    """Files that differ from the commit, each after its two letters: "M. app.py" is staged, ".M app.py" is not."""
    untracked: tuple[str, ...] = ()
    bare: bool = False


def parse_tree(text: str) -> Tree:
    """Read `git status --porcelain=v2 --branch -z`. Raises ValueError for anything else."""
    head: dict[str, str] = {}
    changed, untracked = list[str](), list[str]()
    entries = iter(text.split("\0"))
    for entry in entries:
        kind, _, rest = entry.partition(" ")
        if kind == "#":
            name, _, value = rest.partition(" ")
            head[name] = value
        elif kind in ("1", "2", "u"):
            fields = rest.split(" ", {"1": 7, "2": 8, "u": 9}[kind])
            changed.append(f"{fields[0]} {fields[-1]}")
            if kind == "2":
                next(entries, "")  # where it was before it was renamed
        elif kind == "?":
            untracked.append(rest)
    if "branch.oid" not in head:
        raise ValueError("it tells of no branch")
    ahead, behind = _counts(head.get("branch.ab", ""))
    return Tree(
        branch=head.get("branch.head", DETACHED),
        commit="" if head["branch.oid"] == "(initial)" else head["branch.oid"],
        upstream=head.get("branch.upstream", ""),
        ahead=ahead,
        behind=behind,
        changed=tuple(changed),
        untracked=tuple(untracked),
    )


def parse_submodules(text: str) -> dict[str, str]:
    """Commit and state of each by its path, of `git submodule status`; what a describe adds changes with tags."""
    found = {}
    for line in text.splitlines():
        sign, rest = line[:1], line[1:]
        commit, _, path = rest.partition(" ")
        if sign not in _STATES or not commit:
            continue
        path = path.rpartition(" (")[0] if path.endswith(")") and " (" in path else path
        found[path] = f"{commit} {_STATES[sign]}"
    return found


def parse_remotes(text: str) -> dict[str, str]:
    """Address of each remote, of `git config --null --get-regexp '^remote\\..*\\.url$'`; of several the first."""
    found: dict[str, str] = {}
    for entry in text.split("\0"):
        key, newline, url = entry.partition("\n")
        if newline:
            found.setdefault(key.removeprefix("remote.").removesuffix(".url"), url)
    return found


def doing(folder: str) -> str:
    """What was begun in the repository with that folder of git's, and not ended: "a rebase"; "nothing"."""
    for name, words in _DOING:
        if os.path.lexists(os.path.join(folder, name)):
            return words
    return "nothing"


def _counts(text: str) -> tuple[int | None, int | None]:
    ahead, _, behind = text.partition(" ")
    if ahead[1:].isdecimal() and behind[1:].isdecimal():
        return int(ahead[1:]), int(behind[1:])
    return None, None
