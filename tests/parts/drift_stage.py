"""A floor that agrees on what is, detects what differs from it, and puts it right: real sources, real actions."""

from collections.abc import Mapping
from pathlib import Path as File
from typing import Any

from ops.actions.base import Case
from ops.actions.registry import discover
from ops.config.drifted import drift_of, with_drift
from ops.drift.desk import DriftDesk
from ops.drift.structs import Baseline, Difference
from ops.runner.dry import DryRunner
from ops.runner.real import RealRunner
from tests.parts.acting import MemorySink, config_of


class Stage:
    """One source of a config that stands in a file, with a state folder of its own beside it."""

    def __init__(self, folder: File, toml: str, source: str) -> None:
        toml = toml if "[[drift]]" in toml else f'{toml}\n[[drift]]\nname = "here"\nonly = ["{source}"]\n'
        text = f'{toml}\n[store]\npath = "{folder}/state"\n'
        (folder / "floor.toml").write_text(text)
        self.config = with_drift(config_of(text, file=f"{folder}/floor.toml"))
        self._source = source
        self.desk = DriftDesk(self.config)

    async def agree(self) -> Baseline:
        """What is, is what is meant."""
        return await self.desk.capture("agreed", only=[self._source], by="ann")

    async def differences(self) -> dict[str, Difference]:
        """All that differs, by item and fact, without the source's name."""
        found = await self.desk.detect(only=[self._source])
        return {one.path.partition(":")[2]: one for one in found.differences}

    async def changes(self) -> dict[str, tuple[Any, Any]]:
        """The same as what was and what is."""
        return {name: (one.before, one.after) for name, one in (await self.differences()).items()}

    def offered(self, difference: Difference) -> list[str]:
        """Names of what is offered for it, best first."""
        return [one.offer.action for one in self.desk.offers(difference)]

    def case(self, difference: Difference) -> Case:
        """What an action is given for it."""
        row = self.desk.row(difference, 1.0)
        return Case(row=row, rows=[row], spec=drift_of(self.config), config=self.config)

    async def planned(self, action: str, difference: Difference) -> DryRunner:
        """The plan. Raises what the action raises."""
        runner = DryRunner()
        await discover()[action].run(self.case(difference), runner)
        return runner

    async def fix(self, action: str, difference: Difference, seen: Mapping[str, str] | None = None) -> MemorySink:
        """Do it. Raises what the action raises."""
        sink = MemorySink()
        await discover()[action].run(self.case(difference), RealRunner(self.config, sink, seen))
        return sink
