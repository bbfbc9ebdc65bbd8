"""Sealed streams: the same comes out, and whatever is changed, cut, moved or taken from another is found."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.backup import sealing
from ops.backup.errors import BackupError
from ops.backup.keys import DataKey
from ops.backup.sealing import Sealer, Unsealer
from ops.backup.stages import Stage

KEY = DataKey(bytes(range(32)))
BACKUP, PART = "20261121T020000Z-1a2b3c", "a.tar"
CHUNK = 64
SEALED_CHUNK = CHUNK + 16


@pytest.fixture(autouse=True, scope="module")
def _small_chunks() -> object:
    """So that a few bytes are many chunks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sealing, "CHUNK_BYTES", CHUNK)
        yield


def run(stage: Stage, data: bytes, step: int = 50) -> bytes:
    """All that comes out, fed in pieces."""
    made = [piece for at in range(0, len(data), step) for piece in stage.feed(data[at : at + step])]
    return b"".join([*made, *stage.end()])


def sealed(data: bytes, part: str = PART, backup: str = BACKUP, key: DataKey = KEY) -> bytes:
    return run(Sealer(key, backup, part), data)


def unsealed(data: bytes, part: str = PART, backup: str = BACKUP, key: DataKey = KEY, step: int = 50) -> bytes:
    return run(Unsealer(key, backup, part), data, step)


def is_damaged(data: bytes, part: str = PART, backup: str = BACKUP) -> None:
    """It is said, and never anything handed on as whole."""
    with pytest.raises(BackupError) as told:
        unsealed(data, part, backup)
    assert told.value.reason == "damaged"


def head_bytes(data: bytes) -> int:
    return 12 + int.from_bytes(data[8:12], "big")


def chunks(data: bytes) -> list[bytes]:
    return [data[at : at + SEALED_CHUNK] for at in range(head_bytes(data), len(data), SEALED_CHUNK)]


@given(st.binary(max_size=5 * CHUNK), st.integers(1, 3 * CHUNK))
def test_what_was_sealed_comes_out_again_however_it_is_cut_into_pieces(data: bytes, step: int) -> None:
    assert unsealed(sealed(data), step=step) == data


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK])
def test_sizes_around_whole_chunks(size: int) -> None:
    data = bytes(size)
    assert unsealed(sealed(data)) == data
    assert len(chunks(sealed(data))) == max(1, -(-size // CHUNK)), "no empty chunk but of an empty stream"


@given(st.binary(max_size=3 * CHUNK), st.data())
def test_any_bit_flipped_is_found(data: bytes, draw: st.DataObject) -> None:
    made = bytearray(sealed(data))
    at = draw.draw(st.integers(0, len(made) * 8 - 1))
    made[at // 8] ^= 1 << at % 8
    is_damaged(bytes(made))


@pytest.mark.parametrize(
    ("size", "at", "said"),
    [
        pytest.param(3 * CHUNK, 0, "a chunk of it is not what was sealed", id="a chunk in the middle"),
        pytest.param(3 * CHUNK, -1, "its last chunk is not what was sealed, or its end is cut off", id="the last"),
        pytest.param(9, 0, "it is not what was sealed, or its end is cut off", id="the only one"),
    ],
)
def test_what_is_damaged_is_told_as_exactly_as_it_is_known(size: int, at: int, said: str) -> None:
    whole = sealed(bytes(size))
    made = bytearray(whole)
    made[at if at < 0 else head_bytes(whole) + at] ^= 1
    with pytest.raises(BackupError) as told:
        unsealed(bytes(made))
    assert told.value.message == said


@given(st.binary(max_size=3 * CHUNK), st.data())
def test_any_cut_is_found(data: bytes, draw: st.DataObject) -> None:
    made = sealed(data)
    is_damaged(made[: draw.draw(st.integers(0, len(made) - 1))])


@given(st.binary(max_size=3 * CHUNK), st.binary(min_size=1, max_size=2 * CHUNK))
def test_anything_after_its_end_is_found(data: bytes, more: bytes) -> None:
    is_damaged(sealed(data) + more)


@given(st.permutations(range(4)), st.integers(0, 3))
def test_chunks_in_another_order_left_out_or_repeated_are_found(order: list[int], which: int) -> None:
    made = sealed(bytes(4 * CHUNK))
    head, found = made[: head_bytes(made)], chunks(made)
    if order != sorted(order):
        is_damaged(head + b"".join(found[index] for index in order))
    is_damaged(head + b"".join(found[:which] + found[which + 1 :]))
    is_damaged(head + b"".join([*found[:which], found[which], *found[which:]]))


CHANGES: tuple[object, ...] = (
    pytest.param(lambda one, other: other[: head_bytes(other)] + b"".join(chunks(one)), id="the head of another"),
    pytest.param(
        lambda one, other: one[: head_bytes(one)] + b"".join([chunks(one)[0], *chunks(other)[1:]]),
        id="a chunk of another that was sealed by the same key",
    ),
)


@pytest.mark.parametrize("change", CHANGES)
def test_nothing_of_another_fits(change: Callable[[bytes, bytes], bytes]) -> None:
    data = bytes(range(200))
    is_damaged(change(sealed(data), sealed(data)))


def test_another_part_or_backup_or_key_does_not_open_it() -> None:
    made = sealed(b"shop")
    is_damaged(made, part="b.tar")
    is_damaged(made, backup="20261122T020000Z-1a2b3c")
    with pytest.raises(BackupError):
        unsealed(made, key=DataKey(bytes(32)))


def test_two_sealings_of_one_thing_are_different() -> None:
    assert sealed(b"shop") != sealed(b"shop")


def test_a_head_that_claims_much_is_refused_before_memory_is_taken() -> None:
    is_damaged(sealing.MAGIC + (2**32 - 1).to_bytes(4, "big"))
    made = sealed(b"shop")
    for claim in (b"0", b"-1", b"99999999999"):
        text = made[12 : head_bytes(made)].replace(b'"chunk_bytes":64', b'"chunk_bytes":' + claim)
        is_damaged(sealing.MAGIC + len(text).to_bytes(4, "big") + text + made[head_bytes(made) :])


def test_a_stream_has_an_end() -> None:
    stage = Sealer(KEY, BACKUP, PART)
    chunks_made = stage._chunks
    chunks_made._count = 2**32
    with pytest.raises(BackupError, match="4 PiB"):
        list(stage.end())
