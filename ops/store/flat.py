"""A row as one flat mapping of plain values, so that only what changed must be kept, and columns can be made of it.

Keys: the names of the row's fields; "f:" + a fact, "t:" + a text, "c0:level" for a check's field, "#" for the place
among its target's rows. What has its default is left out. Keys that this version does not know are ignored.
"""

from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any, TypeGuard

import msgspec

from collectors.base import Value
from ops.board import Check, Row

Scalar = Value | tuple[str, ...]
Flat = dict[str, Scalar]

FACT, TEXT, CHECK, PLACE = "f:", "t:", "c", "#"
_APART = frozenset({"facts", "texts", "checks", "stats", "trend", "buckets"})
_FIELDS = tuple((field.name, field.default) for field in msgspec.structs.fields(Row) if field.name not in _APART)
_KNOWN = frozenset(name for name, _ in _FIELDS)
_CHECK_FIELDS = tuple(field.name for field in msgspec.structs.fields(Check))
_KNOWN_OF_CHECK = frozenset(_CHECK_FIELDS)
_LEAST_INT, _MOST_INT = -(2**63), 2**64 - 1


def flatten(row: Row, place: int) -> Flat:
    """The row without `stats`, `trend` and `buckets`."""
    flat: Flat = {PLACE: place}
    for name, default in _FIELDS:
        value = getattr(row, name)
        if value != default:
            flat[name] = value
    for fact, value in row.facts.items():
        flat[FACT + fact] = value if type(value) is not int else _held(value)
    for title, text in row.texts.items():
        flat[TEXT + title] = text
    for number, check in enumerate(row.checks):
        for name in _CHECK_FIELDS:
            flat[f"{CHECK}{number}:{name}"] = getattr(check, name)
    return flat


def unflatten(flat: Mapping[str, Any]) -> Row:
    """The row again. Raises ValueError where something is missing that every row has."""
    fields: dict[str, Any] = {}
    facts: dict[str, Value] = {}
    texts: dict[str, str] = {}
    checks: dict[int, dict[str, Any]] = {}
    for key, value in flat.items():
        head, colon, name = key.partition(":")
        if not colon:
            if key in _KNOWN:
                fields[key] = tuple(value) if isinstance(value, list) else value
        elif head == "f":
            facts[name] = value
        elif head == "t":
            texts[name] = value
        elif name in _KNOWN_OF_CHECK:
            checks.setdefault(int(head[1:]), {})[name] = value
    try:
        judged = tuple([Check(**checks[number]) for number in sorted(checks)])
        return Row(**fields, facts=facts, texts=texts, checks=judged)
    except TypeError as error:
        raise ValueError(f"a row that is not whole: {error}") from error


def changes(before: Flat, after: Flat) -> tuple[Flat, list[str]]:
    """What is new or other in `after`, and which keys are not there any more."""
    changed = {key: value for key, value in after.items() if key not in before or _other(before[key], value)}
    removed = [key for key in before if key not in after] if len(before) + len(changed) > len(after) else []
    return changed, removed


def numeric(flat: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """Each fact that is a finite number, as (name, value)."""
    for key, value in flat.items():
        if key.startswith(FACT) and is_number(value):
            yield key[2:], value


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether a fact can be drawn over time: an int or a finite float, no bool."""
    return type(value) is int or (type(value) is float and isfinite(value))


def _other(before: Scalar, after: Scalar) -> bool:
    return before is not after and (before != after or type(before) is not type(after))


def _held(number: int) -> Scalar:
    """A number that fits what is written; larger ones are kept as floats."""
    if _LEAST_INT <= number <= _MOST_INT:
        return number
    try:
        return float(number)
    except OverflowError:
        return float("inf") if number > 0 else float("-inf")
