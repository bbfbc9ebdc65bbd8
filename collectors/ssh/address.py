"""Where a host is that is reached over SSH: reads ssh://user@host:port/path, and nothing that could be an option."""

import re

import msgspec

from collectors.base import CollectError
from collectors.text import clean

_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+\\@-]*")
_HOST = re.compile(r"[A-Za-z0-9_:][A-Za-z0-9_.:%-]*")
_PATH = re.compile(r"(/[A-Za-z0-9_.+-]+)*/?")
_FORM = "write it as ssh://user@host:port, where user and port may be left out; keys belong in the agent or ~/.ssh"


class Address(msgspec.Struct, frozen=True):
    """A host, and as whom it is entered. What is left out comes from the user's own ssh config."""

    host: str
    user: str = ""
    port: int = 0

    @property
    def arguments(self) -> list[str]:
        """The same as arguments of the ssh program; none of them can be taken for an option."""
        user = ["-l", self.user] if self.user else []
        port = ["-p", str(self.port)] if self.port else []
        return [*user, *port, "--", self.host]

    @property
    def named(self) -> str:
        """The same as people write it behind `ssh`: "-p 2222 ops@db1"."""
        user = f"{self.user}@" if self.user else ""
        return (f"-p {self.port} " if self.port else "") + f"{user}{self.host}"


def is_ssh(url: str) -> bool:
    """Whether a url is meant for SSH."""
    return url.startswith("ssh://")


def parse_ssh_url(url: str) -> tuple[Address, str]:
    """The address, and the path behind it ("" without one). Raises CollectError for what is no such url."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or 0
    except ValueError as error:
        raise _refused("is no address of a host over SSH") from error
    if parts.password is not None:
        raise _refused("holds a password, which would be shown and which ssh does not take")
    user = parts.username or ""
    right = _HOST.fullmatch(host) and (not user or _USER.fullmatch(user)) and _PATH.fullmatch(parts.path)
    if parts.scheme != "ssh" or not right or parts.query or parts.fragment or ".." in parts.path:
        raise _refused(f"is no address of a host over SSH: {clean(url.rpartition('@')[2])}")
    return Address(host, user, port), parts.path.rstrip("/")


def host_of(url: str) -> str:
    """The host of an ssh url, for headings; "" for every other url and for a wrong one."""
    if not is_ssh(url):
        return ""
    try:
        return parse_ssh_url(url)[0].host
    except CollectError:
        return ""


def _refused(what: str) -> CollectError:
    return CollectError(f"the configured url {what}", reason="protocol", remedy=_FORM, retry=False)
