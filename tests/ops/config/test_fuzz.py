"""Whatever a config file holds: it is a config, or ConfigError says what is wrong, and nothing else ever happens."""

import unicodedata
from contextlib import suppress
from pathlib import Path
from typing import Any

import tomli_w
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collectors.registry import discover
from ops.config.decode import decode
from ops.config.load import load_file
from ops.config.problems import ConfigError, Problem

_SECTIONS = ("watchfloor", "threshold", "slo", "keys", *discover())
_KEYS = sorted({field for found in discover().values() for field in found.Config.__struct_fields__})
_NAMES = st.sampled_from(
    [*_SECTIONS, *_KEYS, "metric", "warning", "critical", "for", "objective", "service", "refresh"]
)
_TEXTS = st.text(max_size=6) | st.sampled_from(
    ["10s", "1GiB", "-1s", "tcp:a", "host.x", "a", "\x1b[2J", "http://u:p@h/"]
)
_VALUES = st.recursive(
    _TEXTS | st.integers() | st.floats() | st.booleans() | st.dates() | st.times(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES | st.text(max_size=3), inner, max_size=4),
    max_leaves=15,
)
_TABLES = st.dictionaries(_NAMES | st.text(max_size=3), _VALUES, max_size=6)
_CONFIGS = st.dictionaries(
    st.sampled_from(_SECTIONS) | st.text(max_size=3), _TABLES | st.lists(_TABLES, max_size=3) | _VALUES, max_size=5
)
_LINES = st.lists(
    st.sampled_from(
        [f"[[{name}]]" for name in _SECTIONS]
        + [f"[{name}]" for name in _SECTIONS]
        + [
            'name = "a"',
            "= 1",
            'x = """',
            "'''",
            "a = [",
            "]",
            "{",
            "\t",
            "port = 1",
            'depends_on = ["tcp:a"]',
            "\\",
            '"',
        ]
    )
    | st.text(max_size=12)
)


def _problems(text: str) -> tuple[Problem, ...]:
    try:
        decode(text, "f.toml")
    except ConfigError as error:
        return error.problems
    return ()


def _told(text: str) -> None:
    for problem in _problems(text):
        assert 0 <= problem.line <= text.count("\n") + 1
        assert problem.message
        assert not any(unicodedata.category(sign).startswith("C") for sign in str(problem))


@given(_CONFIGS)
@settings(max_examples=200)
def test_any_toml_is_a_config_or_is_told_what_is_wrong(table: dict[str, Any]) -> None:
    _told(tomli_w.dumps(table))


@given(_LINES)
@settings(max_examples=200)
def test_any_lines_are_a_config_or_are_told_what_is_wrong(lines: list[str]) -> None:
    _told("\n".join(lines))


@given(st.binary(max_size=200))
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_a_config_or_are_told_what_is_wrong(tmp_path: Path, raw: bytes) -> None:
    file = tmp_path / "f.toml"
    file.write_bytes(raw)
    with suppress(ConfigError):
        load_file(file, {})
