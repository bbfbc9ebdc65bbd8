"""The state of this host as a baseline and as a text: images, containers, commits, packages, mounts and the rest."""

import time
from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata
from secrets import token_hex

from collectors.base import CollectError
from collectors.text import clean
from ops.backup.errors import BackupError
from ops.config.drifted import settings, with_drift
from ops.config.structs import Config
from ops.drift.baseline import read, written
from ops.drift.capture import capture, chosen
from ops.drift.looking import here, place_of
from ops.drift.registry import discover
from ops.drift.salt import known_key_name
from ops.drift.shelf import Shelf
from ops.drift.source import DriftError
from ops.drift.structs import TEXT, Baseline, Captured, Head, Value
from ops.store.places import store_folder

_FIRST = ("git", "images", "containers")
"""What is asked for first after a disaster."""
_LINE = 400


async def captured(config: Config) -> Sequence[Captured]:
    """What each source of drift gives now. Raises BackupError."""
    every = with_drift(config)
    drift = settings(every)
    try:
        return await capture(chosen(discover(), drift), place_of(every, drift))
    except (DriftError, CollectError) as error:
        raise BackupError(error.message, error.remedy) from error


def baseline(config: Config, found: Sequence[Captured], by: str, at: float) -> bytes:
    """The same as a baseline that drift can compare with. Raises BackupError."""
    folder = store_folder(config)
    try:
        this = here(folder)
        head = Head(
            name="system", id=token_hex(6), at=at, host=this.host, machine=this.machine, user=clean(by),
            version=metadata.version("watchfloor"), salt=this.salt,
        )  # fmt: skip
        return written(Baseline(head=head, captured=tuple(found)))
    except DriftError as error:
        raise BackupError(error.message, error.remedy) from error


def agreed(config: Config) -> bytes:
    """The baseline that drift compares with; b"" where none was agreed. Raises BackupError."""
    shelf = Shelf(store_folder(config))
    try:
        return written(shelf.read().baseline) if shelf.current() else b""
    except DriftError as error:
        raise BackupError(error.message, error.remedy) from error


def counts(found: Sequence[Captured]) -> Mapping[str, int]:
    """How many things each source has."""
    return {one.source: len(one.items) for one in found if one.items}


def counts_of(content: bytes, name: str) -> Mapping[str, int]:
    """The same of a baseline that was written. Raises BackupError "damaged", also where it was changed."""
    try:
        found = read(content, name)
    except DriftError as error:
        raise BackupError(error.message, "use another backup", reason="damaged") from error
    if found.edited:
        raise BackupError(f"{name} was changed after it was taken", "use another backup", reason="damaged")
    return counts(found.baseline.captured)


def another_key(config: Config, content: bytes, name: str) -> str:
    """What to do where the digests of a baseline are by another key than this floor's; "" where they are by its own.

    Raises BackupError.
    """
    folder = store_folder(config)
    try:
        salt = read(content, name).baseline.head.salt
        if not salt or salt == known_key_name(folder):
            return ""
    except DriftError as error:
        raise BackupError(error.message, error.remedy) from error
    return (
        f"its digests of secrets are by the key of the floor that it was taken on, the file drift/key in its state "
        f"folder, which is another one than {folder}/drift/key: with that file there (a [[backup]] of the kind store "
        f"has it) drift compares them; without it every secret looks changed, until `watchfloor drift capture`"
    )


def items_of(content: bytes, name: str) -> Iterator[tuple[str, str]]:
    """Source and name of each thing in a baseline. Raises BackupError."""
    try:
        found = read(content, name)
    except DriftError as error:
        raise BackupError(error.message, "use another backup", reason="damaged") from error
    for one in found.baseline.captured:
        for item in one.items:
            yield one.source, item.name


def text(found: Sequence[Captured], host: str, at: float) -> bytes:
    """For people who have nothing but this file."""
    return "\n".join(_lines(found, host, at)).encode("utf-8", "replace") + b"\n"


def unread(found: Sequence[Captured]) -> Iterator[str]:
    """What of the host is not known, a sentence each."""
    for one in found:
        if one.unreadable:
            yield f"{one.source} is not in it: {one.unreadable}"
        if one.left_out:
            yield f"{one.left_out:,} × an item of {one.source} is not in it: there are too many"


def _lines(found: Sequence[Captured], host: str, at: float) -> Iterator[str]:
    yield f"# State of {clean(host)}, taken {time.strftime('%Y-%m-%d %H:%M:%S UTC', time.gmtime(at))}"
    by_name = {one.source: one for one in found}
    for name in (*_FIRST, *(name for name in sorted(by_name) if name not in _FIRST)):
        if name not in by_name:
            continue
        one = by_name[name]
        yield ""
        yield f"# {name}: {one.unreadable or one.nothing or len(one.items)}"
        for item in one.items:
            told = ", ".join(f"{fact}={_shown(value)}" for fact, value in item.facts.items() if fact != TEXT)
            yield clean(f"{item.name}  {told}".rstrip(), _LINE)


def _shown(value: Value) -> str:
    return " ".join(value) if isinstance(value, tuple) else str(value)
