"""Makes what a source gives fit to be written, compared and shown: text that UTF-8 can hold, names on one line."""

import math
from collections.abc import Mapping

from msgspec.structs import replace

from collectors.text import LINE_LIMIT, clean
from ops.drift.named import safe_name
from ops.drift.structs import Item, Value

_INT_BITS = 63
"""Larger figures can't be read back from TOML everywhere; they are kept as text."""


def tidy(item: Item) -> Item:
    """The same item; only what could not be written down as it is, is written otherwise."""
    name = item.name if _is_name(item.name) else safe_name(item.name)
    facts = {_fact(fact): tidy_value(value) for fact, value in item.facts.items()}
    unreadable = {_fact(fact): clean(why, LINE_LIMIT) for fact, why in item.unreadable.items()}
    return replace(item, name=name, facts=facts, unreadable=unreadable)


def tidy_value(value: Value) -> Value:
    """The value; bytes that are no UTF-8 as backslash sequences, so that different ones stay different."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, tuple):
        return tuple(map(_text, value))
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, int) and value.bit_length() > _INT_BITS:
        return str(value)
    return value


def flat(facts: Mapping[str, Value]) -> dict[str, object]:
    """Facts sorted by name, with lists for tuples."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in sorted(facts.items())}


def _is_name(name: str) -> bool:
    return name.isprintable() and "#" not in name


def _fact(name: str) -> str:
    return name if name.isprintable() else safe_name(name)


def _text(text: str) -> str:
    if text.isascii():
        return text
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
