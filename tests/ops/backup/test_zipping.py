"""zstd: what comes out is what went in, other tools can read it, and nothing that lies takes memory or is believed."""

import os

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from ops.backup.errors import BackupError
from ops.backup.stages import Stage
from ops.backup.zipping import Unzipper, Zipper


def run(stage: Stage, data: bytes, step: int = 1000) -> bytes:
    made = [piece for at in range(0, len(data), step) for piece in stage.feed(data[at : at + step])]
    return b"".join([*made, *stage.end()])


def is_damaged(data: bytes) -> None:
    with pytest.raises(BackupError) as told:
        run(Unzipper(), data)
    assert told.value.reason == "damaged"


@given(st.binary(max_size=5000), st.integers(1, 3000), st.integers(1, 12))
def test_what_was_compressed_comes_out_again(data: bytes, step: int, level: int) -> None:
    made = run(Zipper(level), data, step)
    assert run(Unzipper(), made, step) == data
    assert zstandard.ZstdDecompressor().decompressobj().decompress(made) == data


def test_much_that_compresses_well_and_much_that_does_not() -> None:
    data = os.urandom(3 * 2**20) + bytes(5 * 2**20) + b"order,paid\n" * 200_000
    assert run(Unzipper(), run(Zipper(3), data, 2**20), 70_001) == data


def test_the_highest_level_can_be_read() -> None:
    data = b"order,paid\n" * 1000 + os.urandom(1000)
    assert run(Unzipper(), run(Zipper(19), data)) == data


def test_a_piece_of_zeros_is_never_handed_on_as_gigabytes() -> None:
    made = run(Zipper(3), bytes(64 * 2**20), 2**20)
    assert len(made) < 8000
    sizes = [len(piece) for piece in Unzipper().feed(made)]
    assert sum(sizes) == 64 * 2**20
    assert max(sizes) <= 2**20


@given(st.binary(min_size=1, max_size=3000), st.data())
def test_any_cut_is_found(data: bytes, draw: st.DataObject) -> None:
    made = run(Zipper(3), data)
    is_damaged(made[: draw.draw(st.integers(0, len(made) - 1))])


@given(st.binary(max_size=3000), st.binary(min_size=1, max_size=100))
def test_anything_after_its_end_is_found(data: bytes, more: bytes) -> None:
    is_damaged(run(Zipper(3), data) + more)


@given(st.binary(max_size=300))
def test_anything_else_is_damaged(data: bytes) -> None:
    is_damaged(data)


def test_two_frames_are_not_one() -> None:
    made = run(Zipper(3), b"shop" * 1000)
    is_damaged(made + made)


def test_a_window_that_takes_much_memory_is_refused() -> None:
    parameters = zstandard.ZstdCompressionParameters.from_level(3, window_log=27)
    made = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    is_damaged(made.compress(b"shop" * 10) + made.flush())
