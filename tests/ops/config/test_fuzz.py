"""Whatever a config file holds: it is a config, or ConfigError says what is wrong, and nothing else ever happens."""

import unicodedata
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import msgspec
import pytest
import tomli_w
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collectors.registry import discover
from collectors.units import Duration
from ops.config.decode import decode
from ops.config.load import load_file
from ops.config.problems import ConfigError, Problem

_COLLECTORS = discover()
_SECTIONS = ("watchfloor", "threshold", "slo", "maintenance", "store", "keys", *_COLLECTORS)
_KEYS = sorted({field for found in _COLLECTORS.values() for field in found.Config.__struct_fields__})
_NAMES = st.sampled_from(
    [*_SECTIONS, *_KEYS, "metric", "warning", "critical", "for", "objective", "service", "refresh"]
)
_URLS = st.sampled_from(
    [f"{scheme}://127.0.0.1:1/x" for scheme in ("http", "https", "redis", "rediss", "amqp", "tcp", "ssh", "unix")]
    + ["redis://h:1/0", "postgresql://h/d", "ssh://-oProxyCommand=x/", "redis://h:99999/0", "http://[::1", "a@b://"]
    + ["http://u:p@h/", "amqp://u:p@h//", "unix:///x", "file:///x", "", "\x1b[2J"]
)
_TEXTS = (
    st.text(max_size=6)
    | _URLS
    | st.sampled_from(
        [
            "10s",
            "1GiB",
            "-1s",
            "tcp:a",
            "host.x",
            "a",
            "/x",
            "month",
            "day 02:00",
            "UTC",
            "up",
            "-x",
            "~",
            "*",
            "a b",
            "h:1",
            "(",
            "[a",
        ]
    )
)
_VALUES = st.recursive(
    _TEXTS | st.integers() | st.floats() | st.booleans() | st.dates() | st.times() | st.datetimes(),
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


_PLACES = ("url", "broker", "dsn", "target")


def _likely(section: str) -> st.SearchStrategy[dict[str, Any]]:
    """Tables of a section with what it must have and a few of its other keys, most of them of a likely shape."""
    fields = {field.encode_name: field for field in msgspec.structs.fields(_COLLECTORS[section].Config)}
    fields.pop("name")
    needed = {name for name, field in fields.items() if field.required}

    def table(keys: set[str]) -> st.SearchStrategy[dict[str, Any]]:
        values = {key: _URLS if key in _PLACES else _value_of(fields[key].type) for key in sorted(keys | needed)}
        return st.fixed_dictionaries({"name": st.just("a"), **values})

    return st.sets(st.sampled_from(sorted(fields)), max_size=2).flatmap(table)


def _value_of(kind: Any) -> st.SearchStrategy[Any]:
    """Values that often are of the right kind; for lists and tables anything."""
    lists = st.lists(_TEXTS, max_size=3)
    figures = st.lists(st.fixed_dictionaries({"name": _TEXTS, "query": _TEXTS}), max_size=2)
    by_kind: dict[Any, st.SearchStrategy[Any]] = {
        bool: st.booleans(),
        int: st.integers(-1, 70_000),
        str: _TEXTS,
        Duration: st.sampled_from(["0s", "1s", "9d", "1"]),
    }
    if get_origin(kind) is Literal:
        return st.sampled_from(get_args(kind)) | _TEXTS
    return by_kind[kind] if kind in by_kind else lists | figures | _TEXTS | _VALUES


@pytest.mark.parametrize("section", _COLLECTORS)
def test_any_table_of_a_section_is_told_or_makes_a_collector(section: str) -> None:
    made = 0

    @given(_likely(section))
    @settings(max_examples=60, database=None, derandomize=True)
    def holds(table: dict[str, Any]) -> None:
        nonlocal made
        text = tomli_w.dumps({section: [table]})
        _told(text)
        with suppress(ConfigError):
            for spec in decode(text, "f.toml").config.targets:
                assert repr(spec.config)
                spec.collector(spec.config, spec.secrets)
                made += 1

    holds()
    assert made, "some tables are right, or this tells nothing"


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
