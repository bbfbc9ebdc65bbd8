"""What the terminal answers is taken out of what is typed, wherever it falls; all else is read as before."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual.message import Message

from tui.terminal.keys_in import FloorParser
from tui.terminal.pace import ANSWER


def _read(*chunks: str) -> tuple[list[Message], int]:
    answers: list[None] = []
    parser = FloorParser(lambda: answers.append(None))
    found = [event for chunk in chunks if (text := parser.without_answers(chunk)) for event in parser.feed(text)]
    return found, len(answers)


def _keys(found: list[Message]) -> str:
    return "".join(event.character or "" for event in found if isinstance(event, events.Key))


@given(st.lists(st.integers(0, 6), max_size=3), st.integers(1, 4))
def test_keys_around_an_answer_are_all_that_is_read(at: list[int], size: int) -> None:
    text = "jkljkl"
    for place in sorted(at, reverse=True):
        text = text[:place] + ANSWER + text[place:]
    found, answers = _read(*[text[start : start + size] for start in range(0, len(text), size)])
    assert (_keys(found), answers) == ("jkljkl", len(at))


@pytest.mark.parametrize("cut", range(1, len(ANSWER)))
def test_an_answer_that_comes_in_two_reads_is_no_key(cut: int) -> None:
    found, answers = _read("j" + ANSWER[:cut], ANSWER[cut:] + "k")
    assert (_keys(found), answers) == ("jk", 1)


def test_an_answer_in_the_midst_of_a_paste_is_not_pasted() -> None:
    found, answers = _read(f"\x1b[200~some {ANSWER}text\x1b[201~x")
    pasted = [event.text for event in found if isinstance(event, events.Paste)]
    assert (pasted, answers) == (["some text"], 1)


def test_other_sequences_are_read_as_before() -> None:
    found, answers = _read("\x1b[A\x1b[<35;3;4M")
    assert [type(event) for event in found] == [events.Key, events.MouseMove]
    assert answers == 0
