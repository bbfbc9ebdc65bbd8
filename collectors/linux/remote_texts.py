"""Takes apart what `cat`, `df` and `ps` of another machine print; pure."""

import re
from collections import Counter
from collections.abc import Iterator

from collectors.base import Value
from collectors.linux.disks import Mount, Usage
from collectors.text import clean

MARK = b"@@watchfloor "
PS, DF_SIZES, DF_INODES = "ps", "df-sizes", "df-inodes"
_DF_LINE = re.compile(r"^(\S.*?)\s++(\S++)\s++(\d++)\s++(-?\d++)\s++(-?\d++)\s++(?:-?\d++%|-)\s++(/.*)$")
"""Device, type, size, used, available, percent, mount point; device and point may hold blanks."""


def cut(output: bytes) -> dict[str, bytes]:
    """The sections of an output, by the name behind each mark; what stands before the first is a login's greeting."""
    sections: dict[str, bytes] = {}
    for part in (b"\n" + output).split(b"\n" + MARK)[1:]:
        name, _, text = part.partition(b"\n")
        sections[name.decode("ascii", "replace")] = text
    return sections


def parse_df(sizes: bytes, inodes: bytes) -> dict[Mount, Usage]:
    """The mounts of `df -PkT` with their sizes, and with the inodes of `df -PiT` where it knows them."""
    counted = dict(_lines(inodes))
    found: dict[Mount, Usage] = {}
    for mount, (total, used, free) in _lines(sizes):
        if total > 0:
            every, _, left = counted.get(mount, (0, 0, 0))
            found[mount] = Usage(used * 1024, free * 1024, total * 1024, every, left)
    return found


def _lines(text: bytes) -> Iterator[tuple[Mount, tuple[int, int, int]]]:
    for line in text.decode("utf-8", "replace").splitlines():
        fields = _DF_LINE.match(line[:4096])
        if fields:
            device, fstype, total, used, free, point = fields.groups()
            yield Mount(device, point, fstype), (int(total), int(used), max(0, int(free)))


def parse_processes(text: bytes) -> dict[str, Value]:
    """Count processes and zombies of `ps -eo stat=,pid=,ppid=,comm=`; None where that ps knows no such list."""
    states: list[str] = []
    names: dict[str, str] = {}
    parents: Counter[str] = Counter()
    for line in text.decode("utf-8", "replace").splitlines():
        fields = line.split(None, 3)
        if len(fields) < 3 or not (fields[1].isdecimal() and fields[2].isdecimal()):
            continue
        states.append(fields[0])
        names[fields[1]] = fields[3] if len(fields) > 3 else "unknown"
        if fields[0].startswith("Z"):
            parents[fields[2]] += 1
    if not states:
        return {"processes": None, "zombies": None, "zombie_parent": None}
    if not parents:
        return {"processes": len(states), "zombies": 0, "zombie_parent": None}
    ((parent, _),) = parents.most_common(1)
    named = f"{clean(names.get(parent, 'unknown'))} (pid {parent})"
    return {"processes": len(states), "zombies": parents.total(), "zombie_parent": named}
