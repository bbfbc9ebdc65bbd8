"""Columns, frames and sketches: what is packed comes back, any bytes are read or refused, what is quiet is small."""

import math
import zlib

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops.store.flat import Flat, Scalar, changes
from ops.store.sqlite.columns import column_of, pack_states, state_before, unpack_states
from ops.store.sqlite.frames import Coder, replay, times
from ops.store.sqlite.packing import expand, pack_sketches, squeeze, unpack_sketches
from tests.parts.stores import DAY, near, record, records, row, sketch

KEYS = ("#", "at", "level", "f:cpu", "f:odd", "t:text", "hints")
scalars: st.SearchStrategy[Scalar] = st.one_of(
    st.integers(-(2**63), 2**64 - 1), st.integers(0, 9), st.floats(), st.booleans(), st.none(), st.text(max_size=3),
    st.lists(st.text(max_size=2), max_size=2).map(tuple),
)  # fmt: skip
flats = st.dictionaries(st.sampled_from(KEYS), scalars)
steady = st.builds(
    lambda cpu, n, at: {"f:cpu": cpu, "f:odd": n, "at": at, "level": "ok"},
    st.floats(), st.integers(-9, 10**15), st.floats(1e9, 2e9),
)  # fmt: skip
hours = st.dictionaries(st.integers(0, 59), st.one_of(st.none(), flats, steady, steady), max_size=60)
REFUSED = (ValueError, zlib.error, msgspec.MsgspecError)


def alike(one: Flat, other: Flat) -> bool:
    """The same but for rounding: facts to 3e-5, `at` to the millisecond."""
    return one.keys() == other.keys() and all(
        abs(one[key] - other[key]) < 0.0011  # type: ignore[operator]  # both are floats
        if key == "at" and isinstance(one[key], float) and math.isfinite(one[key])  # type: ignore[arg-type]
        else near(one[key], other[key])  # type: ignore[arg-type]  # tuples are compared as they are
        for key in one
    )


@given(hours)
def test_states_come_back_but_for_rounding(states: dict[int, Flat | None]) -> None:
    data = pack_states(states)
    found = unpack_states(data)
    assert found.keys() == states.keys()
    for minute, state in states.items():
        other = found[minute]
        assert (state is None) == (other is None)
        assert state is None or other is None or alike(state, other), (state, other)
    for key in KEYS:
        assert dict(column_of(data, key)).keys() == {m for m, state in states.items() if state and key in state}
    for minute in (0, 17, 60):
        before = [known for known in states if known < minute]
        last = state_before(data, minute)
        assert (last and last[0]) == (max(before) if before else None)
        assert last is None or repr(last[1]) == repr(found[last[0]])


@given(st.lists(st.floats(), min_size=8, max_size=60))
def test_floats_keep_more_than_four_digits(values: list[float]) -> None:
    states: dict[int, Flat | None] = {minute: {"f:cpu": value} for minute, value in enumerate(values)}
    for minute, value in column_of(pack_states(states), "f:cpu"):
        assert math.isclose(value, values[minute], rel_tol=2**-14, abs_tol=1e-300) or near(value, values[minute])
        assert math.isinf(value) == math.isinf(values[minute])


@given(st.lists(records(), max_size=12))
def test_frames_play_back_what_was_taken(taken: list) -> None:  # type: ignore[type-arg]  # of records
    floor: dict[str, Flat] = {}
    coder = Coder(floor)
    frames, stood = [], []
    for each in taken:
        coder.add(each, floor)
        frames.append(coder.frame())
        stood.append({row_id: dict(flat) for row_id, flat in floor.items()})
        assert times(frames[-1]) == [each.at]
    for number, shown in enumerate(stood):
        assert repr_of(replay(frames[: number + 1])) == repr_of(shown)


def repr_of(floor: dict[str, Flat]) -> dict[str, list[str]]:
    """Comparable also where there is nan; -0.0 is 0.0."""
    return {row_id: sorted(f"{key}={value!r}".replace("=-0.0", "=0.0") for key, value in flat.items())
            for row_id, flat in floor.items()}  # fmt: skip


def test_a_later_segment_begins_with_all_rows() -> None:
    floor: dict[str, Flat] = {}
    Coder(floor).add(record(DAY, row(), row("service:web")), floor)
    coder = Coder(floor)
    coder.add(record(DAY + 1, row(reason="new")), floor)
    coder.add(record(DAY + 2, row(reason="newer")), floor)
    frame = coder.frame()
    assert replay([frame]) == floor
    assert replay([frame], DAY + 1)["service:api"]["reason"] == "new"
    assert replay([frame], DAY + 0.5).keys() == floor.keys()


@given(flats, flats)
def test_changes_make_one_of_the_other(before: Flat, after: Flat) -> None:
    changed, removed = changes(before, after)
    made = {key: value for key, value in (before | changed).items() if key not in removed}
    assert repr_of({"": made}) == repr_of({"": after})


@given(st.dictionaries(st.integers(0, 59), st.binary(max_size=300)))
def test_sketches_of_an_hour_come_back(sketches: dict[int, bytes]) -> None:
    assert unpack_sketches(pack_sketches(sketches)) == {minute: data for minute, data in sketches.items() if data}


@settings(max_examples=300)
@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_are_read_or_refused(data: bytes, squeezed: bool) -> None:
    given_bytes = squeeze(data) if squeezed else data
    for reads in (unpack_states, unpack_sketches, times, lambda each: replay([each]), expand):
        try:
            reads(given_bytes)
        except REFUSED:
            continue


@given(st.binary(max_size=400))
def test_what_is_squeezed_comes_back(data: bytes) -> None:
    assert expand(squeeze(data)) == data


def test_a_quiet_hour_is_small() -> None:
    state: Flat = {"#": 0, "id": "service:api", "kind": "service", "level": "ok", "f:status": 200}
    hour: dict[int, Flat | None] = {m: state | {"at": DAY + m * 60 + 53.2, "f:s": 0.012 + m / 9999} for m in range(60)}
    assert len(pack_states(hour)) < 60 * 6
    assert len(pack_sketches({minute: sketch(0.012, 0.0121, 0.013) for minute in range(60)})) < 60 * 3


def test_bytes_of_no_kind_are_refused() -> None:
    with pytest.raises(ValueError, match="neither plain nor compressed"):
        expand(b"\x07abc")
