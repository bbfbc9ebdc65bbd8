"""Takes definitions of a RabbitMQ, proves them in virtual hosts of their own, and puts them back."""

import asyncio
import os
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence

from collectors.text import clean
from ops.backup.base import About, Compared, Place, Restored, Source, Stream, Wish
from ops.backup.errors import BackupError
from ops.backup.locks import here, is_dead
from ops.backup.rabbitmq.broker import Broker, opened
from ops.backup.rabbitmq.definitions import (
    Definitions,
    Thing,
    as_definitions,
    chosen,
    counts,
    damaged,
    differences,
    of_vhost,
    possible,
    read,
    things,
    version_of,
    without_secrets,
    written,
)
from ops.backup.stages import closing
from ops.backup.structs import Manifest, Overwrite

PART = "definitions.json"
_MOST_BYTES = 64 * 2**20
_SCRATCH = "wf_verify_"


async def taken(place: Place, about: About) -> AsyncGenerator[Stream, None]:
    """The one part. As `Kind.take`."""
    async with opened(place) as broker:
        about.subject, about.at = broker.subject, time.time()
        found = await broker.definitions()
    secret = _is_sealed(place)
    if not secret:
        found, notes = without_secrets(found)
        about.notes += notes
    about.notes.append("messages are not in it")
    about.versions["server"] = version_of(found)
    about.counts |= counts(found)
    yield Stream(
        name=PART,
        what="definitions: users, queues, exchanges, policies",
        format="json",
        pieces=_once(written(found)),
        entries=lambda: len(things(found)),
        secret=secret,
    )


def _is_sealed(place: Place) -> bool:
    backup = place.backup
    key = backup.key_env or backup.key_file or backup.key_command or backup.recipients
    return bool(backup.encrypt or key or backup.target.startswith("restic:"))


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def definitions_in(source: Source) -> Definitions:
    """What a backup has. Raises BackupError."""
    content = b""
    async with closing(source.open(source.part(PART))) as pieces:
        async for piece in pieces:
            content += piece
            if len(content) > _MOST_BYTES:
                raise damaged("they are longer than any")
    found = read(content)
    taken_counts = dict(source.manifest.counts)
    if counts(found) != taken_counts:
        raise damaged("they name more or less than was counted")
    return found


async def drilled(place: Place, source: Source) -> Compared:
    """As `Kind.drill`: what each virtual host has is made anew in one of ours, read back, and deleted."""
    found = await definitions_in(source)
    equal, different = 0, list[str]()
    async with opened(place) as broker:
        await _sweep(broker)
        for vhost in sorted(str(one.get("name", "")) for one in found.get("vhosts", ())):
            wanted = things(of_vhost(found, vhost))
            if wanted:
                there = things(await _made_anew(broker, of_vhost(found, vhost)))
                wrong = differences(wanted, there)
                different += [f"in virtual host {clean(vhost)}: {words}" for words in wrong]
                equal += len(wanted) - len(wrong)
    rest = len(things(found)) - equal - len(different)
    notes = (f"{rest} users, rights, virtual hosts and parameters were read, and not made: there is one broker only",)
    return Compared(equal=equal, differences=tuple(different), notes=notes if rest else ())


async def _made_anew(broker: Broker, definitions: Definitions) -> Definitions:
    name = f"{_SCRATCH}{os.urandom(4).hex()}"
    try:
        await broker.make_vhost(name, here())
        await broker.give(definitions, name)
        return of_vhost(await broker.definitions(name), name)
    finally:
        await asyncio.shield(_dropped(broker, name))


async def _dropped(broker: Broker, name: str) -> None:
    if name in await broker.vhosts():
        await broker.drop_vhost(name)


async def _sweep(broker: Broker) -> None:
    """Delete those that a drill left which was killed."""
    for name, owner in (await broker.vhosts()).items():
        if name.startswith(_SCRATCH) and is_dead(owner):
            await broker.drop_vhost(name)


async def overwritten(place: Place, manifest: Manifest, wish: Wish) -> Sequence[Overwrite]:
    """As `Kind.overwrites`: a line for each list."""
    async with opened(place, wish.to) as broker:
        _refuse_foreign(broker, manifest, wish)
        there = await broker.definitions()
    now = counts(there)
    return [
        Overwrite(
            what=f"{section.replace('_', ' ')} of {broker.subject}",
            now=f"{now[section]:,}" if section in now else "not there",
            then=f"those of {count:,} that are other or missing as they were taken; all others stay",
        )
        for section, count in manifest.counts.items()
        if not wish.only or section in wish.only or not set(wish.only) <= set(manifest.counts)
    ]


def _refuse_foreign(broker: Broker, manifest: Manifest, wish: Wish) -> None:
    if not wish.to and broker.subject != manifest.subject:
        raise BackupError(
            f"it is of {clean(manifest.subject)}, and this would go to {broker.subject}",
            "say so where that is meant: --to and the name of the [[rabbitmq]]",
            reason="refused",
        )


async def restored(place: Place, source: Source, wish: Wish) -> Restored:
    """As `Kind.restore`: what is other or missing is given to the broker, and read back; nothing is deleted."""
    found = await definitions_in(source)
    async with opened(place, wish.to) as broker:
        _refuse_foreign(broker, source.manifest, wish)
        before = things(await broker.definitions())
        given, notes = possible(chosen(found, wish.only), before)
        wanted = {name: thing for name, thing in given.items() if differences({name: thing}, before)}
        if wanted:
            try:
                await broker.give(as_definitions(wanted, version_of(found)))
            except BackupError as error:
                raise await _taken_back(broker, before, error) from error
        after = await _read_back(broker, len(wanted))
    left = differences(given, after)
    return Restored(compared=Compared(equal=len(given) - len(left), differences=_told(left), notes=tuple(notes)))


async def _read_back(broker: Broker, given: int) -> Mapping[str, tuple[str, Thing]]:
    """What is there afterwards. Where it can't be read that is no reason to believe that nothing was changed."""
    try:
        return things(await broker.definitions())
    except BackupError as error:
        if not given:
            raise
        raise BackupError(
            f"{given} things were put back, and then could not be read back: {error.message}",
            f"{error.remedy}; then see whether all is there (the password of the config's user may be an old one now)",
            reason=error.reason,
        ) from error


def _told(left: Sequence[str]) -> tuple[str, ...]:
    """A queue or exchange that is there with other arguments can't be changed: RabbitMQ leaves it as it is."""
    kinds = ("queue ", "exchange ")
    return tuple(
        f"{words}: delete it first, once it is empty" if words.startswith(kinds) and "other" in words else words
        for words in left
    )


async def _taken_back(broker: Broker, before: Mapping[str, tuple[str, Thing]], error: BackupError) -> BackupError:
    """What was changed until it failed is given back as it was; what to say of the rest."""
    try:
        now = things(await broker.definitions())
        changed = {name: before[name] for name in before if name in now and now[name] != before[name]}
        if changed:
            await broker.give(as_definitions(changed, ""))
    except BackupError as second:
        return BackupError(
            f"{error.message}; what was put back until then could not be looked at or taken back ({second.message})",
            "restore again, or the safety backup; nothing was deleted", reason=error.reason,
        )  # fmt: skip
    added = sorted(name for name in now if name not in before)
    if not added:
        return BackupError(f"{error.message}; all is as it was before", error.remedy, reason=error.reason)
    return BackupError(
        f"{error.message}; {len(added)} things were put back before, such as {added[0]}; all else is as it was",
        error.remedy,
        reason=error.reason,
    )
