"""How blobs are made small: compressed where that helps, and the sketches of an hour's minutes together."""

import zlib
from collections.abc import Mapping
from typing import Any

import msgspec

from ops.store.flat import Flat

_PLAIN, _DEFLATED = b"\x00", b"\x01"
_WORTH_TRYING = 48
_STATE = msgspec.msgpack.Decoder(dict[str, Any])
_SKETCHES = msgspec.msgpack.Decoder(tuple[bytes, list[int], bytes])


def squeeze(data: bytes) -> bytes:
    """Compress where that makes it smaller; the first byte says which."""
    if len(data) >= _WORTH_TRYING:
        small = zlib.compress(data)
        if len(small) < len(data):
            return _DEFLATED + small
    return _PLAIN + data if data else b""


def expand(data: bytes) -> bytes:
    """What was squeezed. Raises ValueError or zlib.error for anything else."""
    if not data:
        return b""
    if data[:1] == _DEFLATED:
        return zlib.decompress(memoryview(data)[1:])
    if data[:1] != _PLAIN:
        raise ValueError("neither plain nor compressed")
    return data[1:]


def pack_sketches(sketches: Mapping[int, bytes]) -> bytes:
    """Packed sketches by minute of the hour (0–59); those that are empty are left out."""
    kept = {minute: sketch for minute, sketch in sorted(sketches.items()) if sketch}
    if not kept:
        return b""
    sizes = [len(sketch) for sketch in kept.values()]
    return squeeze(msgspec.msgpack.encode((bytes(kept), sizes, b"".join(kept.values()))))


def unpack_sketches(data: bytes) -> dict[int, bytes]:
    """What `pack_sketches` was given, without the empty ones. Raises ValueError and the like for anything else."""
    if not data:
        return {}
    minutes, sizes, joined = _SKETCHES.decode(expand(data))
    found, place = {}, 0
    for minute, size in zip(minutes, sizes, strict=True):
        found[minute] = joined[place : place + size]
        place += size
    return found


def encode_state(state: Flat | None) -> bytes:
    """A row's state as it is kept by itself; b"" where it was gone."""
    return b"" if state is None else msgspec.msgpack.encode(state)


def decode_state(data: bytes) -> Flat | None:
    """What `encode_state` was given. Raises msgspec.DecodeError for anything else."""
    if not data:
        return None
    state: dict[str, Any] = _STATE.decode(data)
    return {key: tuple(value) if isinstance(value, list) else value for key, value in state.items()}
