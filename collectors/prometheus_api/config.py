"""What a section for an HTTP API can say: its address, who we are there, and how its certificate is checked."""

from base64 import b64encode
from collections.abc import Mapping

import msgspec

from collectors.base import Secret, TargetConfig
from collectors.net.headers import header_secret, with_secret_headers
from collectors.net.http_config import check_headers
from collectors.net.wire import split_url


class ApiConfig(TargetConfig, frozen=True, kw_only=True):
    """An API over HTTP. It is asked with a bearer token, or as a user with a password, or with headers of one's own."""

    url: str
    """Where its own pages are, with the path prefix if it has one: "https://metrics.test/prometheus"."""
    user: str = ""
    password_env: str = ""
    password_file: str = ""
    password_command: tuple[str, ...] = ()
    token_env: str = ""
    token_file: str = ""
    token_command: tuple[str, ...] = ()
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    headers_env: dict[str, str] = msgspec.field(default_factory=dict)
    """Header to the name of the environment variable with its value."""
    ca_file: str = ""
    verify_tls: bool = True

    def __post_init__(self) -> None:
        parts = split_url(self.url)
        if parts.query or parts.fragment:
            raise ValueError('url is where its own pages are, without "?" and "#"')
        check_headers(self.headers, self.headers_env)
        has_token = bool(self.token_env or self.token_file or self.token_command)
        if has_token and (self.user or self.has_password):
            raise ValueError("a token and a user with a password exclude each other")
        if bool(self.user) != self.has_password:
            raise ValueError("user and password belong together")

    @property
    def has_password(self) -> bool:
        """Whether a password is named."""
        return bool(self.password_env or self.password_file or self.password_command)


def request_headers(config: ApiConfig, secrets: Mapping[str, Secret]) -> dict[str, str]:
    """All headers of a request, secrets among them: only for the request itself. Raises CollectError."""
    headers = with_secret_headers(config.headers, config.headers_env, secrets)
    if config.token_env or config.token_file or config.token_command:
        token = header_secret(secrets.get("token"), "for the token", "token_env, token_file or token_command")
        headers["Authorization"] = f"Bearer {token}"
    elif config.user:
        password = header_secret(secrets.get("password"), f"of {config.user}", "its password")
        headers["Authorization"] = f"Basic {b64encode(f'{config.user}:{password}'.encode()).decode()}"
    return headers
