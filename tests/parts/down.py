"""A floor in this process with one service, which never answers."""

from pathlib import Path

from msgspec.structs import replace

from collectors.base import CollectError, Collector, Reading, TargetConfig
from collectors.units import Duration
from ops.config.structs import Config, Settings, StoreSettings, TargetSpec


class Down(Collector[TargetConfig]):
    """A service that never answers."""

    name, section, title, Config = "down", "service", "Down", TargetConfig

    async def collect(self) -> Reading:
        """Refuse."""
        raise CollectError("connection refused", reason="refused")


def down(folder: Path, **more: object) -> Config:
    """Its config, with a file of its own and a history beside it."""
    file = folder / "watchfloor.toml"
    file.write_text("")
    polled = TargetConfig(name="api", interval=Duration(0.1), timeout=Duration(0.1), failures=1)
    made = Config(
        path=str(file),
        settings=Settings(name="shop", refresh=Duration(0.1)),
        targets=(TargetSpec(id="service:api", collector=Down, config=polled),),
        thresholds=(),
        store=StoreSettings(path="history"),
    )
    return replace(made, **more)
