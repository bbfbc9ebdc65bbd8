"""Runs an action in this process as its job would: on a row that was just read, planned or for real."""

import os
from collections.abc import Mapping
from typing import NamedTuple

from collectors.text import LINE_LIMIT, clean
from ops.actions.base import Action, Case
from ops.actions.registry import discover
from ops.board import Board, Row
from ops.config.decode import read as read_config
from ops.config.resolve import with_secrets
from ops.config.structs import Config
from ops.engine import one_pass
from ops.runner.dry import DryRunner
from ops.runner.real import RealRunner
from ops.runner.sink import LineKind


class Line(NamedTuple):
    """One line of a run."""

    kind: LineKind
    text: str


class MemorySink:
    """Keeps what a run says."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.moves: list[tuple[float, str]] = []
        """Progress as it came: ratio and words."""
        self.exits: list[int] = []

    def line(self, kind: LineKind, text: str) -> None:
        """Keep it."""
        self.lines.append(Line(kind, text))

    def progress(self, ratio: float, words: str) -> None:
        """Keep it."""
        self.moves.append((ratio, words))

    def call_ended(self, exit: int) -> None:  # noqa: A002 - as in Sink
        """Keep it."""
        self.exits.append(exit)

    def of(self, *kinds: LineKind) -> list[str]:
        """The texts of some kinds, in order."""
        return [line.text for line in self.lines if line.kind in kinds]

    @property
    def inert(self) -> bool:
        """Whether no line has a sign that a terminal could act upon."""
        return all(clean(line.text, LINE_LIMIT) == line.text for line in self.lines)

    @property
    def text(self) -> str:
        """All lines."""
        return "\n".join(line.text for line in self.lines)


class Acted(NamedTuple):
    """What a run for real left."""

    sink: MemorySink
    case: Case

    @property
    def lines(self) -> list[Line]:
        """All that it said."""
        return self.sink.lines


def config_of(toml_text: str, *, file: str = "/nowhere/watchfloor.toml") -> Config:
    """A whole config, with the secrets of its targets from this process's environment. Raises ConfigError."""
    located = read_config(toml_text, file)
    config = with_secrets(located, os.environ)
    located.problems.stop()
    return config


async def read(config: Config, *target_ids: str) -> Board:
    """One pass over these targets, over all without any."""
    return await one_pass(config, target_ids)


def row_of(board: Board, row_id: str) -> Row:
    """The row, which must be there."""
    row = board.row(row_id)
    assert row is not None, f"no {row_id} among {[other.id for other in board.rows]}"
    return row


def case_of(config: Config, board: Board, row_id: str, params: Mapping[str, str], *, fix: str = "") -> Case:
    """What the action is given for that row."""
    row = row_of(board, row_id)
    spec = next(spec for spec in config.targets if spec.id == row.target)
    rows = [other for other in board.rows if other.target == row.target]
    return Case(row=row, rows=rows, spec=spec, config=config, params=params, fix=fix)


def _with_defaults(action: Action, params: Mapping[str, str]) -> dict[str, str]:
    return {param.name: param.default for param in action.params if param.default} | dict(params)


async def fresh_case(config: Config, action_name: str, row_id: str, *, fix: str = "", **params: str) -> Case:
    """The case of a fresh reading of everything."""
    given = _with_defaults(discover()[action_name], params)
    return case_of(config, await read(config), row_id, given, fix=fix)


async def planned(config: Config, action_name: str, row_id: str, *, fix: str = "", **params: str) -> DryRunner:
    """The plan, made from a fresh reading. Raises what the action raises."""
    runner = DryRunner()
    await discover()[action_name].run(await fresh_case(config, action_name, row_id, fix=fix, **params), runner)
    return runner


async def act(
    config: Config,
    action_name: str,
    row_id: str,
    seen: Mapping[str, str] | None = None,
    *,
    fix: str = "",
    sink: MemorySink | None = None,
    **params: str,
) -> Acted:
    """Run it for real on a fresh reading, `seen` being a plan's. Raises what the action does; `sink` has the lines."""
    kept = sink or MemorySink()
    case = await fresh_case(config, action_name, row_id, fix=fix, **params)
    await discover()[action_name].run(case, RealRunner(config, kept, seen))
    return Acted(kept, case)
