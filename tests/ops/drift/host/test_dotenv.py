"""NAME=value lines, as Docker Compose reads them from an env_file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.drift.host.dotenv import parse

NAMES = st.from_regex(r"[A-Z_][A-Z0-9_]{0,8}", fullmatch=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("A=1\nB=2\n", {"A": "1", "B": "2"}, id="lines"),
        pytest.param("export A=1", {"A": "1"}, id="export before it"),
        pytest.param("  A = 1  ", {"A": "1"}, id="blanks around"),
        pytest.param("# A=1\n\nno line\nB=2", {"B": "2"}, id="comments and what is none are passed over"),
        pytest.param("A=1 # one\nB=1#2", {"A": "1", "B": "1#2"}, id="a comment begins after a blank"),
        pytest.param("A=\nB=# x", {"A": "", "B": "# x"}, id="empty"),
        pytest.param("A='x # $y \\n'", {"A": "x # $y \\n"}, id="single quotes"),
        pytest.param('A="x # y\\n\\"z\\""', {"A": 'x # y\n"z"'}, id="double quotes with backslashes"),
        pytest.param('A="one\ntwo"\nB=2', {"A": "one\ntwo", "B": "2"}, id="several lines in quotes"),
        pytest.param('A="open\nB=2', {"A": '"open', "B": "2"}, id="a quote that nobody ends"),
        pytest.param("A=1\nA=2", {"A": "2"}, id="the last counts"),
        pytest.param("A=1\r\nB=2\r\n", {"A": "1", "B": "2"}, id="lines of Windows"),
        pytest.param("URL=postgres://u:p@h/d?x=1&y=2", {"URL": "postgres://u:p@h/d?x=1&y=2"}, id="equals in a value"),
    ],
)
def test_parsed(text: str, expected: dict[str, str]) -> None:
    assert parse(text) == expected


@given(st.dictionaries(NAMES, st.text(st.characters(exclude_characters="'\r\x00"), max_size=30), max_size=6))
def test_what_is_written_in_single_quotes_is_read_back(values: dict[str, str]) -> None:
    assert parse("\n".join(f"{name}='{value}'" for name, value in values.items())) == values


@given(st.text(max_size=400))
def test_nothing_makes_it_fail(text: str) -> None:
    assert all(name for name in parse(text))
