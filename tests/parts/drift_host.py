"""A host that was agreed on: its sources are captured into a baseline, and what differs is put right, for real."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from ops.actions.base import Action, Case
from ops.actions.registry import discover as actions
from ops.config.drifted import drift_of, settings
from ops.config.structs import Config
from ops.drift.base import Place, Source
from ops.drift.capture import capture
from ops.drift.desk import DriftDesk
from ops.drift.registry import discover
from ops.drift.rows import row_of
from ops.drift.salt import digester
from ops.drift.structs import Baseline, Captured, Difference
from ops.runner.dry import DryRunner
from ops.runner.real import RealRunner
from ops.store.places import store_folder
from tests.parts.acting import MemorySink, config_of

NOW = 1.7e9


class Host:
    """Sources of this host under a config with a state folder of its own."""

    def __init__(self, folder: Path, sources: Sequence[str], **drift: object) -> None:
        """`drift` is what `[[drift]]` says beside its name."""
        said = "\n".join(f"{name} = {json.dumps(value)}" for name, value in drift.items())
        text = f'[store]\npath = {json.dumps(str(folder / "state"))}\n[[drift]]\nname = "here"\n{said}\n'
        self.only = ""
        """Differences whose paths have this are looked at: other tests mount and unmount meanwhile."""
        self.config: Config = config_of(text, file=str(folder / "floor.toml"))
        self.state = store_folder(self.config)
        self._sources: Mapping[str, Source] = {name: discover()[name] for name in sources}
        self._desk = DriftDesk(self.config, sources=self._sources)

    def source(self, name: str) -> Source:
        """One of them."""
        return self._sources[name]

    async def capture(self, only: str = "") -> tuple[Captured, ...]:
        """What is."""
        place = Place(config=self.config, drift=settings(self.config), digest=digester(self.state), only=only)
        return await capture(self._sources, place)

    async def agree(self) -> Baseline:
        """Make what is the baseline."""
        return await self._desk.capture("agreed", by="ann")

    async def found(self) -> dict[str, Difference]:
        """What differs now, by path."""
        found = [one for one in (await self._desk.detect()).differences if self.only in one.path]
        return {one.path: one for one in sorted(found, key=lambda one: one.path)}

    async def told(self) -> Sequence[str]:
        """The same in short words."""
        return [f"{one.kind} {path}" for path, one in (await self.found()).items()]

    async def accept(self, path: str, reason: str) -> None:
        """Say that this difference is meant."""
        self._desk.accept([(await self.found())[path]], by="ann", reason=reason)

    async def case(self, path: str) -> Case:
        """What an action on the difference of that path is given."""
        spec = drift_of(self.config)
        row = row_of((await self.found())[path], self.config, spec.id, NOW)
        return Case(row=row, rows=(row,), spec=spec, config=self.config)

    async def offered(self, path: str) -> Sequence[str]:
        """Names of the actions that are offered for it."""
        row = (await self.case(path)).row
        mine = (action for name, action in actions().items() if name.startswith("drift."))
        return [offer.action for action in mine for offer in action.offers(row, (row,))]

    async def plan(self, action: str, path: str) -> DryRunner:
        """What the action would do about it."""
        runner = DryRunner()
        await _action(action).run(await self.case(path), runner)
        return runner

    async def fix(self, action: str, path: str, seen: Mapping[str, str] | None = None) -> MemorySink:
        """Do it. Raises what the action does."""
        sink = MemorySink()
        case = await self.case(path)
        await _action(action).run(case, RealRunner(self.config, sink, seen))
        return sink


def _action(name: str) -> Action:
    return actions()[name]


def put(path: Path, content: bytes | str) -> None:
    """Write a file, as somebody else than watchfloor would."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
