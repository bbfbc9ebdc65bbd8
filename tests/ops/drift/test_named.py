"""Names as one printable line, and back; and what a source gives, made fit to be written."""

import math
import os
from pathlib import Path as File

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.drift.named import raw_name, safe_name
from ops.drift.structs import Item, Path
from ops.drift.tidy import tidy, tidy_value

ANY = st.text(st.characters())


@given(st.binary(min_size=1))
def test_every_name_of_a_file_is_one_line_and_is_found_again(name: bytes) -> None:
    safe = safe_name(name)
    assert safe.isprintable()
    assert "#" not in safe
    assert os.fsencode(raw_name(safe)) == name
    assert Path.read(Path("files", safe, "mode").text) == Path("files", safe, "mode")


@given(ANY)
def test_any_text_can_be_a_name(text: str) -> None:
    assert safe_name(text).isprintable()


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        pytest.param("/etc/hosts", "/etc/hosts", id="a plain one"),
        pytest.param("a b ä", "a b ä", id="spaces and letters stay"),
        pytest.param("50%#1", "50%25%231", id="signs that mean something"),
        pytest.param("a\nb\x1b[31m", "a%0Ab%1B[31m", id="lines and escape sequences"),
        pytest.param("\u202egpj", "%E2%80%AEgpj", id="text turned around"),
        pytest.param(b"caf\xe9", "caf%E9", id="bytes of another encoding"),
    ],
)
def test_how_names_are_written(name: str | bytes, safe: str) -> None:
    assert safe_name(name) == safe


def test_what_a_source_gives_is_made_fit_to_be_written() -> None:
    item = Item(
        name="a\nb#c",
        facts={"env.\x1b": "\udcff", "list": ("\udcff", "ok"), "ratio": math.nan, "count": 2**70, "fine": "ä\n"},
        unreadable={"x": "first\nsecond"},
    )
    assert tidy(item) == Item(
        name="a%0Ab%23c",
        facts={"env.%1B": "\\udcff", "list": ("\\udcff", "ok"), "ratio": "nan", "count": str(2**70), "fine": "ä\n"},
        unreadable={"x": "first␊second"},
    )


@given(ANY | st.integers() | st.floats() | st.booleans() | st.lists(ANY).map(tuple))
def test_twice_tidy_is_as_once(value: str | int | float | bool | tuple[str, ...]) -> None:
    once = tidy_value(value)
    assert tidy_value(once) == once
    assert type(tidy_value(once)) is type(once)


def test_a_name_that_is_safe_is_left_alone(tmp_path: File) -> None:
    assert tidy(Item(name="100%25")).name == "100%25"
    (tmp_path / raw_name(safe_name("a\nb"))).touch()
    assert [safe_name(file.name) for file in tmp_path.iterdir()] == ["a%0Ab"]
