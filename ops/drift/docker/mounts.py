"""What is mounted where, as one fact for each place inside a container, and back into what an engine is asked for."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ops.drift.docker.table import again, written
from ops.drift.structs import Value

NAMELESS = "a volume without a name"
TMPFS = "tmpfs"
_ID = re.compile(r"[0-9a-f]{64}")


class Asked(NamedTuple):
    """The four ways in which a creation asks for mounts."""

    binds: list[str]
    mounts: list[dict[str, Any]]
    tmpfs: dict[str, str]
    nameless: list[str]


def is_nameless(volume: str) -> bool:
    """Whether a volume's name was chosen by the engine."""
    return bool(_ID.fullmatch(volume))


def mount_facts(config: Mapping[str, Any], host: Mapping[str, Any]) -> dict[str, Value]:
    """By the place inside: "shop_data:rw", "/srv/x:ro", "tmpfs:size=64k", or as JSON where it was asked for so.

    The names that an engine gave to volumes without one are left out.
    """
    found: dict[str, Value] = dict.fromkeys(config.get("Volumes") or (), NAMELESS)
    for bind in host.get("Binds") or ():
        source, _, rest = bind.partition(":")
        place, _, options = rest.partition(":")
        if not place:
            found[source] = NAMELESS
        else:
            source = NAMELESS if is_nameless(source) else source
            found[place] = f"{source}:{options}" if options and (source, options) != (NAMELESS, "rw") else source
    for mount in host.get("Mounts") or ():
        kept = {name: value for name, value in mount.items() if name != "Target" and not _is_chosen(mount, name)}
        found[str(mount.get("Target"))] = written(kept)
    for place, options in (host.get("Tmpfs") or {}).items():
        found[place] = f"{TMPFS}:{options}" if options else TMPFS
    return dict(sorted(found.items()))


def _is_chosen(mount: Mapping[str, Any], name: str) -> bool:
    return name == "Source" and mount.get("Type") == "volume" and is_nameless(str(mount.get("Source")))


def asked_mounts(facts: Mapping[str, Value], volumes: Mapping[str, str]) -> Asked:
    """What is asked for to get these; `volumes`, by place, are names of volumes without one that are to be kept."""
    asked = Asked([], [], {}, [])
    for place, value in facts.items():
        text = str(value)
        decoded = again(text)
        if isinstance(decoded, Mapping):
            kept = volumes.get(place) if decoded.get("Type") == "volume" and not decoded.get("Source") else None
            asked.mounts.append(dict(decoded) | {"Target": place} | ({"Source": kept} if kept else {}))
        elif text == TMPFS or text.startswith(f"{TMPFS}:"):
            asked.tmpfs[place] = text.partition(":")[2]
        elif text.partition(":")[0] == NAMELESS:
            _ask_nameless(asked, place, text.partition(":")[2], volumes.get(place))
        else:
            source, _, options = text.partition(":")
            asked.binds.append(":".join([source, place, *([options] if options else [])]))
    return asked


def nameless_places(facts: Mapping[str, Value]) -> list[str]:
    """The places inside, of facts by place, where a volume without a name is mounted."""
    found = []
    for place, value in facts.items():
        decoded = again(value)
        if isinstance(decoded, Mapping):
            found += [place] if decoded.get("Type") == "volume" and not decoded.get("Source") else []
        elif str(value).partition(":")[0] == NAMELESS:
            found.append(place)
    return found


def _ask_nameless(asked: Asked, place: str, options: str, kept: str | None) -> None:
    asked.nameless.append(place)
    if kept:
        asked.binds.append(":".join([kept, place, *([options] if options else [])]))


def named_volumes(facts: Sequence[Value]) -> list[str]:
    """Names of the volumes that such facts are of."""
    names = []
    for value in facts:
        decoded = again(value)
        if isinstance(decoded, Mapping):
            names += [str(decoded["Source"])] if decoded.get("Type") == "volume" and decoded.get("Source") else []
        elif not str(value).startswith(("/", "~", TMPFS, NAMELESS)):
            names.append(str(value).partition(":")[0])
    return names
