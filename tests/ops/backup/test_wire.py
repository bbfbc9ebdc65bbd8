"""Questions and answers as lines: what is written is read again, also names that are no text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.backup.base import Wish
from ops.backup.structs import Found
from ops.backup.wire import Asked, Ended, read, written

names = st.text(st.characters(exclude_categories=())).filter(
    lambda text: text == text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
)


@given(name=names, size=st.none() | st.integers(0, 2**60))
def test_a_thing_is_one_line_whatever_it_is_called(name: str, size: int | None) -> None:
    one = Found(part="media.tar", name=name, bytes=size)
    line = written(one)
    assert line.count(b"\n") == 1
    assert read(line, Found) == one


@given(only=st.lists(names, max_size=3))
def test_a_question_is_asked_as_it_is(only: list[str]) -> None:
    asked = Asked(what="overwrites", set="shop", wish=Wish(only=tuple(only), params={"migrate": "yes"}, empty=True))
    assert read(written(asked), Asked) == asked


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(b"Traceback\n", id="no JSON"),
        pytest.param(b'{"error":1}\n', id="another type"),
        pytest.param(b"\xff\xfe\n", id="no text"),
        pytest.param(b"\n", id="nothing"),
    ],
)
def test_anything_else_is_refused(line: bytes) -> None:
    with pytest.raises(ValueError, match="it is no Ended"):
        read(line, Ended)
