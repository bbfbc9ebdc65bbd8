"""The sanitizer: whatever comes from the world, nothing of it that harms a terminal is left.

WATCHFLOOR_HOSTILE=1000000 lets the strings be a million.
"""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.base import Entity, Reading
from collectors.polling.inert import FACT_LIMIT, sanitize
from collectors.text import LINE_LIMIT, NAME_LIMIT, clean, clean_lines, no_formula
from tests.parts.hostile import harmful, hostile

COUNT = int(os.environ.get("WATCHFLOOR_HOSTILE", "20000"))
"""Hostile strings in one run."""
SEED = int(os.environ.get("WATCHFLOOR_SEED", "1"))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("shop", "shop", id="plain"),
        pytest.param("é 漢 👍", "é 漢 👍", id="letters and signs of all kinds"),
        pytest.param("\x1b[2J\x07\x00", "␛[2J␇␀", id="controls are shown as pictures"),
        pytest.param("a\x7fb\x9bc\u202ed\u200be", "a␡b�c�d�e", id="C1, bidi and invisible signs"),
        pytest.param("a\nb\r\u2028c", "a␊b␍�c", id="one line stays one"),
        pytest.param("\ud800x\ue000\u0378", "�x��", id="what is no character"),
        pytest.param("a\tb", "a    b", id="a tab is four blanks"),
        pytest.param(b"\xff\x1b", "�␛", id="bytes"),
        pytest.param(None, "None", id="anything"),
    ],
)
def test_one_line(text: object, shown: str) -> None:
    assert clean(text) == shown


def test_a_long_one_is_cut_and_says_so() -> None:
    assert clean("x" * 201) == "x" * 199 + "…"
    assert clean("x" * 200) == "x" * 200
    assert len(clean("\t" * 500)) <= NAME_LIMIT


def test_lines_are_bounded_and_counted() -> None:
    assert clean_lines("a\r\nb\x1b\nc\nd", lines=2) == "a\nb␛\n… 2 more lines"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@sum", "＝1", "－1"])
def test_what_a_spreadsheet_would_take_for_a_formula_is_marked_as_text(text: str) -> None:
    assert no_formula(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "api", "a=1", "1-2", "'=1"])
def test_what_is_no_formula_stays_as_it_is(text: str) -> None:
    assert no_formula(text) == text


def test_none_of_many_hostile_strings_gets_through() -> None:
    seen = 0
    for text in hostile(COUNT, SEED):
        line, lines = clean(text), clean_lines(text, lines=5)
        assert not harmful(line), repr(text)
        assert not harmful(lines, allowed="\n"), repr(text)
        assert len(line) <= NAME_LIMIT, repr(text)
        assert all(len(each) <= LINE_LIMIT for each in lines.split("\n"))
        assert len(lines.split("\n")) <= 6
        (line + lines).encode()
        seen += 1
    assert seen == COUNT


def test_none_gets_through_a_whole_reading() -> None:
    for text in hostile(COUNT // 20, SEED + 1):
        told = sanitize(
            Reading((Entity(kind=text, name=text, key=text, facts={text: text}, texts={text: text}, hints=(text,)),))
        )
        (entity,) = told.entities
        plain = [entity.kind, entity.name, entity.key, *entity.facts, *map(str, entity.facts.values()), *entity.hints]
        assert not any(harmful(each) for each in (*plain, *entity.texts)), repr(text)
        assert not any(harmful(each, allowed="\n") for each in entity.texts.values()), repr(text)
        assert all(len(each) <= max(FACT_LIMIT, LINE_LIMIT) for each in plain)


@given(st.text(alphabet=st.characters()) | st.binary())
def test_any_text_becomes_inert_and_stays_so(text: object) -> None:
    once = clean(text)
    assert not harmful(once)
    assert clean(once) == once
