"""Disk use of a Docker engine: images, containers, volumes and build cache, summed as `docker system df` does."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping

from collectors.base import CollectError, Value
from collectors.docker_api.parse import Go

DEADLINE_S = 120.0
"""How long an engine may take to sum up its disk use."""
_ACTIVE = ("running", "paused", "restarting")


class Image(Go, frozen=True):
    """An image; sizes are −1 where the engine did not compute them."""

    size: int = 0
    shared_size: int = -1
    containers: int = 0


class Layer(Go, frozen=True):
    """A container's own writable layer; the engine leaves `SizeRw` out when nothing was written."""

    size_rw: int = 0
    state: str = ""


class VolumeUsage(Go, frozen=True):
    """A volume's size and how many containers use it; −1 where unknown."""

    size: int = -1
    ref_count: int = -1


class Volume(Go, frozen=True):
    """A volume; drivers other than the local one give no usage."""

    usage_data: VolumeUsage | None = None


class BuildRecord(Go, frozen=True):
    """One record of the build cache."""

    size: int = 0
    in_use: bool = False
    shared: bool = False


class DiskUse(Go, frozen=True):
    """GET /system/df."""

    layers_size: int = 0
    images: list[Image] | None = None
    containers: list[Layer] | None = None
    volumes: list[Volume] | None = None
    build_cache: list[BuildRecord] | None = None


def _sizes(volumes: Iterable[Volume], *, unused_only: bool = False) -> int:
    usages = [volume.usage_data for volume in volumes if volume.usage_data]
    return sum(use.size for use in usages if use.size > 0 and not (unused_only and use.ref_count != 0))


def disk_facts(use: DiskUse, now: float) -> dict[str, Value]:
    """The facts of an answer that came at `now`; reclaimable as in docker/cli `cli/command/formatter/disk_usage.go`."""
    images, layers, volumes = use.images or (), use.containers or (), use.volumes or ()
    own_cache = [record for record in use.build_cache or () if not record.shared]
    image_use = sum(i.size - i.shared_size for i in images if i.containers != 0 and i.size >= 0 and i.shared_size >= 0)
    idle = sum(layer.size_rw for layer in layers if layer.state not in _ACTIVE)
    idle_cache = sum(record.size for record in own_cache if not record.in_use)
    unused_images = max(0, use.layers_size - image_use)
    return {
        "images": len(images),
        "images_bytes": use.layers_size,
        "volumes": len(volumes),
        "volumes_bytes": _sizes(volumes),
        "containers_bytes": sum(layer.size_rw for layer in layers),
        "build_cache_bytes": sum(record.size for record in own_cache),
        "reclaimable_bytes": unused_images + _sizes(volumes, unused_only=True) + idle + idle_cache,
        "df_at": now,
    }


NO_DISK_FACTS: dict[str, Value] = dict.fromkeys(disk_facts(DiskUse(), 0.0))
"""The same facts before the first answer: all None."""


class DiskWatch:
    """Asks for the disk use now and then in the background: engines take seconds to minutes to sum it up."""

    def __init__(self, ask: Callable[[], Awaitable[DiskUse]], interval_s: float) -> None:
        self._ask, self._interval_s = ask, interval_s
        self._task: asyncio.Task[None] | None = None
        self._next_at = 0.0
        self.facts: Mapping[str, Value] = NO_DISK_FACTS
        """The facts of the last answer, however old: `df_at` says when it came."""
        self.hint = ""
        """Why the last question had no answer."""

    def poke(self, monotonic: float) -> None:
        """Ask when it is time and no question is open; raises what a question ended with if it is no CollectError."""
        if self._task is not None and self._task.done():
            task, self._task = self._task, None
            task.result()
        if self._task is None and monotonic >= self._next_at:
            self._next_at = monotonic + self._interval_s
            self._task = asyncio.create_task(self._read(), name="docker disk use")

    def stop(self) -> None:
        """Give the open question up."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _read(self) -> None:
        try:
            async with asyncio.timeout(DEADLINE_S):
                use = await self._ask()
        except CollectError as error:
            self.hint = f"disk use is not known: {error.message}"
        except TimeoutError:
            self.hint = f"disk use is not known: the engine did not sum it up within {DEADLINE_S:g} s"
        else:
            self.facts, self.hint = disk_facts(use, time.time()), ""
