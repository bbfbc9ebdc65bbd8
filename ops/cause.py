"""Likely causes: the deepest failing things, which explain what depends on them."""

from collections.abc import Iterable, Mapping, Sequence

from ops.board import Cause, Row
from ops.verdicts.tracker import rank

_NAMED = 3
_HAS = frozenset(
    {"backlog", "conflicts", "deadlocks", "long query", "long transaction", "no consumer", "no worker", "zombies"}
)
"""Words that a thing has; every other one is what it is."""
_SAYS_ALL = frozenset({"managers", "node down", "targets down"})
"""Words that are only the heading of their reason."""
_LIVE_IN_TARGET = frozenset({"queue"})
_WITNESSES = frozenset({"access_log", "alert", "backup", "exec", "log", "prometheus.figure"})
"""What tells of the trouble of something else, or troubles nothing else: of two as grave, it is hardly the cause."""
_NEVER = frozenset({"drift", "drift.difference"})
"""What is not as agreed may be why something fails, but is no failure: "what changed" names it."""
_TRIFLES = frozenset({"zombies"})
"""Words of what hurts nobody: nothing fails through it."""
_UNREAD = frozenset({"failing", "locked out", "recovering", "unreachable"})
_LISTED = frozenset({"host.process", "postgres.query", "postgres.session"})
"""What is only listed of a target: nobody misses one of these while the target can't be read."""

_LAG_S = 2.0
"""So long after a trouble began a reading that is still good says nothing of it: answers are kept a while."""

Graph = Mapping[str, frozenset[str]]


def likely_causes(rows: Sequence[Row]) -> tuple[Cause, ...]:
    """One Cause for each failing row that no other failing row explains, likeliest first.

    A row depends on what its `depends_on` names; through one that is well only where that was read before the trouble
    began, so that its being well says nothing. A part depends on the target that reads it when it is stale, or is a
    queue in a broker: a full disk is no consequence of a busy host. What can't be read on another host depends on that
    host when it can't be read either. What is only unknown explains no known fault. Of rows that depend on each other
    in a circle, and on nothing else that fails, the worst that failed first stands for all. Nothing fails through a
    trifle, such as zombies.

    Ranked by the worst level that it explains, with what only tells of others (logs, alerts, checks), and what flaps
    and is up again, behind the rest; then by how many rows fail through it (what is only unknown does not), by
    severity, by age, and as they stand on the Board.
    """
    failing = {row.id: row for row in rows if row.level != "ok" and row.word != "waiting" and not _is_none(row)}
    ways = _ways(failing.values())
    by_id = {row.id: row for row in rows} if failing else {}
    depends = {row.id: frozenset(_needs(row, failing, ways, by_id)) for row in failing.values()}
    reached = _reachable(depends)
    causes = [_cause(root, failing, reached) for root in _roots(failing, reached)]
    return tuple(sorted(causes, key=lambda cause: _order(cause, failing)))


def _is_none(row: Row) -> bool:
    return row.kind in _NEVER or (row.kind in _LISTED and row.word == "stale")


def _is_unread(row: Row) -> bool:
    """Whether it is a target on another host that can't be read, of which nothing is known for that."""
    return bool(row.host) and row.id == row.target and row.level == "unknown" and row.word in _UNREAD


def _ways(rows: Iterable[Row]) -> Mapping[tuple[str, str], str]:
    """The row that stands for the way to another host, by host, and by host and reason where the host has no row."""
    ways: dict[tuple[str, str], str] = {}
    for row in rows:
        if _is_unread(row):
            ways.setdefault((row.host, "" if row.kind == "host" else row.reason), row.id)
    return ways


def _needs(
    row: Row, failing: Mapping[str, Row], ways: Mapping[tuple[str, str], str], rows: Mapping[str, Row]
) -> Iterable[str]:
    by_its_target = row.word == "stale" or row.kind in _LIVE_IN_TARGET
    wanted = {*row.depends_on, row.target} if by_its_target else set(row.depends_on) - {row.target}
    if _is_unread(row) and row.kind != "host":
        wanted.add(ways.get((row.host, ""), ways[row.host, row.reason]))
    return (
        need
        for need in (wanted | _behind(wanted, failing, rows)) - {row.id}
        if need in failing
        and not _is_trifle(failing[need])
        and (row.level == "unknown" or failing[need].level != "unknown")
    )


def _behind(wanted: Iterable[str], failing: Mapping[str, Row], rows: Mapping[str, Row]) -> set[str]:
    """What fails behind rows that are well, where they were not read since that began."""
    found: set[str] = set()
    seen: set[str] = set()
    waiting = [(row_id, rows[row_id].at or 0.0) for row_id in wanted if row_id in rows and row_id not in failing]
    while waiting:
        well, read_at = waiting.pop()
        for need in rows[well].depends_on:
            if need in failing:
                found |= {need} if read_at < failing[need].since + _LAG_S else set()
            elif need in rows and need not in seen:
                seen.add(need)
                waiting.append((need, max(read_at, rows[need].at or 0.0)))
    return found


def _reachable(depends: Graph) -> dict[str, frozenset[str]]:
    """For each row all that it depends on, directly or not; itself only when it is in a circle."""
    found: dict[str, frozenset[str]] = {}
    for start in depends:
        seen: set[str] = set()
        waiting = list(depends[start])
        while waiting:
            row_id = waiting.pop()
            if row_id not in seen:
                seen.add(row_id)
                waiting.extend(depends[row_id] - seen)
        found[start] = frozenset(seen)
    return found


def _roots(failing: Mapping[str, Row], reached: Graph) -> list[str]:
    """Rows with no failing dependency, and one for each circle that has none outside itself."""
    roots: list[str] = []
    told: set[str] = set()
    for row_id, needs in reached.items():
        circle = {other for other in needs if row_id in reached[other]}
        if needs - circle or row_id in told:
            continue
        members = circle | {row_id}
        told |= members
        roots.append(min(sorted(members), key=lambda member: (-rank(failing[member].level), failing[member].since)))
    return roots


def _cause(root: str, failing: Mapping[str, Row], reached: Graph) -> Cause:
    affected = tuple(row_id for row_id, needs in reached.items() if root in needs and row_id != root)
    told = _sentence(failing[root]) + _dependants(_names(failing[root], [failing[row_id] for row_id in affected]))
    return Cause(row=root, text=told, affected=affected)


def _sentence(row: Row) -> str:
    thing = f"{_kind(row)} {row.called}"
    if row.reason and row.word in _SAYS_ALL:
        return f"{thing}: {row.reason}"
    if not row.reason or row.reason.lower().startswith(row.word):
        return f"{thing} {row.reason}" if row.reason else f"{thing} is {row.word}"
    return f"{thing} {'has' if row.word in _HAS else 'is'} {row.word}: {row.reason}"


def _kind(row: Row) -> str:
    return row.kind.rpartition(".")[2].replace("_", " ")


def _names(root: Row, affected: Sequence[Row]) -> list[str]:
    """Names of what depends on it.

    What is called as it is itself, as the service of a process, is another side of it: it is named where nothing else
    is, by its kind.
    """
    others = [row.called for row in affected if row.called != root.called]
    return others or list(dict.fromkeys(f"its {_kind(row)}" for row in affected))


def _dependants(names: Sequence[str]) -> str:
    if not names:
        return ""
    shown, more = names[:_NAMED], len(names) - _NAMED
    if more > 0:
        return f" ({', '.join(shown)} and {more} more depend on it)"
    return f" ({', '.join(shown)} {'depends' if len(names) == 1 else 'depend'} on it)"


def _order(cause: Cause, failing: Mapping[str, Row]) -> tuple[int, bool, int, int, float]:
    row = failing[cause.row]
    known = sum(failing[row_id].level != "unknown" for row_id in cause.affected)
    gravest = max(rank(failing[row_id].level) for row_id in (cause.row, *cause.affected))
    behind = row.kind in _WITNESSES or _is_up_again(row) or _is_trifle(row)
    return -gravest, behind, -known, -rank(row.level), row.since


def _is_trifle(row: Row) -> bool:
    """Whether nothing is wrong with it but what hurts nobody."""
    bad = (check for check in row.checks if check.level != "ok" and not check.pending)
    return row.word in _TRIFLES and all(check.word in _TRIFLES for check in bad)


def _is_up_again(row: Row) -> bool:
    """Whether it only flaps, and is well at this moment: what is down now is the likelier cause."""
    return row.flapping and bool(row.checks) and all(check.level == "ok" for check in row.checks)
