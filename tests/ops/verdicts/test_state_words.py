"""The list of state words holds every word that a verdict's own code says."""

import ast
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from ops.verdicts.state_words import STATE_WORDS
from tests.parts.command import ROOT

LEVELS = frozenset({"ok", "warning", "critical", "unknown"})
NO_STATES = frozenset({"", "crit", "critical", "debug", "warnings"})
"""What stands beside a level elsewhere: severities that others say, and what is counted."""
MOST_WORDS = 3
"""What is longer is a sentence."""
SOURCES = (*(ROOT / "ops/verdicts").glob("*.py"), ROOT / "ops/alerts/beside.py", ROOT / "ops/notify/mute.py")


def texts(node: ast.expr) -> Iterator[str]:
    """What an expression can be, where that is written down in it."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=one, orelse=other):
            yield from (*texts(one), *texts(other))


def words(path: Path) -> Iterator[str]:
    """What stands behind a level, or is given as the word."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        parts = node.elts if isinstance(node, ast.Tuple) else node.args if isinstance(node, ast.Call) else []
        for level, word in pairwise(parts):
            if LEVELS.intersection(texts(level)):
                yield from texts(word)
        for given in node.keywords if isinstance(node, ast.Call) else ():
            if given.arg == "word":
                yield from texts(given.value)


def test_every_word_of_a_state_is_known() -> None:
    said = {word for path in SOURCES for word in words(path) if len(word.split()) <= MOST_WORDS}
    assert {"down", "unhealthy", "mute", "met"} <= said
    assert said - STATE_WORDS - NO_STATES == set(), "they belong into ops/verdicts/state_words.py"
