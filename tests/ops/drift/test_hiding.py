"""Which settings are secrets, and that of those only a digest is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.text import clean
from ops.drift.hiding import is_secret, kept, told
from tests.parts.drift_engine import digest


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("requirepass", True),
        ("masterauth", True),
        ("primaryauth", True),
        ("rootpw", True),
        ("app.service_role_key", True),
        ("tls-key-file-pass", True),
        ("tls-client-key-file-pass", True),
        ("primary_conninfo", True),
        ("ssl_passphrase_command", True),
        ("my.app_token", True),
        ("MYSQL_PASSWORD", True),
        ("net.ipv4.tcp_fastopen_key", True),
        ("net.core.netdev_rss_key", True),
        ("ssl_key_file", False),
        ("tls-key-file", False),
        ("password_encryption", False),
        ("authentication_timeout", False),
        ("krb_server_keyfile", False),
        ("maxmemory", False),
        ("keyspace_events", False),
        ("tcp-keepalive", False),
        ("hash-max-listpack-entries", False),
    ],
)
def test_by_its_name(name: str, secret: bool) -> None:
    assert is_secret(name) is secret


def test_a_password_that_stands_in_a_value_hides_the_value() -> None:
    line = "pgbackrest --repo=s3://key:hunter22@bucket archive-push %p"
    assert told(digest, "archive_command", line).startswith("digest:")
    assert not kept(digest, "archive_command", line)
    assert told(digest, "archive_command", "cp %p /a/%f") == "cp %p /a/%f"


def test_that_no_password_is_set_is_told() -> None:
    assert told(digest, "requirepass", "") == ""


@given(st.text())
def test_what_is_told_can_be_shown_and_tells_values_apart(value: str) -> None:
    shown = told(digest, "setting", value)
    assert clean(shown, len(shown) + 1) == shown
    assert (shown == value) is kept(digest, "setting", value)
    assert told(digest, "setting", f"{value}x") != shown


@given(st.text(min_size=8))
def test_a_secret_is_never_told(value: str) -> None:
    assert value not in told(digest, "requirepass", value)
