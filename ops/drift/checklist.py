"""What is looked at before and after planned work: what the floor sees by itself, and what a person must do. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

import msgspec

from collectors.text import LINE_LIMIT, clean
from ops.board import Board, Row
from ops.figures import figure, several
from ops.trend import is_probe

_NAMED = 5
_LONG = ("postgres.longest_query_s", "postgres.longest_transaction_s")
_REACHED = (".reach", ".state", ".health")
_PROBES = ("service", "tcp", "dns", "tls")
_RUNS = ("container", "process", "swarm.service", "systemd.unit")


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a checklist."""

    title: str
    state: Literal["good", "bad", "person", "none"]
    """person: only somebody can do it; none: this floor watches nothing of it."""
    said: str = ""


def before(board: Board) -> tuple[Point, ...]:
    """Before planned work: a good backup, nothing that is wrong already, nothing long that would be broken off."""
    return (
        _backup(board),
        Point(title="backup tested", state="person", said="restore the last backup somewhere and look at it"),
        _none_bad("services", [row for row in board.rows if row.kind in (*_PROBES, *_RUNS)]),
        _long_queries(board),
        _none_bad("disks", board.of("host.disk")),
        Point(title="users told", state="person", said="update the status page about the maintenance"),
    )


def after(board: Board, ran: Sequence[str] = ()) -> tuple[Point, ...]:
    """After planned work: everything runs, answers, answers quickly, and complains of nothing in its logs.

    `ran` are ids of what ran before, as `running` gave them: what was stopped for the work must run again.
    """
    return (
        _runs(board, ran),
        _none_bad("health checks", board.of(*_PROBES), _REACHED),
        _none_bad("performance", [row for row in board.rows if is_probe(row.kind)], ("_s", "_percent")),
        _none_bad("errors in logs", board.of("log", "access_log")),
        Point(title="key functions", state="person", said="try what users do most"),
        Point(title="users told", state="person", said="update the status page: the maintenance is over"),
    )


def running(board: Board) -> tuple[str, ...]:
    """Ids of what runs now, of that which says whether it does."""
    return tuple(row.id for row in board.of(*_RUNS) if _is_running(row))


def _is_running(row: Row) -> bool:
    return row.facts.get("state") in ("running", "active")  # of a container; of a unit


def _runs(board: Board, ran: Sequence[str]) -> Point:
    """Bad is also what is well for itself, as one that ended without an error, or is not there, but ran before."""
    point = _none_bad("everything runs", board.of(*_RUNS), _REACHED)
    there = {row.id: row for row in board.rows}
    gone = [f"{one} is not there any more" for one in ran if one not in there]
    rows = [there[one] for one in ran if one in there and not _is_running(there[one])]
    told = [row for row in rows if any(check.level != "ok" and check.id.endswith(_REACHED) for check in row.checks)]
    stopped = [*(f"{row.called} runs no more" for row in rows if row not in told), *gone]
    if not stopped:
        return point
    more = [point.said] if point.state == "bad" else []
    return _point(point.title, board.rows, [*more, *stopped])


def state_lines(board: Board) -> tuple[str, ...]:
    """The state of the system in a few lines: commits, what runs, what it uses, how full the disks are."""
    return tuple(clean(line, LINE_LIMIT) for line in _state(board))


def _state(board: Board) -> Iterator[str]:
    for row in board.of("git"):
        yield f"{row.called}: commit {row.facts.get('commit') or 'none'}"
    running = [row.called for row in board.of("container") if row.facts.get("state") == "running"]
    if board.of("container"):
        yield f"{several(len(running), 'container')} of {len(board.of('container'))} running: {_names(running)}"
    for row in board.of("host"):
        told = [f"{title} {figure(fact, row.facts[fact])}" for fact, title in _USED if row.facts.get(fact) is not None]
        yield f"{row.called}: {', '.join(told) or row.word}"
    for row in board.of("host.disk"):
        yield f"disk {row.called}: {figure('percent', row.facts.get('percent'))} used"


_USED = (("cpu_percent", "CPU"), ("memory_percent", "memory"), ("load1", "load"))


def _backup(board: Board) -> Point:
    backups = [row for row in board.rows if row.kind == "exec" and "backup" in row.name.lower()]
    if not backups:
        return Point(title="backup", state="person", said="no check of a backup is configured: take a full one by hand")
    return _none_bad("backup", backups)


def _long_queries(board: Board) -> Point:
    databases = board.of("postgres")
    checks = ((row, check) for row in databases for check in row.checks if check.id in _LONG)
    bad = [f"{row.called}: {check.text}" for row, check in checks if check.level != "ok"]
    return _point("nothing long is running", databases, bad)


def _none_bad(title: str, rows: Sequence[Row], checks: Sequence[str] = ()) -> Point:
    """Bad is what has any check of these ends (of all, without any) that is not good."""
    bad = [
        f"{row.called}: {check.text or check.word}"
        for row in rows
        for check in row.checks
        if check.level != "ok" and (not checks or check.id.endswith(tuple(checks)))
    ]
    return _point(title, rows, bad)


def _point(title: str, rows: Sequence[Row], bad: Sequence[str]) -> Point:
    if not rows:
        return Point(title=title, state="none", said="nothing of it is watched")
    if bad:
        return Point(title=title, state="bad", said=clean(_names(bad), LINE_LIMIT))
    return Point(title=title, state="good", said=f"{several(len(rows), 'row')} looked at")


def _names(names: Iterable[str]) -> str:
    every = list(names)
    left = len(every) - _NAMED
    return ", ".join(every[:_NAMED]) + (f" and {left} more" if left > 0 else "")
