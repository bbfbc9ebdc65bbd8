"""Whatever a reading holds, what leaves the poller is printable, bounded and finite."""

import math
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from collectors.base import Entity, Reading
from collectors.polling.inert import ENTITY_LIMIT, FACT_LIMIT, MAPPING_LIMIT, sanitize
from collectors.text import LINE_LIMIT, NAME_LIMIT

texts = st.text(max_size=50) | st.just("x" * 10_000) | st.just("\x1b[2J\x9b\u202e")
values = st.none() | st.booleans() | st.integers() | st.floats() | texts
entities = st.builds(
    Entity,
    kind=texts,
    name=texts,
    key=texts,
    facts=st.dictionaries(texts, values, max_size=5),
    texts=st.dictionaries(texts, texts, max_size=3),
    hints=st.lists(texts, max_size=3).map(tuple),
)


def _printable(text: str, limit: int) -> bool:
    bad = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    return len(text) <= limit + 1 and not any(unicodedata.category(char) in bad for char in text)


@given(st.lists(entities, min_size=1, max_size=4))
def test_every_text_is_inert_and_every_figure_finite(found: list[Entity]) -> None:
    for entity in sanitize(Reading(tuple(found))).entities:
        assert _printable(entity.kind, NAME_LIMIT)
        assert _printable(entity.name, NAME_LIMIT)
        assert _printable(entity.key, LINE_LIMIT)
        for name, value in entity.facts.items():
            assert _printable(name, NAME_LIMIT)
            if isinstance(value, str):
                assert _printable(value, FACT_LIMIT)
            assert not isinstance(value, float) or math.isfinite(value)
            assert not isinstance(value, int) or abs(value) < 2**63
        for title, text in entity.texts.items():
            assert _printable(title, NAME_LIMIT)
            assert all(_printable(line, LINE_LIMIT) for line in text.split("\n"))
        assert all(_printable(hint, FACT_LIMIT) for hint in entity.hints)


@given(st.lists(entities, min_size=1, max_size=3))
def test_doing_it_twice_changes_nothing_more(found: list[Entity]) -> None:
    once = sanitize(Reading(tuple(found)))
    assert sanitize(once) == once


def test_a_clean_reading_is_passed_on_as_it_is() -> None:
    reading = Reading((Entity(kind="host", name="box", facts={"load1": 0.5, "cores": 2, "up": True, "x": None}),))
    assert sanitize(reading) is reading


def test_too_many_entities_and_facts_are_cut_and_the_cut_is_told() -> None:
    many = Entity(kind="a", name="b", facts={f"f{n}": n for n in range(1000)})
    kept = sanitize(Reading((many,) * (ENTITY_LIMIT + 5))).entities
    assert len(kept) == ENTITY_LIMIT
    assert len(kept[0].facts) == MAPPING_LIMIT
    assert kept[0].hints == (f"5 more were read and left out: only {ENTITY_LIMIT} are kept",)
