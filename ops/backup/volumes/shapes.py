"""What an engine says of its volumes and of the containers that have them."""

import msgspec

from collectors.docker_api.parse import Go
from collectors.text import clean


class Volume(Go, frozen=True):
    """One element of GET /volumes."""

    name: str = ""
    driver: str = ""
    labels: dict[str, str] | None = None
    options: dict[str, str] | None = None


class Mounted(Go, frozen=True):
    """A mount of a container in a list."""

    type: str = ""
    name: str = ""
    source: str = ""


class User(Go, frozen=True):
    """A container that uses a volume."""

    id: str = ""
    names: list[str] | None = None
    image_id: str = msgspec.field(default="", name="ImageID")
    state: str = ""
    mounts: list[Mounted] | None = None

    @property
    def name(self) -> str:
        """As people call it."""
        return clean((self.names or [self.id[:12]])[0].lstrip("/"))

    @property
    def runs(self) -> bool:
        """Whether it may write to the volume now."""
        return self.state in ("running", "paused", "restarting")

    def has(self, place: str) -> bool:
        """Whether it has this volume, or something of this folder of its host."""
        if not place.startswith("/"):
            return any(mount.name == place for mount in self.mounts or ())
        return any(_overlap(mount.source, place) for mount in self.mounts or () if mount.source)


def _overlap(one: str, other: str) -> bool:
    """Whether two folders are the same, or one is in the other."""
    first, second = f"{one.rstrip('/')}/", f"{other.rstrip('/')}/"
    return first.startswith(second) or second.startswith(first)
