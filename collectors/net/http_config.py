"""What `[[service]]` of the config can say, and what is wrong with it."""

import re
from collections.abc import Mapping
from typing import Literal

import msgspec

from collectors.base import TargetConfig
from collectors.net.wire import split_url

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


class Expect(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`expect`: what a good answer is. What is not given is not asked for."""

    status: int | list[int] | None = None
    """Without it every 2xx and 3xx is good."""
    json: dict[str, str | int | float | bool | None] = {}
    """Dotted path to value: `{ "status" = "healthy" }`."""
    contains: str = ""
    absent: str = ""
    max_redirects: int = 5
    """0 takes a redirect itself as the answer."""

    @property
    def statuses(self) -> tuple[int, ...]:
        """The expected statuses, none when none were given."""
        if self.status is None:
            return ()
        return (self.status,) if isinstance(self.status, int) else tuple(self.status)


class HttpConfig(TargetConfig, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[[service]]`: one address to ask."""

    url: str
    method: Literal["GET", "HEAD", "POST"] = "GET"
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    headers_env: dict[str, str] = msgspec.field(default_factory=dict)
    """Header to the name of the environment variable with its value: `{ Authorization = "SHOP_TOKEN" }`."""
    ca_file: str = ""
    verify_tls: bool = True
    expect: Expect = Expect()
    container: str = ""
    """The container it runs in."""

    def __post_init__(self) -> None:
        split_url(self.url)
        check_headers(self.headers, self.headers_env)
        if self.method == "HEAD" and (self.expect.json or self.expect.contains or self.expect.absent):
            raise ValueError("HEAD brings no body; use GET to expect something of it")
        if not 0 <= self.expect.max_redirects <= 20:
            raise ValueError("max_redirects must be 0 to 20")


def check_headers(headers: Mapping[str, str], headers_env: Mapping[str, str]) -> None:
    """Raise ValueError for a header that can't be sent."""
    for name in (*headers, *headers_env):
        if not _HEADER_NAME.fullmatch(name):
            raise ValueError(f"{name!r} cannot be the name of a header")
    for name, value in headers.items():
        if bad_header_value(value):
            raise ValueError(f"the value of header {name} holds a line break or another control character")


def bad_header_value(value: str) -> bool:
    """Whether a value can't be sent as a header: it would end the header, or is no text."""
    return bool(_CONTROL.search(value)) or value != value.strip()
