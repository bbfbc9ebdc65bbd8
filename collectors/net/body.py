"""Turns the body of an HTTP answer into facts: the leaves of its JSON, and whether expected text is in it."""

from collections.abc import Iterable, Iterator

import msgspec

from collectors.base import Value
from collectors.text import clean

MOST_LEAVES = 32
MOST_DEPTH = 8
_KEY_LIMIT = 80


def json_facts(body: bytes, wanted: Iterable[str], cut: bool) -> dict[str, Value]:
    """Give "json.<dotted.path>" for each scalar leaf of a JSON body: the `wanted` paths first, at most 32 in all.

    A list's items are counted from 0 ("checks.0.name"). What is no JSON gives one fact "json_error", a sentence.
    """
    if cut:
        return {"json_error": "the body is too long to be read whole"}
    try:
        document = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return {"json_error": _sentence(body, error)}
    except RecursionError:
        return {"json_error": "the JSON is nested too deeply"}
    facts: dict[str, Value] = {}
    for path in wanted:
        found = _at(document, path)
        if not isinstance(found, dict | list):
            facts[f"json.{path}"] = _scalar(found)
    for path, value in _leaves(document, MOST_DEPTH):
        if len(facts) >= MOST_LEAVES:
            break
        facts.setdefault(f"json.{path}", value)
    return facts


def _sentence(body: bytes, error: Exception) -> str:
    if not body.strip():
        return "the body is empty"
    if "truncated" in str(error):
        return "the JSON is cut short"
    return f"the JSON is malformed at byte {_place(error)}" if _place(error) else "the JSON is malformed"


def _place(error: Exception) -> str:
    digits = "".join(char for char in str(error).rpartition("(byte ")[2] if char.isdecimal())
    return digits


def _scalar(value: object) -> Value:
    if value is None or isinstance(value, bool | int | float):
        return value
    return clean(value)


def _children(value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        yield from ((str(index), item) for index, item in enumerate(value))


def _leaves(value: object, depth: int, prefix: str = "") -> Iterator[tuple[str, Value]]:
    """Every scalar with its dotted path, parents before children's children; deeper than `depth` is left out."""
    for key, child in _children(value):
        path = prefix + clean(key, _KEY_LIMIT)
        if not isinstance(child, dict | list):
            yield path, _scalar(child)
        elif depth > 1:
            yield from _leaves(child, depth - 1, f"{path}.")


def _at(value: object, path: str) -> object:
    """What stands at a dotted path; a key that has dots itself is found too. None when there is nothing."""
    if not path:
        return value
    parts = path.split(".")
    for taken in range(1, len(parts) + 1):
        key, rest = ".".join(parts[:taken]), ".".join(parts[taken:])
        if isinstance(value, dict) and key in value:
            return _at(value[key], rest)
        if isinstance(value, list) and key.isdecimal() and int(key) < len(value):
            return _at(value[int(key)], rest)
    return None


def looks_like_json(body: bytes, content_type: str) -> bool:
    """Whether a body should be read as JSON: its type says so, or it begins as an object does."""
    return "json" in content_type.lower() or (body[:1] == b"{" and "html" not in content_type)
