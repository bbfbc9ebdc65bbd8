"""Reads what git prints for programs: status --porcelain=v2, log and reflog with fields that end in NUL."""

from typing import NamedTuple

from collectors.text import clean

COMMIT_FORMAT = "%H%x00%h%x00%ct%x00%an%x00%s%x00%D"
"""Hash, short hash, commit time, author, subject, names that point at it."""
MOVES_FORMAT = "%H%x00%gd"
"""Hash and "HEAD@{1700000000}" of each move in the reflog."""


class Commit(NamedTuple):
    """The commit that HEAD is at."""

    hash: str
    short: str
    committed_at: float
    author: str
    subject: str
    tag: str


class Status(NamedTuple):
    """How the folder differs from its commit, and the branch from its upstream. None = not known."""

    branch: str
    dirty: int
    untracked: int
    conflicts: int
    ahead: int | None
    behind: int | None


def parse_commit(text: str) -> Commit | None:
    """The one commit of `git log -1`; None where there is none."""
    fields = text.strip("\n").split("\0")
    if len(fields) < 6 or not _moment(fields[2]):
        return None
    tags = [name.strip()[5:] for name in fields[5].split(",") if name.strip().startswith("tag: ")]
    return Commit(
        fields[0],
        clean(fields[1]),
        _moment(fields[2]),
        clean(fields[3]),
        clean(fields[4]),
        clean(tags[0]) if tags else "",
    )


def parse_moved_at(text: str) -> float | None:
    """When HEAD came to the commit where it is, of a reflog with the newest move first.

    Moves that changed nothing (another branch of the same commit) are passed over. None without a reflog.
    """
    first, moved_at = "", None
    for line in text.splitlines():
        commit, _, place = line.partition("\0")
        first = first or commit
        moment = _moment(place.partition("@{")[2].rstrip("}"))
        if commit != first or not moment:
            break
        moved_at = moment
    return moved_at


def parse_status(text: str) -> Status:
    """Count the entries of `git status --porcelain=v2 --branch -z`. Raises ValueError for anything else."""
    branch, ahead, behind = "", None, None
    counts = dict.fromkeys("12u?", 0)
    seen = False
    for entry in text.split("\0"):
        kind, _, rest = entry.partition(" ")
        if kind == "#":
            name, _, value = rest.partition(" ")
            seen = seen or name == "branch.oid"
            if name == "branch.head":
                branch = "" if value == "(detached)" else value
            elif name == "branch.ab":
                ahead, behind = parse_ahead_behind(value)
        elif kind in counts:
            counts[kind] += 1
    if not seen:
        raise ValueError("git status tells of no branch")
    changed = counts["1"] + counts["2"] + counts["u"]
    return Status(clean(branch), changed, counts["?"], counts["u"], ahead, behind)


def parse_ahead_behind(text: str) -> tuple[int | None, int | None]:
    """Read "+2 -5" of a status, or "2<TAB>5" of a count; (None, None) for anything else."""
    numbers = [word.lstrip("+-") for word in text.split()]
    if len(numbers) != 2 or not all(number.isascii() and number.isdigit() and len(number) < 16 for number in numbers):
        return None, None
    return int(numbers[0]), int(numbers[1])


def _moment(text: str) -> float:
    """Seconds since 1970; 0 for what is no such figure."""
    return float(text) if text.isascii() and text.isdigit() and len(text) < 13 else 0.0
