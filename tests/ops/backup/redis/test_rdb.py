"""A snapshot of Redis is read in whatever pieces it comes, and what is no snapshot is said to be damaged."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.backup.errors import BackupError
from ops.backup.redis.lzf import unpacked
from ops.backup.redis.rdb import Key, RdbReader
from ops.demo.servers import RedisServer
from tests.parts.redis_backups import COUNTS, ODD, client, fill


def _read(*pieces: bytes) -> tuple[list[Key], RdbReader]:
    reader = RdbReader()
    found = [key for piece in pieces for key in reader.feed(piece)]
    reader.finish()
    return found, reader


def _saved(server: RedisServer) -> bytes:
    fill(server)
    client(server).save()
    client(server).flushall()
    return (Path(server.directory) / "dump.rdb").read_bytes()


@pytest.mark.parametrize("fixture", ["redis_server", "redis_of_system"])
def test_all_keys_of_each_kind_are_found_with_their_sizes_and_ends(
    fixture: str, request: pytest.FixtureRequest
) -> None:
    whole = _saved(request.getfixturevalue(fixture))
    keys, reader = _read(whole)
    assert {f"db{db}": count for db, count in reader.counts.items()} == COUNTS
    by_name = {key.name: key for key in keys}
    assert {key.kind for key in keys} == {"string", "list", "set", "zset", "hash", "stream"}
    assert by_name[b"k" * 300].kind == "string"
    assert by_name[ODD].bytes == 21
    assert by_name[b"ends"].expires_at is not None
    assert sum(key.bytes for key in keys) < len(whole) <= sum(key.bytes for key in keys) + 2000
    for size in (1, 7, 4096):
        pieces = [whole[at : at + size] for at in range(0, len(whole), size)]
        assert _read(*pieces)[0] == keys


def test_what_is_cut_or_longer_or_something_else_is_said() -> None:
    whole = b"REDIS0009\xfa\x09redis-ver\x056.2.1\xfe\x00\xfb\x01\x00\x00\x01k\x01v\xff" + b"\0" * 8
    assert [key.name for key in _read(whole)[0]] == [b"k"]
    for length in range(len(whole)):
        with pytest.raises(BackupError, match="its end is missing"):
            _read(whole[:length])
    for wrong in (whole + b"x", b"MYSQL0009" + whole[9:], whole.replace(b"\x00\x01k", b"\x00\xc7k")):
        with pytest.raises(BackupError) as told:
            _read(wrong)
        assert told.value.reason == "damaged"
    with pytest.raises(BackupError) as newer:
        _read(whole.replace(b"\x00\x01k", b"\x40\x01k"))
    assert newer.value.reason == "newer"


@given(st.binary(max_size=300))
def test_no_bytes_at_all_do_more_than_raise_an_error_of_ours(noise: bytes) -> None:
    with pytest.raises(BackupError):
        _read(b"REDIS0010" + noise)


@pytest.mark.parametrize(
    ("packed", "plain"),
    [
        pytest.param(b"\x02abc", b"abc", id="plain bytes"),
        pytest.param(b"\x00a\xe0\x0a\x00", b"a" + b"a" * 19, id="a long run that repeats itself"),
        pytest.param(b"\x02abc\x20\x02", b"abcabc", id="a short one"),
        pytest.param(b"\x20\x05", b"", id="what points back before the beginning"),
        pytest.param(b"\xe0", b"", id="what is cut"),
    ],
)
def test_packed_texts(packed: bytes, plain: bytes) -> None:
    assert unpacked(packed, 100) == plain
