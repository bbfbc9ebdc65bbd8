"""The Case of an action: its row as it was just read, and the target that reads it."""

import asyncio
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from collectors.drift import PART, DriftConfig
from collectors.text import clean
from ops.actions.base import Action, Case
from ops.actions.errors import ActionError, Refused
from ops.board import Board, Row
from ops.config.drifted import reading
from ops.config.structs import Config, TargetSpec
from ops.fixes import params

READ_S = 10.0
"""How long reading a row anew may take beside its target's own timeout."""


def spec_of(config: Config, target: str) -> TargetSpec:
    """The target with that id. Raises Refused where the config has none (any more)."""
    spec = next((spec for spec in reading(config, target).targets if spec.id == target), None)
    if spec is None:
        raise Refused(f"the config has no target {clean(target)}", "look at the floor anew", reason="missing")
    return spec


def readers(config: Config, row_id: str) -> tuple[str, ...]:
    """Ids of the targets that may read a row: a part's id names its target, but not of which section that is."""
    targets = reading(config, row_id).targets
    own = tuple(spec.id for spec in targets if spec.id == row_id)
    kind, _, name = row_id.partition(":")
    # Drift may be called as another target is, and is too dear to be read for that one's parts.
    able = (spec for spec in targets if isinstance(spec.config, DriftConfig) == (kind == PART))
    return own or tuple(spec.id for spec in able if name.startswith(f"{spec.config.name}/"))


def about(config: Config, row_id: str) -> Config:
    """The config with the targets that may read a row reading as little as says something about it."""
    _, _, name = row_id.partition(":")
    wanted, read = readers(config, row_id), reading(config, row_id)
    return replace(read, targets=tuple(_narrowed(spec, name) if spec.id in wanted else spec for spec in read.targets))


def _narrowed(spec: TargetSpec, name: str) -> TargetSpec:
    part = name.removeprefix(f"{spec.config.name}/")
    return spec if part == name else replace(spec, config=spec.config.part(part))


async def read_anew(config: Config, row_id: str) -> tuple[Row, Sequence[Row]]:
    """A row as it is now, and all rows of its target.

    Raises Refused where it is not there any more, ActionError where its target can't be read.
    """
    from ops.engine import one_pass

    targets = readers(config, row_id)
    if not targets:
        raise Refused(
            f"the config has no target that reads {clean(row_id)}", "look at the floor anew", reason="missing"
        )
    limit_s = READ_S + 2 * max(float(spec_of(config, target).config.timeout) for target in targets)
    try:
        async with asyncio.timeout(limit_s):
            board = await one_pass(about(config, row_id), targets)
    except TimeoutError as error:
        raise ActionError(f"{clean(row_id)} could not be read in time", "try again", reason="timeout") from error
    row = board.row(row_id)
    if row is None:
        raise _missing(board, targets, row_id)
    return row, [other for other in board.rows if other.target == row.target]


def _missing(board: Board, targets: Sequence[str], row_id: str) -> Refused:
    for target in targets:
        own = board.row(target)
        if own is not None and own.error:
            return Refused(
                f"{clean(row_id)} could not be read anew: {own.error}", own.remedy or "try again", reason="missing"
            )
    return Refused(
        f"{clean(row_id)} is not there any more", "nothing was done; look at the floor anew", reason="missing"
    )


def same(row: Row, key: str) -> None:
    """Raises Refused when the row has become another thing than the one with that key."""
    if key and row.key and row.key != key:
        raise Refused(
            f"{clean(row.id)} is another one now than when the fix was planned",
            "nothing was done; look at it anew and plan again",
            reason="changed",
        )


def make_case(
    config: Config, action: Action, row: Row, rows: Sequence[Row], given: Mapping[str, str], fix_name: str
) -> Case:
    """What the action is given, with its parameters checked. Raises Refused."""
    fix = next((fix for fix in config.fixes if fix.name == fix_name), None)
    if fix_name and fix is None:
        raise Refused(
            f"the config has no [[fix]] called {clean(fix_name)!r}", "look at the floor anew", reason="missing"
        )
    values = params.checked(params.known(action, fix), given)
    return Case(row=row, rows=rows, spec=spec_of(config, row.target), config=config, params=values, fix=fix_name)
