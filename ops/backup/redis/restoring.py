"""Puts a Redis back: into spare databases, counted, then swapped in at one moment; single keys over what is there."""

import asyncio
import shlex
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from functools import partial

from collectors.redis_api.parse import parse_info
from collectors.redis_api.resp import ErrorReply
from collectors.text import clean
from ops.backup.base import Compared, Place, Restored, Source, Wish
from ops.backup.errors import BackupError
from ops.backup.redis.aiming import (
    Aim,
    aim_of,
    others,
    refuse,
    refuse_for_memory,
    refuse_full,
    refuse_several,
    spares,
)
from ops.backup.redis.copying import Copied, copy
from ops.backup.redis.programs import Program, servers
from ops.backup.redis.proving import shown
from ops.backup.redis.server import Server, ends_of, keys_of, read_server, release
from ops.backup.redis.spare import MARK, is_marked, mark, marked, sweep
from ops.backup.redis.taking import PART
from ops.backup.redis.throwaway import loaded
from ops.backup.redis.wire import Command, Wire, opened, told
from ops.backup.structs import Manifest


async def restored(place: Place, source: Source, wish: Wish) -> Restored:
    """As `Kind.restore`."""
    aim = aim_of(place, source.manifest, wish)
    async with opened(aim.address.place, aim.address.ca_file, aim.address.verify_tls) as target:
        server = await read_server(target)
        refuse(server, aim)
        await sweep(target, others(server, aim, source.manifest), place.say)
    programs = _no_newer(await servers(place), server)
    async with (
        loaded(place, source, source.part(PART), programs) as beside,
        # Anew: loading may take longer than a server lets somebody be silent, and more may be there since.
        opened(aim.address.place, aim.address.ca_file, aim.address.verify_tls) as target,
    ):
        server = await read_server(target)
        there = keys_of(await beside.info("keyspace"))
        if aim.db is not None:
            refuse_several(sorted(there))
        if wish.only:
            return await put_some(beside, target, aim, list(there))
        if wish.to and not wish.empty:
            refuse_full(server, aim, list(there))
        refuse_for_memory(server, source.manifest)
        return await put_all(beside, target, aim, server, source.manifest)


def _no_newer(found: Sequence[Program], server: Server) -> list[Program]:
    """Those whose values that server can read. Raises BackupError "version"."""
    fitting = [program for program in found if release(program.version) <= release(server.version)]
    if not fitting:
        raise BackupError(
            f"the redis-server of this host is newer than the one to restore to ({clean(server.version)}),"
            " which could not read its values",
            "install one of that version, and name its folder in programs",
            reason="version",
        )
    return fitting


async def put_some(beside: Wire, target: Wire, aim: Aim, numbers: Sequence[int]) -> Restored:
    """Single keys, each over the one that is there. Raises BackupError, which says how many were put back before."""
    copied = Copied()
    try:
        for db in sorted(numbers):
            await target.ask("SELECT", aim.into(db))
            await copy(beside, db, target, partial(_is_meant, aim.only, db), copied)
    except BackupError as error:
        sentence = f"{error.message}; {copied.keys:,} keys were put back before"
        raise BackupError(sentence, error.remedy, reason=error.reason) from error
    if not copied.keys:
        raise BackupError(
            f"no key is called {', '.join(clean(name) for name in aim.only[:5])}",
            "see which there are: watchfloor backup contents",
            reason="missing",
        )
    return Restored(compared=Compared(equal=copied.keys))


def _is_meant(only: Sequence[str], db: int, name: bytes) -> bool:
    if name == MARK:
        return False
    whole = shown(db, name)
    plain = whole.partition("/")[2]
    return any(one in (whole, plain) or fnmatchcase(whole, one) or fnmatchcase(plain, one) for one in only)


async def put_all(beside: Wire, target: Wire, aim: Aim, server: Server, manifest: Manifest) -> Restored:
    """Everything: nothing of what is there is touched until all of it is there and counted."""
    info = await beside.info("keyspace")
    every, ends = keys_of(info), ends_of(info)
    half = await marked(beside, every)
    there = {db: count for db, count in every.items() if db not in half}
    if not there:
        raise BackupError("no key of it is to be put back", "restore another backup", reason="empty")
    pairs = list(zip(sorted(there), spares(server, [aim.into(db) for db in sorted(there)]), strict=True))
    copied, begun = Copied(), list[int]()
    try:
        for db, free in pairs:
            begun.append(free)
            await _fill(beside, db, target, free, there[db], ends.get(db, 0), copied)
    except BaseException as error:
        await _given_up(aim, begun, error)
        raise
    swaps = [(aim.into(db), free) for db, free in pairs]
    kept = await _swap(target, swaps, aim)
    over = sum(count for name, count in manifest.counts.items() if name not in {f"db{db}" for db in half})
    over -= copied.keys
    notes = [f"{over:,} keys were not put back: their time is over"] if over > 0 else []
    notes += [f"db{db} of it is not put back: a restore was filling it when it was taken" for db in half]
    notes += await _functions(beside, target, aim)
    aside = [(db, free) for db, free in swaps if kept.get(free)]
    return Restored(
        compared=Compared(equal=copied.keys, notes=tuple(notes)),
        aside=", ".join(f"db{free}, which was db{db}" for db, free in aside),
        back=tuple(f"{_client(aim)} SWAPDB {db} {free}" for db, free in aside),
        drop=tuple(f"{_client(aim)} -n {free} FLUSHDB" for _, free in aside),
    )


def _client(aim: Aim) -> str:
    place = aim.address.place
    if place.path:
        return f"redis-cli -s {shlex.quote(clean(place.path))}"
    return f"redis-cli -h {clean(place.host)} -p {place.port}{' --tls' if place.tls else ''}"


async def _fill(beside: Wire, db: int, target: Wire, free: int, count: int, ending: int, copied: Copied) -> None:
    """Copy a database into an empty one and count. Of its `count` keys `ending` may end while this is done.

    Raises BackupError "mismatch".
    """
    await target.ask("SELECT", free)
    await mark(target)
    before = copied.keys
    await copy(beside, db, target, lambda _: True, copied)
    made, found = copied.keys - before, await target.ask("DBSIZE")
    found = found - await is_marked(target) if isinstance(found, int) else found
    if not isinstance(found, int) or found > made:
        await target.ask("DEL", MARK)  # it is not ours alone any more
        raise BackupError(
            f"db{free} has {found!r} keys where {made:,} of db{db} were put: someone else writes there",
            f"nothing was changed but that: empty db{free}, or restore when nobody uses it",
            reason="mismatch",
        )
    if min(made, found) < count - ending or made > count:
        raise BackupError(
            f"of {count:,} keys of db{db} only {found:,} are there after putting them back",
            "look at maxmemory and its policy, which may drop keys; what was there before is as it was",
            reason="lost",
        )


async def _given_up(aim: Aim, spare: Sequence[int], error: BaseException) -> None:
    """Take away what was put into databases that were empty before, unless someone else writes there."""
    shared = isinstance(error, BackupError) and error.reason == "mismatch"
    try:
        await asyncio.shield(_empty(aim, spare[:-1] if shared else spare))
    except BackupError as second:
        names = ", ".join(f"db{free}" for free in spare)
        said = error.message if isinstance(error, BackupError) else "the restore was broken off"
        raise BackupError(
            f"{said}; {names} could not be emptied again: {second.message}",
            f"what was there before is as it was; empty {names} with FLUSHDB",
        ) from error


async def _empty(aim: Aim, spare: Sequence[int]) -> None:
    async with opened(aim.address.place, aim.address.ca_file, aim.address.verify_tls) as wire:
        for free in spare:
            await wire.ask("SELECT", free)
            await wire.ask("FLUSHDB", "ASYNC")


async def _swap(target: Wire, pairs: Sequence[tuple[int, int]], aim: Aim) -> Mapping[int, int]:
    """All at one moment; gives how many keys each database has then, also what came until then."""
    names = ", ".join(f"db{one} with db{other}" for one, other in pairs)
    try:
        commands: list[Command] = [("MULTI",)]
        for db in (db for pair in pairs for db in pair):
            commands += [("SELECT", db), ("DEL", MARK)]
        commands += [*(("SWAPDB", one, other) for one, other in pairs), ("EXEC",), ("INFO", "keyspace")]
        done, info = (await target.run(*commands))[-2:]
    except BackupError as error:
        raise BackupError(
            f"{error.message} while {names} were swapped: whether they were is not known",
            "look which of them has the data of now; swap them by hand with SWAPDB; neither was deleted",
            reason=error.reason,
        ) from error
    if isinstance(done, ErrorReply):  # none was swapped
        refused = told(done, target.named)
        await _given_up(aim, [other for _, other in pairs], refused)
        raise refused
    wrong = [reply for reply in done if isinstance(reply, ErrorReply)] if isinstance(done, list) else []
    if wrong or not isinstance(done, list):
        said = clean(wrong[0].text, 200) if wrong else "no answer"
        raise BackupError(
            f"not all of {names} were swapped: {said}", "swap the others by hand with SWAPDB; nothing was deleted"
        )
    return keys_of(parse_info(info)) if isinstance(info, bytes) else {other: 1 for _, other in pairs}


async def _functions(beside: Wire, target: Wire, aim: Aim) -> list[str]:
    """Put functions back, which servers have since 7.0; what there is to say of it. All else is in its place."""
    dumped, listed = await beside.run(("FUNCTION", "DUMP"), ("FUNCTION", "LIST"))
    if not isinstance(dumped, bytes) or not isinstance(listed, list) or not listed:
        return []
    if aim.db is not None:
        return ["its functions are not put back: they are of the whole server, and not of one database"]
    try:
        (reply,) = await target.run(("FUNCTION", "RESTORE", dumped, "REPLACE"))
    except BackupError as error:
        return [f"whether its functions were put back is not known: {error.message}"]
    if isinstance(reply, ErrorReply):
        return [f"its functions were not put back: {clean(reply.text, 200)}"]
    return ["its functions were put back too"]
