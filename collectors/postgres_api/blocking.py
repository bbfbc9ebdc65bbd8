"""The tree of sessions that wait for each other's locks, with the root that holds up all others first. Pure."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from collectors.text import clean

LINES = 40
"""Lines kept of a tree."""
_QUERY_LIMIT = 120
_INDENT = "   "


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """One session, as `queries/sessions.sql` gives it."""

    pid: int
    user: str | None = None
    application: str | None = None
    state: str | None = None
    wait: str | None = None
    query: str | None = None
    started_at: float | None = None
    """UTC seconds when the session began: with the pid, its exact identity."""
    age_s: float | None = None
    """Of the transaction; without one, since the state changed."""
    query_age_s: float | None = None
    blocked_by: tuple[int, ...] = ()
    blocks: bool = False


class Tree(msgspec.Struct, frozen=True, kw_only=True):
    """A tree as text, its worst root in one sentence, and how many wait behind that root."""

    text: str
    root: str
    waiting: int


def blocking_tree(sessions: Sequence[Session]) -> Tree | None:
    """Draw who waits for whom, the root with the most sessions behind it first; None when nobody waits."""
    known = {session.pid: session for session in sessions}
    behind = _behind(sessions)
    if not behind:
        return None
    roots = [pid for pid in behind if not _blockers(known, pid)] or list(behind)[:1]
    counts = {root: sum(1 for _ in _walk(root, behind)) - 1 for root in roots}
    roots.sort(key=lambda root: -counts[root])
    lines: list[str] = []
    seen: set[int] = set()
    for root in roots:
        lines += [_INDENT * depth + _line(known.get(pid), pid, depth) for pid, depth in _walk(root, behind, seen)]
    if len(lines) > LINES:
        lines[LINES:] = [f"and {len(lines) - LINES} more"]
    return Tree(text="\n".join(lines), root=_sentence(known.get(roots[0]), roots[0]), waiting=counts[roots[0]])


def _blockers(known: Mapping[int, Session], pid: int) -> tuple[int, ...]:
    return known[pid].blocked_by if pid in known else ()


def _behind(sessions: Sequence[Session]) -> dict[int, list[int]]:
    """Who waits for each pid. One that waits for several stands behind the first of them that does not wait itself."""
    waiting = {session.pid for session in sessions if session.blocked_by}
    behind: dict[int, list[int]] = {}
    for session in sessions:
        blockers = [pid for pid in session.blocked_by if pid != session.pid]
        if blockers:
            chosen = next((pid for pid in blockers if pid not in waiting), blockers[0])
            behind.setdefault(chosen, []).append(session.pid)
    return behind


def _walk(root: int, behind: Mapping[int, list[int]], seen: set[int] | None = None) -> Iterator[tuple[int, int]]:
    """Go down from a root: pid and depth, each pid once, also in a circle."""
    seen = set() if seen is None else seen
    stack = [(root, 0)]
    while stack:
        pid, depth = stack.pop()
        if pid in seen:
            continue
        seen.add(pid)
        yield pid, depth
        stack += [(child, depth + 1) for child in reversed(behind.get(pid, []))]


def _line(session: Session | None, pid: int, depth: int) -> str:
    if session is None:
        return "a prepared transaction" if pid == 0 else f"pid {pid}"
    age = f" {session.age_s:.0f} s" if session.age_s is not None else ""
    does = "waits" if session.blocked_by else session.state or "of unknown state"
    return f"pid {pid} {_who(session)}, {does}{age}: {_query(session)}"


def _sentence(session: Session | None, pid: int) -> str:
    if session is None:
        return _line(None, pid, 0)
    return f"pid {pid} {_who(session)}: {_query(session)}"


def _who(session: Session) -> str:
    return clean(session.application or session.user or "unknown")


def _query(session: Session) -> str:
    return clean(one_line(session.query), _QUERY_LIMIT)


def one_line(query: str | None) -> str:
    """A query without its line breaks and indentation."""
    return " ".join((query or "").split())
