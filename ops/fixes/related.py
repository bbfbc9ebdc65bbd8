"""Which other rows' fixes are worth offering on a row: what it needs and that fails, and the likeliest cause."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ops.board import Board, Cause, Row
from ops.links import WORKLOADS

WELL = 30
"""How much less the restart of something counts that is well by what is known of it."""


class Related(NamedTuple):
    """Another row, and why it is looked at from the chosen one."""

    row: Row
    explains: str
    first: bool = False
    """Before the chosen row's own offers: that row is well."""
    lowered: int = 0


def related(board: Board, chosen: Row) -> Iterator[Related]:
    """Rows to offer fixes of too, each once.

    From a row that is ok: the likeliest cause of all, before its own offers. Then what the row depends on, directly or
    not, and that fails; causes that explain its failure in another way; and last of all, for a service, the container
    or process that it runs in, also when that is ok: a wedged process looks well from outside.
    """
    rows = {row.id: row for row in board.rows}
    taken = {chosen.id}
    for found in (*_likeliest(board, chosen, rows), *_needs(chosen, rows), *_causes(board, chosen, rows)):
        if found.row.id not in taken:
            taken.add(found.row.id)
            yield found
    for name in chosen.depends_on if chosen.kind == "service" else ():
        workload = rows.get(name)
        if workload is not None and workload.kind in WORKLOADS and workload.id not in taken:
            taken.add(workload.id)
            yield Related(workload, f"{chosen.called} runs in {workload.id}", lowered=WELL)


def causes_of(board: Board, chosen: Row) -> list[Cause]:
    """The causes of a row's trouble, itself where it is one; of a row that is ok, the likeliest of all."""
    if chosen.level == "ok":
        return list(board.causes[:1])
    return [cause for cause in board.causes if chosen.id == cause.row or chosen.id in cause.affected]


def fails(row: Row) -> bool:
    """Whether it is known not to be well."""
    return row.level != "ok" and row.word != "waiting"


def _likeliest(board: Board, chosen: Row, rows: Mapping[str, Row]) -> Iterator[Related]:
    if chosen.level == "ok" and board.causes:
        yield from _of_cause(board.causes[0], rows, first=True)


def _needs(chosen: Row, rows: Mapping[str, Row]) -> Iterator[Related]:
    """Breadth first, so that what is needed directly comes before what that needs."""
    seen, waiting = {chosen.id}, [chosen]
    while waiting:
        needing = waiting.pop(0)
        for name in needing.depends_on:
            row = rows.get(name)
            if row is None or name in seen:
                continue
            seen.add(name)
            waiting.append(row)
            if fails(row):
                yield Related(row, f"{needing.called} needs {row.id}, which is {row.word}")


def _causes(board: Board, chosen: Row, rows: Mapping[str, Row]) -> Iterator[Related]:
    for cause in board.causes:
        if chosen.id in cause.affected:
            yield from _of_cause(cause, rows)


def _of_cause(cause: Cause, rows: Mapping[str, Row], *, first: bool = False) -> Iterator[Related]:
    row = rows.get(cause.row)
    if row is not None:
        yield Related(row, f"likely cause: {cause.text}", first=first)
