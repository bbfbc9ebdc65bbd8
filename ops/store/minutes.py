"""Counts by minute in a few bytes: what an hour's (or a day's) slot keeps so that slices and edges stay exact."""

from collections.abc import Iterable, Iterator

from collectors.varint import numbers, pack


def pack_minutes(minutes: Iterable[tuple[int, int, int]]) -> bytes:
    """Pack (minute within the step, total, failed), rising; each as the gap to the one before, total, failed.

    A minute with a total of 0 was watched; one that is not there was not.
    """
    packed: list[int] = []
    before = -1
    for minute, total, failed in minutes:
        packed += (minute - before - 1, total, failed)
        before = minute
    return pack(packed)


def unpack_minutes(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Give (minute within the step, total, failed) as they were packed. Raises ValueError for anything else."""
    flat = numbers(data)
    if len(flat) % 3:
        raise ValueError("counts by minute that are cut off")
    minute = -1
    for place in range(0, len(flat), 3):
        minute += flat[place] + 1
        yield minute, flat[place + 1], flat[place + 2]
