"""What a memcached says is read within bounds, whatever it is."""

import asyncio
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.base import CollectError
from collectors.deltas import Sample
from collectors.memcached import Memcached, MemcachedConfig
from collectors.memcached_api.parse import counters, integer, life, parse_stats, server_facts
from tests.parts.servers import blurting

LINES = st.lists(
    st.one_of(
        st.binary(max_size=60),
        st.builds(
            lambda name, value: b"STAT " + name + b" " + value,
            st.sampled_from([b"get_hits", b"bytes", b"limit_maxbytes", b"pid", b"time", b"uptime", b"max_connections"]),
            st.one_of(st.integers().map(lambda number: str(number).encode()), st.binary(max_size=30)),
        ),
    ),
    max_size=20,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("42", 42, id="a number"),
        pytest.param("-1", None, id="counters are not negative"),
        pytest.param("1.5", None, id="no fraction"),
        pytest.param("٣", None, id="only plain digits"),
        pytest.param(str(2**64 - 1), 2**64 - 1, id="the largest"),
        pytest.param(str(2**64), None, id="beyond 64 bits"),
        pytest.param("9" * 5000, None, id="far beyond"),
    ],
)
def test_numbers(text: str, value: int | None) -> None:
    assert integer({"a": text}, "a") == value


def test_what_is_no_figure_is_left_out() -> None:
    assert parse_stats([b"STAT a 1", b"STAT b", b"ITEM c 1", b"", b"STAT d e f"]) == {"a": "1", "d": "e f"}


@given(LINES, LINES)
def test_any_lines_make_facts(before: list[bytes], after: list[bytes]) -> None:
    first, second = parse_stats(before), parse_stats(after)
    one, two = Sample(1.0, counters(first)), Sample(2.0, counters(second))
    facts = server_facts(second, "1", 0.1, one, two)
    assert life(second) == life(second)
    ratio = facts["hit_ratio"]
    assert ratio is None or 0 <= float(ratio) <= 1
    assert server_facts(second, "1", 0.1, None, two)["evictions_per_s"] is None


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(st.binary(max_size=300), LINES.map(lambda lines: b"VERSION 1\r\n" * 4 + b"\r\n".join(lines) + b"\r\n"))
)
async def test_any_peer_ends_in_a_reading_or_a_sentence(said: bytes) -> None:
    async with blurting(said) as port:
        cache = Memcached(MemcachedConfig(name="cache", port=port), {})
        with suppress(CollectError, TimeoutError):
            async with asyncio.timeout(0.05):
                await cache.collect()
        await cache.close()
