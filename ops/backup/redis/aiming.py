"""Where a snapshot of Redis is to go, what is there, and why it may not go there."""

from collections.abc import Sequence

import msgspec

from collectors.text import clean
from ops.backup.base import Place, Wish
from ops.backup.errors import BackupError
from ops.backup.redis.server import Address, Server, address_of, read_server
from ops.backup.redis.spare import left
from ops.backup.redis.wire import opened
from ops.backup.structs import Manifest, Overwrite
from ops.figures import size


class Aim(msgspec.Struct, frozen=True):
    """Where to, and into which database each one goes."""

    address: Address
    only: tuple[str, ...]
    db: int | None = None
    """All goes into this one."""

    def into(self, db: int) -> int:
        """The database that another's keys go into."""
        return db if self.db is None else self.db


def aim_of(place: Place, manifest: Manifest, wish: Wish) -> Aim:
    """Read a wish: `to` is "db5", or the name of another `[[redis]]`. Raises BackupError "refused"."""
    number = wish.to.removeprefix("db")
    if wish.to.startswith("db") and number.isascii() and number.isdecimal():
        refuse_several(taken(manifest))
        return Aim(address_of(place), wish.only, int(number))
    address = address_of(place, wish.to)
    if not wish.to and manifest.subject != address.subject:
        raise BackupError(
            f"it is of {clean(manifest.subject)}, and this would go to {address.subject}",
            f"say so where that is meant: --to {clean(address.target.partition(':')[2])}",
            reason="refused",
        )
    return Aim(address, wish.only)


def refuse_several(numbers: Sequence[int]) -> None:
    """Raises BackupError where they are too many to go into one."""
    if len(numbers) > 1:
        names = ", ".join(f"db{one}" for one in numbers)
        raise BackupError(
            f"it has more than one database ({names}), which can't all go into one", "name no other place",
            reason="refused",
        )  # fmt: skip


def taken(manifest: Manifest) -> list[int]:
    """Numbers of the databases that were counted."""
    numbers = (name.removeprefix("db") for name in manifest.counts)
    return sorted(int(number) for number in numbers if number.isdecimal())


def others(server: Server, aim: Aim, manifest: Manifest) -> dict[int, int]:
    """Keys by database of those that nothing goes into: what it goes into is never taken for a leftover. Pure."""
    into = {aim.into(db) for db in taken(manifest)}
    return {db: count for db, count in server.keys.items() if db not in into}


async def overwritten(place: Place, manifest: Manifest, wish: Wish) -> Sequence[Overwrite]:
    """As `Kind.overwrites`."""
    aim = aim_of(place, manifest, wish)
    async with opened(aim.address.place, aim.address.ca_file, aim.address.verify_tls) as wire:
        server = await read_server(wire)
        swept = await left(wire, others(server, aim, manifest))  # the restore empties them first
    server = msgspec.structs.replace(server, keys={db: n for db, n in server.keys.items() if db not in swept})
    refuse(server, aim)
    numbers = taken(manifest) or sorted(server.keys) or [0]
    if wish.to and not wish.only and not wish.empty:
        refuse_full(server, aim, numbers)
    if wish.only:
        then = f"{len(wish.only)} keys or patterns of keys as they were taken"
        loses = "" if not wish.to else "the values that these keys have now"
        return [_overwrite(aim, server, aim.into(db), then, loses) for db in numbers]
    spare = spares(server, [aim.into(db) for db in numbers])
    return [
        _overwrite(aim, server, aim.into(db), f"{_keys(manifest, db)}; what is there moves to db{aside}", "")
        for db, aside in zip(numbers, spare, strict=True)
    ]


def _keys(manifest: Manifest, db: int) -> str:
    count = manifest.counts.get(f"db{db}")
    return "its keys, which were not counted" if count is None else f"{count:,} keys"


def _overwrite(aim: Aim, server: Server, db: int, then: str, loses: str) -> Overwrite:
    now = f"{server.keys[db]:,} keys" if server.keys.get(db) else "not there"
    return Overwrite(what=f"db{db} of {aim.address.subject}", now=now, then=then, loses=loses)


def refuse(server: Server, aim: Aim) -> None:
    """Raises BackupError for a server that can't be restored to."""
    if not server.is_primary:
        raise BackupError(
            f"{aim.address.subject} is a replica, which takes no writes", "restore to its primary", reason="refused"
        )
    if server.cluster and not aim.only:
        raise BackupError(
            f"{aim.address.subject} is a node of a cluster, where databases can't be swapped",
            "put the snapshot into its folder as dump.rdb while it is stopped; watchfloor backup cat gives it",
            reason="refused",
        )


def refuse_full(server: Server, aim: Aim, numbers: Sequence[int]) -> None:
    """Raises BackupError where one of the databases that it would go to has keys."""
    for db in numbers:
        if count := server.keys.get(aim.into(db)):
            raise BackupError(
                f"db{aim.into(db)} of {aim.address.subject} is not empty: it has {count:,} keys",
                "name another place, or say that it may be written over",
                reason="refused",
            )


def spares(server: Server, wanted: Sequence[int]) -> list[int]:
    """Empty databases to fill before they are swapped in, one for each. Raises BackupError "refused"."""
    free = [db for db in reversed(range(server.databases)) if db not in server.keys and db not in wanted]
    if beyond := [db for db in wanted if db >= server.databases]:
        raise BackupError(
            f"there is no db{beyond[0]}: this Redis has {server.databases} databases",
            "raise databases in redis.conf and restart it",
            reason="refused",
        )
    if len(free) < len(wanted):
        raise BackupError(
            f"{len(wanted)} empty databases are needed to restore beside what is there, and {len(free)} are left",
            "raise databases in redis.conf and restart it, or empty some that nobody needs",
            reason="refused",
        )
    return free[: len(wanted)]


def refuse_for_memory(server: Server, manifest: Manifest) -> None:
    """Raises BackupError "full" where beside what is there it has no room: Redis would drop keys that are in use."""
    wanted = manifest.facts.get("memory_bytes", 0)
    left = server.memory_limit_bytes - server.memory_bytes
    if server.memory_limit_bytes and isinstance(wanted, int) and wanted > left:
        raise BackupError(
            f"it needs up to {size(wanted)} beside what is there, and maxmemory leaves {size(max(0, left))}",
            "raise maxmemory for the while of the restore (CONFIG SET maxmemory), or name another Redis",
            reason="full",
        )
