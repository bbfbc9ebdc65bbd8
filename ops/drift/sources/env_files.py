"""Captures files with NAME=value lines: which names they set, salted digests of the values, and who may read them."""

import os
import stat
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from collectors.base import NoData
from collectors.threads import DaemonPool
from ops.drift.base import Place, Source
from ops.drift.host.dotenv import parse
from ops.drift.host.globbing import Found, find, why
from ops.drift.host.reading import rights
from ops.drift.named import raw_name, safe_name
from ops.drift.sources.files import unknown
from ops.drift.structs import Difference, Item, Value

_POOL = DaemonPool(2, name="drift-env-files")
_LARGEST_BYTES = 2**20
VALUE = "value"
"""What all values of environments are digested under, so that one is found again in containers and compose files."""
_PREFIX = "env."


class EnvFiles(Source):
    """Files of `env_files`: a fact "env.NAME" for each name. No value is ever kept."""

    name = "env_files"
    title = "environment files"
    group = "env"

    async def capture(self, place: Place) -> Sequence[Item]:
        """Read each. Raises CollectError, NoData."""
        if not place.drift.env_files:
            raise NoData('no environment file is named: env_files = [".env"] in the config\'s [[drift]]')
        return await _POOL.run(_read_all, place)

    def by_hand(self, difference: Difference) -> str:
        """Values are not kept, so none can be put back."""
        name = difference.place.fact.removeprefix(_PREFIX)
        if difference.kind == "unreadable":
            return "let watchfloor run as a user that may read the file"
        if not difference.place.fact or not difference.place.fact.startswith(_PREFIX):
            return "bring the file back from where the values are kept, or accept it"
        if difference.kind == "added":
            return f"take {name} out of the file where nothing needs it, or accept it"
        return (
            f"set {name} again from where secrets are kept; containers and files whose facts show {difference.before} "
            "still have the agreed value"
        )


def _read_all(place: Place) -> list[Item]:
    found: Found = find(place.drift.env_files, Path(place.config.path).absolute().parent, raw_name(place.only))
    items = (_read(path, place) for path in sorted(found.paths))
    return unknown(found.unreadable, [item for item in items if item is not None])


def _read(path: str, place: Place) -> Item | None:
    name = safe_name(path)
    try:
        held = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        return Item(name=name, unreadable={"": why(error)}, kept=False)
    try:
        seen = os.fstat(held)
        if stat.S_ISDIR(seen.st_mode):
            return None
        if not stat.S_ISREG(seen.st_mode) or seen.st_size > _LARGEST_BYTES:
            return Item(name=name, unreadable={"": "it is no file of at most 1 MiB"}, kept=False)
        content = b"".join(iter(partial(os.read, held, _LARGEST_BYTES), b""))
    except OSError as error:
        return Item(name=name, unreadable={"": why(error)}, kept=False)
    finally:
        os.close(held)
    return Item(name=name, facts=rights(seen) | _digests(content, place), kept=False)


def _digests(content: bytes, place: Place) -> dict[str, Value]:
    return {
        f"{_PREFIX}{safe_name(name)}": place.digest(VALUE, value)
        for name, value in parse(content.decode("utf-8", "surrogateescape")).items()
    }
