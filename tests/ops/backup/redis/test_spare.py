"""What a restore of a Redis that was killed left is known for what it is: said, emptied, and never anybody else's."""

import socket
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from ops.backup.base import Wish
from ops.backup.errors import BackupError
from ops.backup.kinds.redis import RedisKind
from ops.backup.locks import here
from ops.backup.redis import restoring, spare
from ops.backup.redis.aiming import Aim
from ops.backup.redis.copying import copy
from ops.backup.redis.spare import MARK
from ops.backup.redis.wire import Wire
from ops.demo.servers import RedisServer
from tests.parts.redis_backups import client, everything, fill, set_of
from tests.parts.tree_backups import taken

KIND = RedisKind()
DEAD = f"{socket.gethostname()}/999999999/1"


async def test_what_a_restore_that_was_killed_left_is_said_and_emptied_by_the_next(
    own_redis: RedisServer, tmp_path: Path
) -> None:
    fill(own_redis)
    said = list[str]()
    place = replace(set_of(own_redis, tmp_path / "scratch"), say=said.append)
    it = await taken(KIND, place)
    for db, owner in ((15, DEAD), (14, here())):
        client(own_redis, db).mset({MARK: owner, b"half": b"x"})
    again = await taken(KIND, place)
    assert [note for note in again.manifest.notes if "was killed left" in note] == [
        "db15 has what a restore that was killed left: the next one empties it (or redis-cli -n 15 FLUSHDB)"
    ]
    lines = await KIND.overwrites(place, it.manifest, Wish())
    assert [line.then.rpartition(" ")[2] for line in lines] == ["db15", "db13"]
    client(own_redis).set("since", "then")
    done = await KIND.restore(place, it, Wish())
    assert said == ["db15 is emptied: a restore that was killed left 2 keys there"]
    assert (done.compared.equal, done.compared.notes) == (16, ())
    assert everything(own_redis, 14).keys() == {MARK, b"half"}
    assert b"since" in everything(own_redis, 15)
    assert not [db for db in (0, 3, 13, 15) if client(own_redis, db).exists(MARK)]
    assert done.drop == tuple(f"redis-cli -h 127.0.0.1 -p {own_redis.port} -n {db} FLUSHDB" for db in (15, 13))
    done = await KIND.restore(place, again, Wish())
    assert (done.compared.equal, done.compared.notes) == (
        16,
        tuple(f"db{db} of it is not put back: a restore was filling it when it was taken" for db in (14, 15)),
    )


async def test_what_is_filled_says_by_whom_until_it_is_swapped_in(
    own_redis: RedisServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(own_redis)
    place = set_of(own_redis, tmp_path / "scratch")
    it = await taken(KIND, place)

    async def killed(*_: object) -> None:
        raise KeyError("as if it were killed")

    monkeypatch.setattr(restoring, "_swap", killed)
    with pytest.raises(KeyError):
        await KIND.restore(place, it, Wish())
    assert client(own_redis, 15).get(MARK) == here().encode()
    monkeypatch.undo()
    monkeypatch.setattr(spare, "is_dead", lambda owner: owner == here())
    done = await KIND.restore(place, it, Wish())
    assert done.aside == "db15, which was db0, db14, which was db3"
    assert not [db for db in range(16) if client(own_redis, db).exists(MARK)]


async def test_what_a_restore_goes_into_is_never_taken_for_a_leftover(own_redis: RedisServer, tmp_path: Path) -> None:
    fill(own_redis)
    place = set_of(own_redis, tmp_path / "scratch")
    it = await taken(KIND, place)
    client(own_redis).mset({MARK: DEAD, b"since": b"then"})
    assert [line.now for line in await KIND.overwrites(place, it.manifest, Wish())] == ["16 keys", "2 keys"]
    await KIND.restore(place, it, Wish())
    assert client(own_redis, 15).get("since") == b"then"
    assert not client(own_redis, 15).exists(MARK)


async def test_what_came_while_the_spare_databases_were_filled_is_told_as_aside(
    own_redis: RedisServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(own_redis)
    place = set_of(own_redis, tmp_path / "scratch")
    it = await taken(KIND, place)
    client(own_redis).flushall()

    async def with_another(source: Wire, db: int, target: Wire, *others: Any) -> None:
        await copy(source, db, target, *others)
        client(own_redis).set("since", "then")

    monkeypatch.setattr(restoring, "copy", with_another)
    done = await KIND.restore(place, it, Wish())
    assert done.aside == "db15, which was db0"
    assert done.back == (f"redis-cli -h 127.0.0.1 -p {own_redis.port} SWAPDB 0 15",)
    assert everything(own_redis, 15).keys() == {b"since"}


async def test_several_databases_that_were_not_counted_never_go_into_one(
    own_redis: RedisServer, tmp_path: Path
) -> None:
    fill(own_redis)
    place = set_of(own_redis, tmp_path / "scratch")
    it = await taken(KIND, place)
    uncounted = replace(it, manifest=replace(it.manifest, counts={}))
    with pytest.raises(BackupError, match=r"more than one database \(db0, db3\)"):
        await KIND.restore(place, uncounted, Wish(to="db5"))
    assert everything(own_redis, 5) == {}


class _Says:
    """A connection that gives these replies; broken where it has none."""

    def __init__(self, *replies: object) -> None:
        self.replies, self.asked = replies, list[object]()

    async def run(self, *commands: object) -> list[object]:
        self.asked += commands
        if not self.replies:
            raise BackupError("it closed the connection", "look at it", reason="lost")
        return list(self.replies)


async def test_functions_are_put_back_with_all_of_it_alone_and_never_make_it_look_undone() -> None:
    whole, other = Aim(None, ()), Aim(None, (), 5)  # type: ignore[arg-type]
    beside, target = _Says(b"dumped", [b"library"]), _Says()
    [told] = await restoring._functions(beside, target, other)  # type: ignore[arg-type]
    assert told.startswith("its functions are not put back")
    assert target.asked == []
    [told] = await restoring._functions(beside, target, whole)  # type: ignore[arg-type]
    assert told == "whether its functions were put back is not known: it closed the connection"


async def test_who_writes_into_a_spare_database_meanwhile_loses_nothing(
    own_redis: RedisServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(own_redis)
    place = set_of(own_redis, tmp_path / "scratch")
    it = await taken(KIND, place)

    async def with_another(source: Wire, db: int, target: Wire, *others: Any) -> None:
        await copy(source, db, target, *others)
        if db == 3:
            client(own_redis, 14).set("somebody's", "x")

    monkeypatch.setattr(restoring, "copy", with_another)
    with pytest.raises(BackupError, match="someone else writes there") as told:
        await KIND.restore(place, it, Wish())
    assert told.value.reason == "mismatch"
    assert client(own_redis, 14).keys("somebody*") == [b"somebody's"]
    assert not client(own_redis, 14).exists(MARK)
    assert everything(own_redis, 15) == {}
