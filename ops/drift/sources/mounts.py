"""Captures what is mounted where and how, and what /etc/fstab says that should be."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from re import compile as pattern

from collectors.base import CollectError
from collectors.linux.disks import Mount, is_real
from collectors.threads import DaemonPool
from ops.drift.base import Place, Source
from ops.drift.hiding import is_secret
from ops.drift.host.globbing import why
from ops.drift.named import safe_name
from ops.drift.structs import Difference, Item, Value

_POOL = DaemonPool(2, name="drift-mounts")
_OCTAL = pattern(r"\\([0-7]{3})")
_LOOP = pattern(r"/dev/loop\d+")
_OF_ITSELF = ("lowerdir", "upperdir", "workdir", "mountport")
"""Options of a container's own root, another folder each time it is made; the port that an NFS server chose."""
_OF_SESSIONS = "/run/user"
MOUNTED, FSTAB = "mounted", "fstab"


class Mounts(Source):
    """Each mount that holds data, by its folder: "mounted" is what is there, "fstab" what should be.

    Both are written as in fstab(5): device, type, options. What comes and goes with a session, or that an automounter
    mounts when somebody looks there, is not agreed as mounted.
    """

    name = "mounts"
    title = "mounts and fstab"
    group = "system"
    root = Path("/")

    async def capture(self, place: Place) -> Sequence[Item]:
        """Read both tables. Raises CollectError."""
        return await _POOL.run(_read_all, place, self.root)

    def by_hand(self, difference: Difference) -> str:
        """What is about fstab is about the next start."""
        point = difference.place.item
        if difference.place.fact == FSTAB:
            return f"put the line of {point} in /etc/fstab right: it counts from the next start on"
        if difference.kind == "removed":
            return f"find out why {point} is not mounted, write it into /etc/fstab, and mount it"
        return f"find out who mounted another thing at {point} before it is unmounted: what is used below would go"


def _read_all(place: Place, root: Path) -> list[Item]:
    try:
        mounted = (root / "proc/self/mounts").read_text("utf-8", "surrogateescape")
    except OSError as error:
        raise CollectError(f"the mounts of this host can't be read: {why(error)}", reason="permission") from error
    facts: dict[str, dict[str, Value]] = {}
    passing = (_OF_SESSIONS, *_automounters(mounted))
    for point, line in _table(mounted, place):
        if not any(point == above or point.startswith(f"{above.rstrip('/')}/") for above in passing):
            facts.setdefault(point, {})[MOUNTED] = line
    dark: Mapping[str, str] = {}
    try:
        for point, line in _table((root / "etc/fstab").read_text("utf-8", "surrogateescape"), place):
            facts.setdefault(point, {})[FSTAB] = line
    except FileNotFoundError:
        pass
    except OSError as error:
        dark = {FSTAB: why(error)}
    return [Item(name=safe_name(point), facts=own, unreadable=dark) for point, own in sorted(facts.items())]


def _automounters(text: str) -> list[str]:
    """The folders in which autofs mounts what is looked at, and unmounts it after a while."""
    lines = (line.split() for line in text.splitlines())
    return [_plain(fields[1]) for fields in lines if len(fields) > 2 and fields[2] == "autofs"]


def _table(text: str, place: Place) -> Iterator[tuple[str, str]]:
    """Folder and line of each mount that holds data; of two at one folder the later hides the earlier."""
    for line in text.splitlines():
        fields = line.split()
        if len(fields) < 4 or fields[0].startswith("#"):
            continue
        device, point, fstype = (_plain(field) for field in fields[:3])
        # In fstab a device may be "UUID=…" or "LABEL=…".
        if point.startswith("/") and is_real(Mount("/" if "=" in device else device, point, fstype)):
            told = (_LOOP.sub("/dev/loop", fields[0]), fields[2], _options(fields[3], place))
            yield point, " ".join(safe_name(part) for part in told)


def _options(text: str, place: Place) -> str:
    kept: list[str] = []
    for option in text.split(","):
        name, _, value = option.partition("=")
        if name not in _OF_ITSELF:
            kept.append(f"{name}={place.digest(name, value)}" if value and is_secret(name) else option)
    return ",".join(sorted(kept))


def _plain(field: str) -> str:
    return _OCTAL.sub(lambda match: chr(int(match[1], 8)), field)
