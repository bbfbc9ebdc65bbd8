"""Addresses of Redis are read with passwords of any signs, and shown without them."""

import pytest

from collectors.base import Secret
from collectors.redis_api.url import RedisPlace, read_redis_url
from collectors.redis_server import RedisConfig

RAW = "p@ss:w/o%rd#"


@pytest.mark.parametrize(
    ("url", "place", "password"),
    [
        pytest.param("redis://cache", RedisPlace(host="cache"), None, id="a host alone"),
        pytest.param("redis://cache:99/3", RedisPlace(host="cache", port=99, db=3), None, id="port and database"),
        pytest.param("rediss://w:a@cache/0", RedisPlace(host="cache", tls=True, user="w"), "a", id="TLS and a user"),
        pytest.param(f"redis://:{RAW}@cache:1/0", RedisPlace(host="cache", port=1), RAW, id="unencoded signs"),
        pytest.param("redis://:p%40s@cache", RedisPlace(host="cache"), "p@s", id="encoded signs"),
        pytest.param("redis://[::1]:7/0", RedisPlace(host="::1", port=7), None, id="an IPv6 address"),
        pytest.param("unix:///run/r.sock?db=2", RedisPlace(path="/run/r.sock", db=2), None, id="a socket"),
        pytest.param("unix://:a@/run/r.sock", RedisPlace(path="/run/r.sock"), "a", id="a socket and a password"),
        pytest.param("/run/r.sock", RedisPlace(path="/run/r.sock"), None, id="a path alone"),
    ],
)
def test_an_address_is_taken_apart(url: str, place: RedisPlace, password: str | None) -> None:
    found = read_redis_url(url, None)
    assert (found.host, found.port, found.path, found.tls) == (place.host, place.port, place.path, place.tls)
    assert (found.db, found.user) == (place.db, place.user)
    assert (found.password.reveal() if found.password else None) == password
    assert "p@s" not in repr(found)


def test_a_password_of_its_own_stands_above_the_one_inside() -> None:
    found = read_redis_url("redis://:inside@cache", Secret("outside"))
    assert found.password is not None
    assert found.password.reveal() == "outside"


@pytest.mark.parametrize(
    "url", ["cache:6379", "http://cache", "redis://:hidden@a:b:c", "redis://:hidden@a:99999", "redis://a/x"]
)
def test_what_cannot_be_read_is_refused_without_being_quoted(url: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the sentence is what is looked at
        RedisConfig(name="cache", url=url)
    assert "hidden" not in str(caught.value)


def test_the_config_shows_no_password() -> None:
    config = RedisConfig(name="cache", url=f"redis://w:{RAW}@cache:1/0")
    assert repr(config).count("redis://w:***@cache:1/0") == 1
    assert "ss:w/o" not in f"{config} {config!r}"
