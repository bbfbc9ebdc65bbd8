"""Sources that are servers of the config: asked all at once, and their items named after them."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from collectors.base import NoData, TargetConfig
from ops.config.structs import TargetSpec
from ops.drift.base import Place
from ops.drift.named import safe_name
from ops.drift.structs import Item

Ask = Callable[[TargetSpec, Place], Awaitable[Sequence[Item]]]


def prefix_of(spec: TargetSpec) -> str:
    """What names of its items begin with: "shop/"."""
    return f"{safe_name(spec.config.name)}/"


async def asked(place: Place, kind: type[TargetConfig], section: str, title: str, ask: Ask) -> list[Item]:
    """What each of them says, or the one that is wanted. Raises NoData where the config has none."""
    specs = [spec for spec in place.targets(section) if isinstance(spec.config, kind)]
    if not specs:
        raise NoData(f"no {title} is configured")
    wanted = [spec for spec in specs if not place.only or place.only.startswith(prefix_of(spec))]
    found = await asyncio.gather(*(ask(spec, place) for spec in wanted))
    return [item for items in found for item in items]
