"""JSON bodies become bounded facts, whatever is in them."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.net.body import MOST_LEAVES, json_facts, looks_like_json


def test_leaves_have_dotted_paths() -> None:
    body = b'{"status": "healthy", "checks": [{"name": "db", "ms": 1.5}], "up": true, "note": null}'
    assert json_facts(body, (), False) == {
        "json.status": "healthy",
        "json.checks.0.name": "db",
        "json.checks.0.ms": 1.5,
        "json.up": True,
        "json.note": None,
    }


def test_wanted_paths_come_first_however_many_leaves_there_are() -> None:
    body = msgspec.json.encode({f"k{number}": number for number in range(1000)})
    facts = json_facts(body, ["k900", "k901"], False)
    assert len(facts) == MOST_LEAVES
    assert list(facts)[:2] == ["json.k900", "json.k901"]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        pytest.param("a.b", 1, id="a path through objects"),
        pytest.param("c.1", "y", id="an item of a list"),
        pytest.param("d.e.f", 2, id="a key that has dots itself"),
        pytest.param("nothing.here", None, id="a path that leads nowhere is not known"),
    ],
)
def test_a_wanted_path_is_found(path: str, value: object) -> None:
    body = b'{"a": {"b": 1}, "c": ["x", "y"], "d.e": {"f": 2}}'
    assert json_facts(body, [path], False)[f"json.{path}"] == value


def test_a_wanted_path_to_an_object_is_no_fact() -> None:
    assert "json.a" not in json_facts(b'{"a": {"b": 1}}', ["a"], False)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        pytest.param(b'{"status": "heal', "the JSON is cut short", id="cut"),
        pytest.param(b"", "the body is empty", id="empty"),
        pytest.param(b"<html>", "the JSON is malformed at byte 0", id="another language"),
        pytest.param(b'{"a": 1} extra', "the JSON is malformed at byte 10", id="more behind it"),
        pytest.param(b"[" * 100_000, "the JSON is nested too deeply", id="nested without end"),
        pytest.param(b'{"a": "\xff"}', "the JSON is malformed", id="not UTF-8"),
    ],
)
def test_what_is_no_json_is_one_sentence(body: bytes, sentence: str) -> None:
    (name, value), *others = json_facts(body, ["status"], False).items()
    assert not others
    assert name == "json_error"
    assert isinstance(value, str)
    assert value.startswith(sentence)


def test_a_body_that_was_not_read_whole_is_not_parsed() -> None:
    assert json_facts(b'{"a": 1}', (), True) == {"json_error": "the body is too long to be read whole"}


def test_keys_and_values_are_inert_and_bounded() -> None:
    body = msgspec.json.encode({"\x1b]52;c;x\x07": "\x1b[2J\u202e", "k" * 10_000: "v" * 10_000})
    for name, value in json_facts(body, (), False).items():
        assert name.isprintable()
        assert len(name) <= 100
        assert str(value).isprintable()
        assert len(str(value)) <= 200


def test_what_lies_too_deep_is_left_out() -> None:
    assert json_facts(b'{"a":' * 12 + b"1" + b"}" * 12, (), False) == {}


@pytest.mark.parametrize(
    ("body", "kind", "expected"),
    [
        pytest.param(b"{", "application/json; charset=utf-8", True, id="its type says so"),
        pytest.param(b'{"a": 1}', "text/plain", True, id="it begins as an object"),
        pytest.param(b"hello", "text/plain", False, id="plain text"),
        pytest.param(b"{{ page }}", "text/html", False, id="a page"),
    ],
)
def test_json_is_recognised(body: bytes, kind: str, expected: bool) -> None:
    assert looks_like_json(body, kind) is expected


@given(st.binary(max_size=100))
def test_any_body_gives_facts(body: bytes) -> None:
    assert len(json_facts(body, ["status"], False)) <= MOST_LEAVES


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=60,
)


@given(json_values)
def test_any_json_gives_bounded_scalars(document: object) -> None:
    facts = json_facts(msgspec.json.encode(document), ["a.b"], False)
    assert len(facts) <= MOST_LEAVES
    assert all(value is None or isinstance(value, bool | int | float | str) for value in facts.values())
