"""What is taken for a secret in a text, and what is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.drift.host.texts import is_secret_name, plain, without_secrets

SECRET = "canary-7f3a91"
NAMES = st.sampled_from(["password", "DB_PASSWORD", "api_key", "secret", "client-secret", "auth_token", "passphrase"])


@pytest.mark.parametrize(
    "line",
    [
        f"password: {SECRET}",
        f'"password": "{SECRET}",',
        f"  POSTGRES_PASSWORD: {SECRET}",
        f"db_passwd = {SECRET}",
        f"export API_KEY='{SECRET}'",
        f"aws_secret_access_key={SECRET}",
        f"postgres://shop:{SECRET}@db/shop",
        f"requirepass {SECRET}",
        f"CREATE USER x IDENTIFIED BY {SECRET}",
        f"<password>{SECRET}</password>",
        f"proxy_set_header Authorization 'Bearer {SECRET}';",
        f"curl -u ann:{SECRET} https://example.org",
        f"mysqldump -u root -p{SECRET} shop",
        f"mariadb-admin ping -u root -p{SECRET}",
        f"redis-cli -h cache -a {SECRET} ping",
        f"tool --password {SECRET} run",
        f"client_secret => '{SECRET}'",
        f"SMTP_PASS={SECRET}",
        f"Driver=x;PWD={SECRET}",
        f'"auth": "{SECRET}"',
    ],
)
def test_a_secret_is_masked_and_its_line_is_what_is_hidden(line: str) -> None:
    kept = without_secrets(f"first = 1\n{line}\nlast = 2\n")
    assert kept is not None
    assert SECRET not in kept.text
    assert kept.hidden == line
    assert kept.text.startswith("first = 1\n")
    assert kept.text.endswith("\nlast = 2\n")


@pytest.mark.parametrize(
    "line",
    [
        "passwd: files systemd",
        "PASS_MAX_DAYS 99999",
        "bypass: all",
        "auth sufficient pam_unix.so",
        "%wheel ALL=(ALL) NOPASSWD: ALL",
        "PasswordAuthentication no",
        "password requisite pam_deny.so",
        "secrets:",
        "  password: ${DB_PASSWORD}",
        "password_file: /run/secrets/db",
        "ssl_key_path = /etc/x",
        "password_encryption = scram-sha-256",
        "ssl_passphrase_command = ''",
        "tokenizer: standard",
        "# the password is kept in the vault",
        "root:x:0:0:root:/root:/bin/bash",
        "*/5 * * * * root run-parts /etc/cron.hourly",
    ],
)
def test_what_only_speaks_of_secrets_stays(line: str) -> None:
    kept = without_secrets(f"{line}\n")
    assert kept is not None
    assert (kept.text, kept.hidden) == (f"{line}\n", "")


def test_a_private_key_is_not_kept_at_all() -> None:
    assert without_secrets(f"-----BEGIN RSA PRIVATE KEY-----\n{SECRET}\n") is None


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("password_" * 7_000, id="one word for a secret behind the other"),
        pytest.param("password='\n" * 6_000, id="quotes that nobody ends"),
        pytest.param("mysql " * 10_000 + "\n", id="one program behind the other"),
        pytest.param("a://b:" * 10_000 + "@", id="beginnings of addresses"),
    ],
)
def test_what_would_take_long_to_look_through_is_not_kept(text: str) -> None:
    assert without_secrets(text) is None


@pytest.mark.parametrize(
    "line", ["password_" * 200, "a://b:" * 300 + "@", "mysql " * 300, "<password" * 200, "-u " * 600, "<" + "a" * 1_900]
)
def test_hostile_lines_are_looked_through(line: str) -> None:
    assert without_secrets(f"{line}\n" * 4) is not None


@given(NAMES, st.sampled_from([": ", "=", " = ", ":"]), st.from_regex(r"[A-Za-z0-9/+]{12,40}", fullmatch=True))
def test_no_value_behind_a_telling_name_stays(name: str, sign: str, value: str) -> None:
    kept = without_secrets(f"{name}{sign}{value}\n")
    assert kept is not None
    assert value not in kept.text


@given(st.text(max_size=300))
def test_a_text_that_nothing_is_hidden_of_is_itself(text: str) -> None:
    kept = without_secrets(text)
    assert kept is None or bool(kept.hidden) == (kept.text != text)


@given(st.binary(max_size=200))
def test_a_plain_text_is_exactly_the_content_and_inert(content: bytes) -> None:
    text = plain(content)
    if text is not None:
        assert text.encode() == content
        assert not any(ord(sign) < 32 and sign not in "\n\t" for sign in text)


@pytest.mark.parametrize(
    ("path", "secret"),
    [
        ("/srv/.env", True),
        ("/srv/prod.env", True),
        ("/etc/shadow", True),
        ("/home/ann/.ssh/id_ed25519", True),
        ("/etc/ssl/site.KEY", True),
        ("/etc/hosts", False),
        ("/home/ann/.ssh/id_ed25519.pub", False),
    ],
)
def test_names_of_files_with_secrets(path: str, secret: bool) -> None:
    assert is_secret_name(path) == secret
