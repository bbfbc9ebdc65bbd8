"""Addresses of hosts over SSH: what is read of them, and that none can become an option or a command."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.base import CollectError
from collectors.ssh.address import Address, host_of, parse_ssh_url


@pytest.mark.parametrize(
    ("url", "address", "path", "named"),
    [
        pytest.param("ssh://db1", Address("db1"), "", "db1", id="a host alone"),
        pytest.param("ssh://ops@db1:22", Address("db1", "ops", 22), "", "-p 22 ops@db1", id="user and port"),
        pytest.param("ssh://ops@[::1]:2222", Address("::1", "ops", 2222), "", "-p 2222 ops@::1", id="IPv6"),
        pytest.param("ssh://db1/run/user/7/docker.sock", Address("db1"), "/run/user/7/docker.sock", "db1", id="a path"),
        pytest.param("ssh://db1/", Address("db1"), "", "db1", id="an empty path"),
    ],
)
def test_what_a_url_says(url: str, address: Address, path: str, named: str) -> None:
    assert parse_ssh_url(url) == (address, path)
    assert address.named == named
    assert host_of(url) == address.host


@pytest.mark.parametrize(
    "url",
    [
        "ssh://", "ssh://-oProxyCommand=id", "ssh://-l@db1", "ssh://a b", "ssh://db1:99999", "ssh://db1/a:b",
        "ssh://db1/../x", "ssh://db1/$(id)", "ssh://db1;id", "ssh://db1?x=1", "ssh://db1#x", "ssh://`id`@db1",
        "ssh://ops:hunter2@db1", "tcp://db1", "ssh://[::1",
    ],
)  # fmt: skip
def test_what_is_refused_once_and_without_its_password(url: str) -> None:
    with pytest.raises(CollectError) as caught:
        parse_ssh_url(url)
    assert (caught.value.reason, caught.value.retry) == ("protocol", False)
    assert "ssh://user@host:port" in caught.value.remedy
    assert "hunter2" not in caught.value.message
    assert host_of(url) == ""


@given(st.text())
def test_no_url_becomes_an_option(rest: str) -> None:
    try:
        address, path = parse_ssh_url(f"ssh://{rest}")
    except CollectError:
        return
    before, host = address.arguments[:-2], address.arguments[-1]
    assert address.arguments[-2] == "--"
    assert not host.startswith("-")
    assert [part for part in before[::2] if part not in ("-l", "-p")] == []
    assert not any(part.startswith("-") for part in before[1::2])
    assert ":" not in path
