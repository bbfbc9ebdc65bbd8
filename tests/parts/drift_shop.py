"""A real engine agreed upon: what a test makes there is compared and put right, all else of the engine is left out."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ops.drift.structs import Difference
from tests.parts.acting import MemorySink
from tests.parts.docker import Box
from tests.parts.drift_stage import Stage

STAYS = "trap exit TERM; while :; do sleep 0.1; done"


class Shop:
    """The containers, networks, volumes and images of one test, by the beginning of their names."""

    def __init__(self, box: Box, folder: Path, source: str = "containers", more: str = "") -> None:
        self.box, self.source = box, source
        self.stage = Stage(
            folder,
            f'[[docker]]\nname = "local"\nurl = "{box.engine.url}"\nonly = ["{box.glob}"]\n{more}',
            source,
        )

    async def agree(self, *more: str) -> None:
        """What is, is what is meant; also of these other sources."""
        await self.stage.desk.capture("agreed", only=[self.source, *more], by="ann")

    async def differences(self) -> dict[str, Difference]:
        """What differs of this test's things: "a#env.MODE", or "a" for a whole one."""
        found = await self.stage.desk.detect(only=[self.source])
        return {
            one.path.partition(f"/{self.box.prefix}-")[2]: one
            for one in found.differences
            if f"/{self.box.prefix}-" in one.path
        }

    async def one(self, name: str) -> Difference:
        """That one, which must be there."""
        found = await self.differences()
        assert name in found, list(found)
        return found[name]

    async def fix(self, action: str, name: str) -> MemorySink:
        """Plan it, see that it is offered for this, do it as planned, and see that nothing differs any more."""
        difference = await self.one(name)
        assert action in self.stage.offered(difference)
        plan = await self.stage.planned(action, difference)
        sink = await self.stage.fix(action, difference, plan.seen)
        assert await self.differences() == {}
        return sink

    def inspect(self, name: str) -> dict[str, Any]:
        """What the engine says of a container."""
        return dict(self.box.engine.client.api.inspect_container(f"{self.box.prefix}-{name}"))

    def env(self, name: str) -> Sequence[str]:
        """Its environment, sorted."""
        return sorted(self.inspect(name)["Config"]["Env"] or ())
