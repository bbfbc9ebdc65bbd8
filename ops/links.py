"""Resolves what rows say they depend on to the rows that are there."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

import msgspec

from ops.board import Row

WORKLOADS = ("container", "process")
"""Kinds that a service's `container` setting can mean."""


def _by_short_name(rows: Sequence[Row]) -> dict[str, str]:
    """Map "kind:name" to the id of the part with that name, so that nobody has to know which target reads it."""
    return {f"{row.kind}:{row.name}": row.id for row in reversed(rows)}


def resolve(
    rows: Sequence[Row],
    wanted: Mapping[str, Iterable[str]],
    known: Mapping[str, tuple[Row, Row]] = MappingProxyType({}),
) -> tuple[Row, ...]:
    """Give the rows with `depends_on` as ids of rows: own target for parts, and what `wanted` says by row id.

    `known` has by id what a row was and what was made of it: where nothing changed the same object is given again. A
    wanted name that no row has (a container that is not there) stays as it is, so that it can be shown as missing.
    """
    ids = {row.id for row in rows}
    short = _by_short_name(rows)

    def linked(row: Row) -> Row:
        own = (row.target,) if row.id != row.target else ()
        names = dict.fromkeys([*own, *wanted.get(row.id, ())])
        depends_on = tuple(name if name in ids else short.get(name, name) for name in names)
        if depends_on == row.depends_on:
            return row
        before, made = known.get(row.id, (None, row))
        same = before is row and made.depends_on == depends_on
        return made if same else msgspec.structs.replace(row, depends_on=depends_on)

    return tuple([linked(row) for row in rows])


def wanted_by(target_id: str, depends_on: Iterable[str], workload: str, rows: Sequence[Row]) -> tuple[str, ...]:
    """What a target depends on: its `depends_on`, and the workload that it runs in, whichever kind that has."""
    if not workload:
        return tuple(depends_on)
    kinds = [row.kind for row in rows if row.name == workload and row.kind in WORKLOADS]
    runs_in = f"{kinds[0] if kinds else WORKLOADS[0]}:{workload}"
    return tuple(name for name in (*depends_on, runs_in) if name != target_id)
