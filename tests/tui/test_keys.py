"""Keys: one declaration, no clashes, a keymap that is checked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.keymap import check_keymap
from tui.keys import KEYS, bindings, keys_of, shown


def test_no_two_actions_want_one_key_where_both_work() -> None:
    assert check_keymap({key.id: key.keys for key in KEYS}) == []


def test_ids_are_unique() -> None:
    assert len({key.id for key in KEYS}) == len(KEYS)


def test_every_key_says_what_it_does_in_a_sentence() -> None:
    assert all(key.words and key.tooltip.endswith(".") for key in KEYS)


@pytest.mark.parametrize(
    ("keymap", "problem"),
    [
        pytest.param({}, None, id="no keymap is right"),
        pytest.param({"pane.zoom": "f11"}, None, id="a function key may zoom"),
        pytest.param({"pane.zoom": "v", "floor.window": "z"}, None, id="two actions may trade their keys"),
        pytest.param({"detail.back": "z"}, None, id="a key of another screen is free"),
        pytest.param({"pane.zom": "f11"}, "pane.zom: no such action; did you mean pane.zoom?", id="a slip is named"),
        pytest.param({"zzz": "x"}, "zzz: no such action", id="an action that does not exist is named"),
        pytest.param({"pane.zoom": ""}, "pane.zoom: no key given", id="an empty key is refused"),
        pytest.param({"pane.zoom": "not a key"}, "pane.zoom: 'not a key' is not a key", id="words are no key"),
        pytest.param({"pane.zoom": "q"}, "pane.zoom: q is already the key of app.quit", id="a taken key"),
        pytest.param(
            {"pane.zoom": "?"}, "pane.zoom: question_mark is already the key of app.help", id="? has a long name"
        ),
    ],
)
def test_a_keymap(keymap: dict[str, str], problem: str | None) -> None:
    assert check_keymap(keymap) == ([problem] if problem else [])


@given(st.dictionaries(st.sampled_from([key.id for key in KEYS]) | st.text(max_size=8), st.text(max_size=8)))
def test_any_keymap_is_answered_in_sentences(keymap: dict[str, str]) -> None:
    assert all(len(problem) > 5 for problem in check_keymap(keymap))


def test_keys_are_shown_as_people_type_them() -> None:
    by_id = {key.id: key for key in KEYS}
    assert shown(by_id["pane.filter"], {}) == "/"
    assert shown(by_id["cursor.down"], {}) == "j down"
    assert keys_of(by_id["pane.zoom"], {"pane.zoom": "f11, z"}) == ("f11", "z")


def test_bindings_carry_their_id_for_the_keymap() -> None:
    assert {getattr(binding, "id", None) for binding in bindings("table")} == {
        key.id for key in KEYS if key.scope == "table"
    }
