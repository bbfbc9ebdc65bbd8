"""What must not be seen is not seen, and what may be seen stays readable."""

import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.base import Secret
from ops.redact import mask, mask_tree, remember, remember_inside


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("http://u:pw@h:80/x", "http://u:***@h:80/x", id="a password in a URL"),
        pytest.param("redis://:pw@h", "redis://:***@h", id="a password without a user"),
        pytest.param("postgresql://u:p@:%#w@h/d?a=b@c", "postgresql://u:***@h/d?a=b@c", id="a password of odd signs"),
        pytest.param("x://u:a/b@h/d", "x://u:***@h/d", id="a password with a slash"),
        pytest.param("http://h:8000/a?mail=b@c", "http://h:8000/a?mail=b@c", id="a port is no password"),
        pytest.param("http://[::1]:80/a@b", "http://[::1]:80/a@b", id="an IPv6 address is no password"),
        pytest.param("http://u@h/", "http://u@h/", id="a user alone is none"),
        pytest.param("host=h password=pw user=u", "host=h password=*** user=u", id="a password among key=value"),
        pytest.param("password = 'a b\\' c' x", "password = *** x", id="a quoted password"),
        pytest.param("?api_key=abc&x=1", "?api_key=***&x=1", id="a key in a query"),
        pytest.param("two http://a:b@c http://d:e@f", "two http://a:***@c http://d:***@f", id="two in one line"),
    ],
)
def test_passwords_inside_addresses_are_masked(text: str, expected: str) -> None:
    assert mask(text) == expected


@given(st.text(min_size=6, max_size=20).filter(lambda text: text.strip() == text and "*" not in text))
def test_a_known_secret_is_in_no_text_whatever_it_was_put_into(value: str) -> None:
    remember(Secret(value))
    for form in (value, quote(value, safe=""), json.dumps(value)):
        assert form not in mask(f"<{form}>")


def test_a_whole_tree_is_masked() -> None:
    remember(Secret("hunter2222"))
    assert mask_tree({"a": ["hunter2222", 1, None], "hunter2222": "x"}) == {"a": ["***", 1, None], "***": "x"}


def test_a_password_inside_a_configured_address_is_known_from_then_on() -> None:
    remember_inside("postgresql://u:we%40ird77@h/d")
    assert mask("we@ird77 we%40ird77") == "*** ***"
