"""Disk use of a Docker engine: images, containers, volumes and build cache, summed as `docker system df` does."""

from collections.abc import Iterable

from collectors.base import Value
from collectors.docker_parse import Go

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
