"""Natural numbers come back from their bytes, wherever long ones stand among short ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.varint import numbers, pack

_NATURAL = st.one_of(st.integers(0, 127), st.integers(0, 2**70))


@given(st.lists(_NATURAL, max_size=40))
def test_what_is_packed_is_read(values: list[int]) -> None:
    assert numbers(pack(values)) == values


@given(st.lists(_NATURAL, max_size=8), st.integers(128, 2**40))
def test_what_ends_within_a_number_is_refused(values: list[int], last: int) -> None:
    with pytest.raises(ValueError, match="cut off"):
        numbers(pack([*values, last])[:-1])
