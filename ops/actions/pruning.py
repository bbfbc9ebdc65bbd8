"""What could be cleaned away from a Docker engine, with its bytes; pure, from one answer of GET /system/df."""

import re
import time
from collections.abc import Sequence
from typing import Literal, NamedTuple

import msgspec

from collectors.docker_api.parse import Go, name_of
from collectors.docker_engine import DockerConfig
from collectors.globs import is_wanted
from collectors.text import clean
from ops.actions.compose import PROJECT
from ops.figures import size

What = Literal["dangling images", "unused images", "build cache", "stopped containers"]
KINDS: tuple[What, ...] = ("build cache", "dangling images", "stopped containers", "unused images")
"""What is missed least first."""
MOST = 100
"""Things that go in one run, the largest first."""
NAMED = 20
"""Things named in a plan; the others are counted."""
_NONE = "<none>"
_REPLACED = re.compile(r"\.(old|new)-[0-9a-f]{12}$")
"""Names that `ops.actions.replacing` gives meanwhile."""


class UsedImage(Go, frozen=True):
    """An image; `containers` counts those made from it, running or not, and is −1 where the engine did not count."""

    id: str
    repo_tags: list[str] | None = None
    repo_digests: list[str] | None = None
    created: int = 0
    size: int = 0
    shared_size: int = -1
    containers: int = -1

    @property
    def tags(self) -> tuple[str, ...]:
        """Its names."""
        return tuple(tag for tag in self.repo_tags or () if _NONE not in tag)


class UsedContainer(Go, frozen=True):
    """A container with the bytes of its own layer."""

    id: str
    names: list[str] | None = None
    labels: dict[str, str] | None = None
    state: str = ""
    size_rw: int = 0
    created: int = 0
    image_id: str = msgspec.field(default="", name="ImageID")
    image: str = ""


class CacheRecord(Go, frozen=True):
    """One record of the build cache."""

    size: int = 0
    in_use: bool = False
    shared: bool = False


class Usage(Go, frozen=True):
    """GET /system/df."""

    images: list[UsedImage] | None = None
    containers: list[UsedContainer] | None = None
    build_cache: list[CacheRecord] | None = None


class Thing(NamedTuple):
    """One thing that can go."""

    id: str
    name: str
    """Sanitized."""
    frees: int
    """Bytes that it does not share with anything that stays."""
    tags: tuple[str, ...] = ()
    """Of an image: its names, or "" for one without any; none of a container."""


class Heap(NamedTuple):
    """All of one kind that can go."""

    what: What
    things: tuple[Thing, ...]
    """The largest first."""
    frees: int
    at_least: bool = False
    """What images share, even if only with each other, is not counted: nobody tells with whom."""

    @property
    def words(self) -> str:
        """ "3 dangling images: 114 MiB or more"."""
        number = f"{len(self.things)} " if self.what != "build cache" else ""
        return f"{number}{self.what}: {size(self.frees)}{' or more' if self.at_least else ''}"


def is_watched(one: UsedContainer, config: object) -> bool:
    """Whether a container is one of those that the config is about: others on the same engine are somebody else's."""
    if not isinstance(config, DockerConfig):
        return True
    of_project = not config.project or (one.labels or {}).get(PROJECT) == config.project
    return of_project and is_wanted(name_of(one.names or (), one.id), config.only, config.exclude)


def heaps(usage: Usage, config: object = None) -> dict[What, Heap]:
    """What could go of each kind. In use means: any container was made from it, running or not."""
    images = [image for image in usage.images or () if not _in_use(image, usage.containers or ())]
    dangling = [image for image in images if not image.tags and not _digests(image)]
    ended = [one for one in usage.containers or () if one.state in ("exited", "created", "dead")]
    stopped = [one for one in ended if is_watched(one, config) and not _is_replaced(one)]
    return {
        "dangling images": _images("dangling images", dangling),
        "unused images": _images("unused images", images),
        "stopped containers": _heap("stopped containers", [_container(one) for one in stopped]),
        "build cache": _cache(usage.build_cache or ()),
    }


def _is_replaced(one: UsedContainer) -> bool:
    """Whether it waits for its successor to be well, or was left by a replacement that broke off."""
    return any(_REPLACED.search(name) for name in one.names or ())


def _heap(what: What, things: Sequence[Thing]) -> Heap:
    ordered = tuple(sorted(things, key=lambda thing: (-thing.frees, thing.id)))
    return Heap(what, ordered, sum(thing.frees for thing in ordered))


def _images(what: What, images: Sequence[UsedImage]) -> Heap:
    heap = _heap(what, [_image(image) for image in images])
    return heap._replace(at_least=any(image.shared_size > 0 for image in images))


def _in_use(image: UsedImage, containers: Sequence[UsedContainer]) -> bool:
    return image.containers > 0 or any(one.image_id == image.id for one in containers)


def _digests(image: UsedImage) -> bool:
    return any(_NONE not in digest for digest in image.repo_digests or ())


def _image(image: UsedImage) -> Thing:
    made = time.strftime("%Y-%m-%d", time.gmtime(image.created))
    name = clean(", ".join(image.tags)) or f"image {image.id[7:19]} of {made}"
    return Thing(image.id, name, image.size - max(0, image.shared_size), image.tags or ("",))


def _container(one: UsedContainer) -> Thing:
    made = time.strftime("%Y-%m-%d", time.gmtime(one.created))
    name = f"{name_of(one.names or (), one.id)} ({clean(one.state)}, from {clean(one.image)}, made {made})"
    return Thing(one.id, name, one.size_rw)


def _cache(records: Sequence[CacheRecord]) -> Heap:
    idle = [record for record in records if not record.in_use and not record.shared]
    return Heap("build cache", (), sum(record.size for record in idle))
