"""Captures files by glob: what they are, who may do what with them, and what is in them."""

from collections.abc import Sequence
from pathlib import Path

from collectors.base import NoData
from collectors.threads import DaemonPool
from ops.drift.base import ITEMS, Place, Source
from ops.drift.host.globbing import Found, find
from ops.drift.host.reading import FileReader
from ops.drift.named import raw_name, safe_name
from ops.drift.structs import Difference, Item

_POOL = DaemonPool(2, name="drift-host-files")
_AT_ONCE = 100


class Files(Source):
    """Files that `files` and `secret_files` mean; of the latter a salted digest stands for what is in them."""

    name = "files"
    title = "files, their content, modes and owners"
    group = "files"

    async def capture(self, place: Place) -> Sequence[Item]:
        """Find them, then read some at a time, so that it can be told how far it is. Raises CollectError, NoData."""
        drift = place.drift
        if not (drift.files or drift.secret_files):
            raise NoData('no file is named: files = ["/etc/hosts"] in the config\'s [[drift]]')
        plain = await _POOL.run(_found, drift.files, place)
        secret = await _POOL.run(_found, drift.secret_files, place)
        reader = FileReader(place)
        paths = sorted(plain.paths | secret.paths)
        read: list[Item] = []
        for begin in range(0, min(len(paths), ITEMS), _AT_ONCE):
            some = paths[begin : min(begin + _AT_ONCE, ITEMS)]
            read += await _POOL.run(_read, reader, some, secret.paths)
            place.tell(len(read) / len(paths))
        # What is over the limit is counted by its name.
        return [
            *unknown(plain.unreadable | secret.unreadable, read),
            *(Item(name=safe_name(path)) for path in paths[ITEMS:]),
        ]

    def by_hand(self, difference: Difference) -> str:
        """Where what was in it is not kept, it must come from elsewhere."""
        return what_to_do(difference)


def what_to_do(difference: Difference) -> str:
    """What a person should do about a file."""
    if difference.kind == "unreadable":
        return "let watchfloor run as a user that may read it, or leave it out of the config"
    if difference.place.fact == "size_bytes" or not difference.kept:
        return "the baseline holds no text of it: bring it back from a backup or a deployment, or accept it"
    if difference.place.fact == "kind":
        return "look at what took its place, move it away, then detect again: what is missing can be restored"
    return "compare it with where it comes from, then put it right there, or accept it"


def unknown(unreadable: dict[str, str], read: list[Item]) -> list[Item]:
    """The items, and one for each folder that could not be looked into: what is below it is not known."""
    dark = {safe_name(path): reason for path, reason in unreadable.items()}
    seen = [_dark(item, dark.pop(item.name)) if item.name in dark else item for item in read]
    return [*seen, *(Item(name=name, unreadable={"": reason}) for name, reason in dark.items())]


def _dark(item: Item, reason: str) -> Item:
    return Item(name=item.name, facts=item.facts, unreadable={**item.unreadable, "": reason}, kept=item.kept)


def _found(globs: Sequence[str], place: Place) -> Found:
    return find(globs, Path(place.config.path).absolute().parent, raw_name(place.only))


def _read(reader: FileReader, paths: Sequence[str], secret: set[str]) -> list[Item]:
    items = (reader.item(path, secret=path in secret) for path in paths)
    return [item for item in items if item is not None]
