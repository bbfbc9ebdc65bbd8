"""A stream into a target and back: whole, small in memory, and nothing but what was taken is ever the end of it."""

from collections.abc import AsyncIterator, Mapping
from hashlib import sha256

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from collectors.backup import BackupConfig
from collectors.base import Secret
from ops.backup import manifest as manifests
from ops.backup.base import Source, Stream
from ops.backup.errors import BackupError
from ops.backup.keys import new_data_key, new_key
from ops.backup.pipeline import Packing, source_of, store
from ops.backup.structs import Manifest, Part
from tests.parts.kept_in_memory import MemoryTarget, settings

BACKUP, OTHER = "20261121T020000Z-1a2b3c", "20261122T020000Z-1a2b3c"
KEY = {"key": Secret(new_key())}
PLAIN: dict[str, Secret] = {}


async def pieces(data: bytes, step: int = 700, error: BackupError | None = None) -> AsyncIterator[bytes]:
    for at in range(0, len(data), step):
        yield data[at : at + step]
    if error:
        raise error


def stream(data: bytes, *, name: str = "files.tar", secret: bool = False, error: BackupError | None = None) -> Stream:
    return Stream(
        name=name, what="files", format="tar", pieces=pieces(data, error=error), secret=secret, entries=lambda: 3
    )


async def take(
    target: MemoryTarget,
    parts: Mapping[str, bytes],
    secrets: Mapping[str, Secret],
    config: BackupConfig | None = None,
    backup: str = BACKUP,
) -> Manifest:
    """As a run does it."""
    config = config or settings()
    made = new_data_key(config, secrets, backup)
    data_key, sealing = made or (None, None)
    writing = await target.begin(backup, 0)
    packing = Packing.of(config, backup, data_key)
    stored = [await store(stream(data, name=name), writing, packing) for name, data in parts.items()]
    manifest = Manifest(
        id=backup,
        set="shop",
        kind="files",
        at=0,
        ended_at=1,
        took_s=1,
        host="web-1",
        parts=tuple(stored),
        sealing=sealing,
    )
    await writing.commit(manifests.written(manifest, data_key))
    return manifest


async def whole(source: Source, part: Part) -> bytes:
    return b"".join([piece async for piece in source.open(part)])


async def read_part(target: MemoryTarget, secrets: Mapping[str, Secret], part: str) -> bytes:
    source = await source_of(target, BACKUP, settings(), secrets)
    return await whole(source, source.part(part))


async def damage(target: MemoryTarget, secrets: Mapping[str, Secret], part: str = "files.tar") -> str:
    """What is said of a backup whose bytes are others; it must be said."""
    with pytest.raises(BackupError) as told:
        await read_part(target, secrets, part)
    assert told.value.reason == "damaged", told.value.message
    assert told.value.remedy
    return told.value.message


BOTH = pytest.mark.parametrize("secrets", [pytest.param(PLAIN, id="in clear"), pytest.param(KEY, id="sealed")])
LEVELS = pytest.mark.parametrize("level", [0, 3])


@BOTH
@LEVELS
async def test_what_was_stored_is_read_again(secrets: Mapping[str, Secret], level: int) -> None:
    target, data = MemoryTarget(), bytes(range(256)) * 20_000
    manifest = await take(target, {"files.tar": data, "b": b"x"}, secrets, settings(compression=level))
    source = await source_of(target, BACKUP, settings(), secrets)
    assert source.manifest == manifest
    for part, wanted in zip(source.manifest.parts, (data, b"x"), strict=True):
        assert await whole(source, part) == wanted
        assert (part.plain_bytes, part.plain_digest) == (len(wanted), sha256(wanted).hexdigest())
        assert (part.compressed, part.sealed, part.entries) == (level > 0, bool(secrets), 3)
    stored = await target.sizes(BACKUP)
    assert sorted(stored.values()) == sorted(part.stored_bytes for part in manifest.parts)


async def test_an_unsealed_part_can_be_read_without_watchfloor() -> None:
    target = MemoryTarget()
    await take(target, {"files.tar": b"shop" * 5000}, PLAIN)
    (name,) = target.parts[BACKUP]
    assert name == "files.tar.zst"
    assert zstandard.ZstdDecompressor().decompressobj().decompress(target.parts[BACKUP][name]) == b"shop" * 5000


async def test_a_sealed_part_shows_nothing_of_what_is_in_it() -> None:
    target = MemoryTarget()
    await take(target, {"files.tar": b"password" * 5000}, KEY, settings(compression=0))
    assert b"password" not in target.parts[BACKUP]["files.tar.wf"]


@BOTH
@LEVELS
@given(draw=st.data())
async def test_any_bit_flipped_and_any_cut_of_any_part_is_damaged(
    secrets: Mapping[str, Secret], level: int, draw: st.DataObject
) -> None:
    target = MemoryTarget()
    await take(
        target, {"files.tar": draw.draw(st.binary(min_size=1, max_size=2000))}, secrets, settings(compression=level)
    )
    (name,) = target.parts[BACKUP]
    stored = bytearray(target.parts[BACKUP][name])
    at = draw.draw(st.integers(0, len(stored) * 8 - 1))
    stored[at // 8] ^= 1 << at % 8
    cut, more = bytes(stored[: at // 8]), target.parts[BACKUP][name] + b"\0"
    for changed in (bytes(stored), cut, more):
        target.parts[BACKUP][name] = changed
        assert await damage(target, secrets)


@BOTH
async def test_parts_that_changed_places_are_damaged(secrets: Mapping[str, Secret]) -> None:
    target = MemoryTarget()
    await take(target, {"a": b"one" * 1000, "b": b"two" * 1000}, secrets)
    first, second = target.parts[BACKUP]
    parts = target.parts[BACKUP]
    parts[first], parts[second] = parts[second], parts[first]
    assert await damage(target, secrets, "a")


async def test_a_part_of_another_backup_is_damaged() -> None:
    target = MemoryTarget()
    await take(target, {"files.tar": b"one" * 1000}, KEY)
    await take(target, {"files.tar": b"one" * 1000}, KEY, backup=OTHER)
    target.parts[BACKUP] = target.parts[OTHER]
    assert await damage(target, KEY)


async def test_a_manifest_of_another_set_or_backup_is_damaged() -> None:
    target = MemoryTarget()
    manifest = await take(target, {"files.tar": b"one"}, PLAIN)
    target.manifests[BACKUP] = manifests.written(replace(manifest, set="other"))
    assert "another set" in await damage(target, PLAIN)
    target.manifests[BACKUP] = manifests.written(replace(manifest, id=OTHER))
    assert await damage(target, PLAIN)


async def test_what_decompresses_to_more_than_was_taken_is_damaged() -> None:
    target = MemoryTarget()
    manifest = await take(target, {"files.tar": b"one" * 1000}, PLAIN)
    bomb = zstandard.ZstdCompressor().compress(bytes(50 * 2**20))
    part = replace(manifest.parts[0], stored_bytes=len(bomb), digest=sha256(bomb).hexdigest())
    target.manifests[BACKUP] = manifests.written(replace(manifest, parts=(part,)))
    target.parts[BACKUP]["files.tar.zst"] = bomb
    assert "longer" in await damage(target, PLAIN)


async def test_a_wrong_key_is_said_before_any_part_is_read() -> None:
    target = MemoryTarget()
    await take(target, {"files.tar": b"one"}, KEY)
    target.parts.clear()
    with pytest.raises(BackupError) as told:
        await source_of(target, BACKUP, settings(), {"key": Secret(new_key())})
    assert told.value.reason == "key"


async def test_a_part_that_is_gone_is_missing_and_not_damaged() -> None:
    target = MemoryTarget()
    await take(target, {"files.tar": b"one"}, PLAIN)
    source = await source_of(target, BACKUP, settings(), PLAIN)
    target.parts[BACKUP].clear()
    with pytest.raises(BackupError) as told:
        await whole(source, source.manifest.parts[0])
    assert told.value.reason == "missing"


@BOTH
async def test_a_program_that_fails_after_its_last_byte_is_no_part(secrets: Mapping[str, Secret]) -> None:
    target = MemoryTarget()
    writing = await target.begin(BACKUP, 0)
    made = new_data_key(settings(), secrets, BACKUP)
    packing = Packing.of(settings(), BACKUP, made[0] if made else None)
    with pytest.raises(BackupError, match="ended with 1"):
        await store(stream(b"half", error=BackupError("pg_dump ended with 1")), writing, packing)
    assert not target.parts[BACKUP]


async def test_not_one_byte_is_a_failure() -> None:
    writing = await MemoryTarget().begin(BACKUP, 0)
    with pytest.raises(BackupError) as told:
        await store(stream(b""), writing, Packing(backup=BACKUP))
    assert told.value.reason == "empty"


async def test_secrets_are_never_stored_in_clear() -> None:
    target = MemoryTarget()
    writing = await target.begin(BACKUP, 0)
    with pytest.raises(BackupError, match="never taken without encryption") as told:
        await store(stream(b"PASSWORD=x", secret=True), writing, Packing.of(settings(), BACKUP, None))
    assert told.value.reason == "refused"
    assert not target.parts[BACKUP]
    itself = Packing.of(settings(), BACKUP, None, seals=True)
    part = await store(stream(b"PASSWORD=x", secret=True), writing, itself)
    assert (part.compressed, part.sealed) == (False, False), "as it is, into a target that encrypts"


async def test_a_target_that_wrote_less_is_found() -> None:
    target = MemoryTarget()

    class Forgetful(type(await target.begin(BACKUP, 0))):  # type: ignore[misc]
        async def put(self, name: str, pieces: AsyncIterator[bytes]) -> int:
            await super().put(name, pieces)
            return 1

    with pytest.raises(BackupError) as told:
        await store(stream(b"one" * 100), Forgetful(target, BACKUP), Packing(backup=BACKUP, level=0))
    assert told.value.reason == "lost"


async def test_whoever_watches_hears_of_plain_bytes() -> None:
    heard: list[int] = []
    writing = await MemoryTarget().begin(BACKUP, 0)
    await store(stream(bytes(2000)), writing, Packing(backup=BACKUP), heard.append)
    assert heard[-1] == 2000
