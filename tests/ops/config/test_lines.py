"""Lines of tables, keys and elements, also where strings and arrays try to look like them."""

import tomllib
from typing import Any

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from ops.config.lines import Path, find_lines, line_of

TEXT = '''\
# [[service]]
[watchfloor]
name = "a # b"      # c

[[service]]
name = "one"
expect = { status = 200, json = { "a.b" = """x""" } }
depends_on = [
  "postgres:shop", # why

  'redis:cache',
]
[[service]]
"na\\u006de" = "two"
text = """
[[service]]
name = "not this"
"""
raw = \'\'\'
x = 1\'\'\'
headers.Accept = "x"
[service.expect]
status = [200,
  204]
[[service.json.deep]]
a = 1
[[service.json.deep]]
a = {b = [{c = 1}, {c = 2}]}
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        pytest.param(("watchfloor",), 2, id="a table is at its header"),
        pytest.param(("watchfloor", "name"), 3, id="a key is at its own line, whatever its text holds"),
        pytest.param(("service",), 5, id="an array of tables is at its first header"),
        pytest.param(("service", 0), 5, id="an element of it is at its own header"),
        pytest.param(("service", 0, "expect", "status"), 7, id="a key inside an inline table is at the table's line"),
        pytest.param(("service", 0, "expect", "json", "a.b"), 7, id="a quoted key keeps its dot"),
        pytest.param(("service", 0, "depends_on"), 8, id="an array is at its key"),
        pytest.param(("service", 0, "depends_on", 1), 11, id="an element of an array is at its own line"),
        pytest.param(("service", 1), 13, id="the second element has its own header"),
        pytest.param(("service", 1, "name"), 14, id="an escaped key is read, and a string's lines are no keys"),
        pytest.param(("service", 1, "raw"), 19, id="what follows a multi-line string is counted on"),
        pytest.param(("service", 1, "headers", "Accept"), 21, id="a dotted key goes down"),
        pytest.param(("service", 1, "expect", "status", 1), 24, id="a sub-table belongs to the newest element"),
        pytest.param(("service", 1, "json", "deep", 1), 27, id="arrays of tables nest"),
        pytest.param(
            ("service", 1, "json", "deep", 1, "a", "b", 1, "c"), 28, id="inline tables inside arrays are walked"
        ),
        pytest.param(("service", 0, "missing", "deeper"), 5, id="what is not there is at what is around it"),
        pytest.param(("nothing",), 0, id="what has nothing around it has no line"),
    ],
)
def test_each_thing_has_its_line(path: Path, line: int) -> None:
    tomllib.loads(TEXT)
    assert line_of(find_lines(TEXT), path) == line


def test_windows_line_ends_count_once() -> None:
    assert line_of(find_lines("a = 1\r\n\r\nb = 2\r\n"), ("b",)) == 3


_VALUES = st.recursive(
    st.text(max_size=8) | st.integers(-9, 9) | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)


def _paths(value: Any, path: Path = ()) -> list[Path]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(below for key, item in items for below in _paths(item, (*path, key)))]


@given(st.dictionaries(st.text(max_size=4), _VALUES, max_size=4), st.booleans())
def test_every_path_of_any_toml_is_found_and_nothing_else(table: dict[str, Any], multiline: bool) -> None:
    text = tomli_w.dumps(table, multiline_strings=multiline)
    parsed = tomllib.loads(text)
    assert set(find_lines(text)) == set(_paths(parsed)) - {()}
    assert all(1 <= line <= text.count("\n") + 1 for line in find_lines(text).values())
