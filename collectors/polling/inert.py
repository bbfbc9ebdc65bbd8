"""Makes a whole reading inert: every text in it printable and bounded, every figure finite."""

from collections.abc import Mapping
from math import isfinite

import msgspec

from collectors.base import Entity, Reading, Value
from collectors.text import LINE_LIMIT, NAME_LIMIT, clean, clean_lines

ENTITY_LIMIT = 2_000
"""Entities kept of one reading."""
FACT_LIMIT = 500
"""Characters kept of a fact, a hint or an error."""
MAPPING_LIMIT = 256
"""Facts, texts or hints kept of one entity."""
_INTEGER_LIMIT = 2**63


def sanitize(reading: Reading) -> Reading:
    """Give the same reading with inert texts; the very same object when nothing had to change.

    Figures that are no numbers (NaN, infinities, integers beyond 64 bits) become None: not known. A key that is not
    printable is changed as names are, so such a thing can be shown, but not found again by its key.
    """
    kept = reading.entities[:ENTITY_LIMIT]
    entities = tuple([_entity(entity) for entity in kept])
    left_out = len(reading.entities) - len(kept)
    if left_out:
        hint = f"{left_out} more were read and left out: only {ENTITY_LIMIT} are kept"
        entities = (msgspec.structs.replace(entities[0], hints=(*entities[0].hints, hint)), *entities[1:])
    elif all(after is before for after, before in zip(entities, kept, strict=True)):
        return reading
    return Reading(entities)


def _entity(entity: Entity) -> Entity:
    if _inert(entity):
        return entity
    return Entity(
        kind=clean(entity.kind),
        name=clean(entity.name),
        key=clean(entity.key, LINE_LIMIT),
        facts=_facts(entity.facts),
        texts={clean(title): clean_lines(text) for title, text in list(entity.texts.items())[:MAPPING_LIMIT]},
        hints=tuple(clean(hint, FACT_LIMIT) for hint in entity.hints[:MAPPING_LIMIT]),
        events=entity.events,
    )


def _facts(facts: Mapping[str, Value]) -> dict[str, Value]:
    return {clean(name): _value(value) for name, value in list(facts.items())[:MAPPING_LIMIT]}


def _value(value: Value) -> Value:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if -_INTEGER_LIMIT < value < _INTEGER_LIMIT else None
    if isinstance(value, float):
        return value if isfinite(value) else None
    return clean(value, FACT_LIMIT)


def _inert(entity: Entity) -> bool:
    """Whether nothing needs to change: the common case, so it must cost next to nothing."""
    if entity.texts or entity.hints or len(entity.facts) > MAPPING_LIMIT:
        return False
    if not (_plain(entity.name, NAME_LIMIT) and _plain(entity.key, LINE_LIMIT) and _plain(entity.kind, NAME_LIMIT)):
        return False
    return all(_plain(name, NAME_LIMIT) and _harmless(value) for name, value in entity.facts.items())


def _harmless(value: Value) -> bool:
    kind = type(value)
    if kind is float:
        return isfinite(value)  # type: ignore[arg-type]
    if kind is str:
        return _plain(value, FACT_LIMIT)  # type: ignore[arg-type]
    if kind is int:
        return -_INTEGER_LIMIT < value < _INTEGER_LIMIT  # type: ignore[operator]
    return value is None or kind is bool


def _plain(text: str, limit: int) -> bool:
    return len(text) <= limit and text.isascii() and text.isprintable()
