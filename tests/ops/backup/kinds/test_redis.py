"""A Redis is taken as a replica would get it, proven by loading it, and put back beside what is there."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from ops.backup.base import Place, Source, Wish
from ops.backup.errors import BackupError
from ops.backup.kinds.redis import RedisKind
from ops.demo.servers import RedisServer
from tests.parts.redis_backups import COUNTS, ODD, client, everything, fill, set_of
from tests.parts.tree_backups import found, taken

KIND = RedisKind()


@pytest.fixture(params=["redis_server", "redis_of_system"])
def each(request: pytest.FixtureRequest) -> Iterator[RedisServer]:
    """Each Redis in turn with all kinds of keys, empty afterwards."""
    server = request.getfixturevalue(request.param)
    assert isinstance(server, RedisServer)
    fill(server)
    yield server
    client(server).flushall()


@pytest.fixture
def filled(redis_server: RedisServer) -> Iterator[RedisServer]:
    """The usual one with all kinds of keys, empty afterwards."""
    fill(redis_server)
    yield redis_server
    client(redis_server).flushall()


async def test_all_of_it_is_taken_counted_and_proven(each: RedisServer, tmp_path: Path) -> None:
    server = each
    place = set_of(server, tmp_path / "scratch")
    it = await taken(KIND, place)
    (part,) = it.manifest.parts
    assert dict(it.manifest.counts) == COUNTS
    assert (part.name, part.entries) == ("dump.rdb", 16)
    assert it.manifest.subject == f"redis:cache at 127.0.0.1:{server.port}"
    assert await KIND.check(place, it, part) == ""
    compared = await KIND.drill(place, it)
    assert (compared.equal, compared.differences) == (16, ())
    assert list((tmp_path / "scratch").iterdir()) == []
    names = {one.name: one for one in await found(KIND, place, it)}
    assert len(names) == 16
    assert "db0/no-utf8-\\xff␍␊␀" in names
    assert (names["db3/other"].kind, names["db3/other"].bytes) == ("key", 9)


async def test_what_was_lost_is_put_back_with_its_ends_and_what_came_since_stays_beside_it(
    each: RedisServer, tmp_path: Path
) -> None:
    server = each
    place = set_of(server, tmp_path / "scratch")
    before = everything(server), everything(server, 3)
    it = await taken(KIND, place)
    client(server).delete("text", "list", ODD)
    client(server).set("since", "then")
    then = everything(server)
    lines = await KIND.overwrites(place, it.manifest, Wish())
    assert [(line.what, line.now) for line in lines] == [
        (f"db0 of redis:cache at 127.0.0.1:{server.port}", "12 keys"),
        (f"db3 of redis:cache at 127.0.0.1:{server.port}", "2 keys"),
    ]
    done = await KIND.restore(place, it, Wish())
    assert (everything(server), everything(server, 3)) == before
    assert done.compared.equal == 16
    assert done.aside == "db15, which was db0, db14, which was db3"
    assert done.back == tuple(f"redis-cli -h 127.0.0.1 -p {server.port} SWAPDB {pair}" for pair in ("0 15", "3 14"))
    assert everything(server, 15) == then
    assert list((tmp_path / "scratch").iterdir()) == []


async def test_single_keys_are_put_back_over_those_that_are_there(filled: RedisServer, tmp_path: Path) -> None:
    place = set_of(filled, tmp_path / "scratch")
    before = everything(filled)
    it = await taken(KIND, place)
    client(filled).set("text", "ruined")
    client(filled).delete("many scores", "scores")
    done = await KIND.restore(place, it, Wish(only=("db0/text", "*scores")))
    assert done.compared.equal == 3
    assert everything(filled) == before
    with pytest.raises(BackupError, match="no key is called nothing"):
        await KIND.restore(place, it, Wish(only=("nothing",)))


def _active_expire(server: RedisServer, value: str) -> None:
    client(server).execute_command("DEBUG", "SET-ACTIVE-EXPIRE", value)  # type: ignore[no-untyped-call]


async def test_keys_whose_time_is_over_are_proven_and_not_put_back(filled: RedisServer, tmp_path: Path) -> None:
    one = client(filled)
    one.flushall()
    one.set("stays", "x")
    one.set("ends", "x", px=1)
    _active_expire(filled, "0")
    one.set("ends", "x", px=1)
    try:
        place = set_of(filled, tmp_path / "scratch")
        it = await taken(KIND, place)
        assert dict(it.manifest.counts) == {"db0": 2}
        assert (await KIND.drill(place, it)).equal == 2
        done = await KIND.restore(place, it, Wish())
        assert (done.compared.equal, done.compared.notes) == (1, ("1 keys were not put back: their time is over",))
    finally:
        _active_expire(filled, "1")


def _changed(whole: bytes) -> bytes:
    at = whole.index(b"value") + 2
    return whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(_changed, id="one bit is another"),
        pytest.param(lambda whole: whole[:-100], id="its end is missing"),
        pytest.param(lambda whole: b"x" * len(whole), id="it is something else"),
    ],
)
async def test_what_is_damaged_is_found_by_check_and_drill_and_never_put_back(
    change: Callable[[bytes], bytes], filled: RedisServer, tmp_path: Path
) -> None:
    place = set_of(filled, tmp_path / "scratch")
    it = await taken(KIND, place, change)
    before = everything(filled)
    assert await KIND.check(place, it, it.manifest.parts[0])
    for attempt in (KIND.drill(place, it), KIND.restore(place, it, Wish())):
        with pytest.raises(BackupError) as told:
            await attempt
        assert told.value.reason == "damaged"
    assert everything(filled) == before
    assert client(filled).info("keyspace").keys() == {"db0", "db3"}


async def test_a_key_too_few_in_a_drill_is_a_difference(filled: RedisServer, tmp_path: Path) -> None:
    place = set_of(filled, tmp_path / "scratch")
    it = await taken(KIND, place)
    more = Source(manifest=replace(it.manifest, counts={"db0": 15, "db3": 2}), open=it.open)
    compared = await KIND.drill(place, more)
    assert compared.differences == ("db0 has 14 keys, 15 were taken",)


async def test_where_it_may_not_go_is_said_before_anything_is_touched(
    filled: RedisServer, own_redis: RedisServer, tmp_path: Path
) -> None:
    place = set_of(filled, tmp_path / "scratch")
    it = await taken(KIND, place)
    elsewhere = set_of(own_redis, tmp_path / "scratch")
    own = client(own_redis)

    async def refused(wish: Wish) -> BackupError:
        with pytest.raises(BackupError) as told:
            await KIND.overwrites(elsewhere, it.manifest, wish)
        with pytest.raises(BackupError):
            await KIND.restore(elsewhere, it, wish)
        return told.value

    assert (await refused(Wish())).reason == "refused"
    assert "more than one database" in (await refused(Wish(to="db5"))).message
    own.set("mine", "x")
    assert "is not empty: it has 1 keys" in (await refused(Wish(to="cache"))).message
    own.config_set("maxmemory", own.info("memory")["used_memory"] + 1000)
    error = await _failed(elsewhere, it, Wish(to="cache", empty=True))
    assert (error.reason, own.keys("*")) == ("full", [b"mine"])
    own.config_set("maxmemory", 0)
    for db in range(1, 16):
        client(own_redis, db).set("taken", "x")
    assert "2 empty databases are needed" in (await refused(Wish(to="cache", empty=True))).message
    own.flushall()
    own.replicaof("127.0.0.1", 1)
    assert "is a replica" in (await refused(Wish(to="cache"))).message
    own.replicaof("NO", "ONE")
    done = await KIND.restore(elsewhere, it, Wish(to="cache"))
    assert (done.compared.equal, done.aside) == (16, "")
    assert everything(own_redis) == everything(filled)


async def _failed(place: Place, it: Source, wish: Wish) -> BackupError:
    with pytest.raises(BackupError) as told:
        await KIND.restore(place, it, wish)
    return told.value


async def test_a_redis_that_is_gone_or_wants_another_password_is_said_in_words(
    own_redis: RedisServer, tmp_path: Path
) -> None:
    place = set_of(own_redis, tmp_path / "scratch")
    client(own_redis).config_set("requirepass", "another")
    with pytest.raises(BackupError) as told:
        await taken(KIND, place)
    assert told.value.reason == "auth"
    own_redis.stop()
    with pytest.raises(BackupError) as gone:
        await taken(KIND, place)
    assert gone.value.reason == "unreachable"


async def test_a_user_without_the_right_to_a_snapshot_is_told_which_it_needs(
    own_redis: RedisServer, tmp_path: Path
) -> None:
    place = set_of(own_redis, tmp_path / "scratch")
    client(own_redis).acl_setuser(
        "default", enabled=True, nopass=True, keys=["*"], commands=["+@all", "-sync", "-psync"]
    )
    with pytest.raises(BackupError) as told:
        await taken(KIND, place)
    assert (told.value.reason, "+sync" in told.value.remedy) == ("auth", True)


async def test_programs_that_are_not_there_are_said(filled: RedisServer, tmp_path: Path) -> None:
    it = await taken(KIND, set_of(filled, tmp_path / "scratch"))
    bare = set_of(filled, tmp_path / "scratch", programs=str(tmp_path))
    with pytest.raises(BackupError) as told:
        await KIND.drill(bare, it)
    assert told.value.reason == "missing"


async def test_what_may_not_be_swapped_in_leaves_nothing_behind(own_redis: RedisServer, tmp_path: Path) -> None:
    fill(own_redis)
    place = set_of(own_redis, tmp_path / "scratch")
    it = await taken(KIND, place)
    client(own_redis).set("since", "then")
    before = everything(own_redis)
    client(own_redis).acl_setuser("default", enabled=True, nopass=True, keys=["*"], commands=["+@all", "-swapdb"])
    with pytest.raises(BackupError):
        await KIND.restore(place, it, Wish())
    assert everything(own_redis) == before
    assert everything(own_redis, 15) == everything(own_redis, 14) == {}


async def test_a_snapshot_that_is_cut_on_its_way_is_no_backup(tmp_path: Path) -> None:
    async def cuts(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            if line.strip() == b"SYNC":
                writer.write(b"\n\n$1000\r\nREDIS0009\xfe\x00")
                break
            if line.strip() in (b"CLIENT", b"CONFIG", b"INFO", b"REPLCONF"):
                writer.write(b"$13\r\nrole:master\r\n\r\n" if line.strip() == b"INFO" else b"+OK\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(cuts, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        one = RedisServer(tmp_path, port, None, Path("/nowhere"))
        with pytest.raises(BackupError) as told:
            await taken(KIND, set_of(one, tmp_path / "scratch"))
        assert told.value.reason == "lost"
