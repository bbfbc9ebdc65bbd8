"""Addresses of PostgreSQL are read with passwords of any signs, and shown without them."""

import string
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.base import CollectError, Secret
from collectors.postgres_api.dsn import looks_like_dsn, mask_dsn, read_dsn

RAW = "p@ss:w/o%rd#?"
PERCENT = "p%40ss%3Aw%2Fo%25rd%23%3F"


@pytest.mark.parametrize(
    ("dsn", "password", "servers"),
    [
        pytest.param("postgresql://watch@db/shop", None, (("db", 5432),), id="a host without a password"),
        pytest.param(f"postgres://watch:{PERCENT}@db:99/shop", RAW, (("db", 99),), id="percent-encoded signs"),
        pytest.param(f"postgresql://watch:{RAW}@db:99/shop", RAW, (("db", 99),), id="the same signs unencoded"),
        pytest.param("postgresql://w:a@[::1]:6000/shop", "a", (("::1", 6000),), id="an IPv6 address"),
        pytest.param("postgresql://w:a@/shop?host=/run/pg", "a", (("/run/pg", 5432),), id="a socket's folder"),
        pytest.param("postgresql://w@%2Frun%2Fpg/shop", None, (("/run/pg", 5432),), id="a socket's folder as host"),
        pytest.param("postgresql://w:a@one:1,two:2/shop", "a", (("one", 1), ("two", 2)), id="two servers"),
        pytest.param(
            "postgresql://db/shop?user=w&password=a%40b", "a@b", (("db", 5432),), id="a password as parameter"
        ),
        pytest.param(r"host=db port=1 user=w password='a \'b\\ c@'", r"a 'b\ c@", (("db", 1),), id="key and value"),
        pytest.param("host=a,b port=7 user=w", None, (("a", 7), ("b", 7)), id="one port for two servers"),
    ],
)
def test_an_address_is_taken_apart(dsn: str, password: str | None, servers: tuple[tuple[str, int], ...]) -> None:
    found = read_dsn(dsn, None, {})
    assert found.servers == servers
    assert (found.password.reveal() if found.password else None) == password
    assert "password" not in found.parameters


def test_a_password_of_its_own_stands_above_the_one_inside() -> None:
    found = read_dsn("postgresql://w:inside@db/shop", Secret("outside"), {})
    assert found.password is not None
    assert found.password.reveal() == "outside"


def test_without_a_host_the_usual_socket_is_taken_unless_the_environment_names_one() -> None:
    assert read_dsn("user=w", None, {}).parameters["host"].startswith("/")
    assert "host" not in read_dsn("user=w", None, {"PGHOST": "db"}).parameters


@pytest.mark.parametrize(
    "dsn",
    [
        pytest.param("postgresql://w:hidden@db:no/shop", id="a port that is no number"),
        pytest.param("host=db port=1,2,3 password=hidden", id="more ports than hosts"),
        pytest.param("host=db password=hidden words", id="a word too much"),
        pytest.param("postgresql://w:hidden@[::1/shop", id="a bracket that is not closed"),
        pytest.param("postgresql://w:hidden@db/shop?nothing=1", id="an unknown parameter"),
    ],
)
def test_what_cannot_be_read_is_refused_without_being_quoted(dsn: str) -> None:
    with pytest.raises(CollectError, match="cannot be read") as caught:
        read_dsn(dsn, None, {})
    assert "hidden" not in "".join(traceback.format_exception(caught.value))
    assert "hidden" not in caught.value.remedy


@pytest.mark.parametrize(
    ("dsn", "shown"),
    [
        (f"postgresql://watch:{RAW}@db:99/shop", "postgresql://watch:***@db:99/shop"),
        ("postgresql://db/shop?user=w&password=a%40b", "postgresql://db/shop?user=w&password=***"),
        (r"host=db password='a \'b' user=w", "host=db password=*** user=w"),
        ("host=db password = secret", "host=db password = ***"),
        ("postgresql://watch@db/shop", "postgresql://watch@db/shop"),
    ],
)
def test_an_address_is_shown_with_stars(dsn: str, shown: str) -> None:
    assert mask_dsn(dsn) == shown


@given(st.text(string.ascii_letters + string.digits + "@/:%#&=+-_.!~ $", min_size=1, max_size=30))
def test_any_password_before_a_plain_host_is_found_and_masked(password: str) -> None:
    dsn = f"postgresql://watch:{password}@db.example:5432/shop"
    assert mask_dsn(dsn) == "postgresql://watch:***@db.example:5432/shop"
    found = read_dsn(dsn, None, {})
    assert found.servers == (("db.example", 5432),)
    assert found.password is not None


def test_the_two_forms_are_told_from_other_texts() -> None:
    assert looks_like_dsn("postgres://db")
    assert looks_like_dsn("host=db")
    assert not looks_like_dsn("db.example.org")
