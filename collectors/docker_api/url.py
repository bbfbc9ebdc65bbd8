"""Where a Docker engine is: reads an address such as DOCKER_HOST has, and words what keeps us from it."""

from collections.abc import Mapping

import msgspec

from collectors.base import CollectError
from collectors.ssh.address import Address, is_ssh, parse_ssh_url
from collectors.text import clean

_TLS_PORT = 2376
DEFAULT_SOCKET = "/var/run/docker.sock"
_NO_SOCKET = "start the engine, mount its socket here, or set url (or DOCKER_HOST) to the place where it is"
_NO_PERMISSION = "join the group docker (usermod -aG docker USER, then log in again) or run watchfloor as root"
_REFUSED = "start the engine (systemctl start docker)"


class Place(msgspec.Struct, frozen=True):
    """A Unix socket's path, here or on the host `ssh`; or a host and port."""

    path: str = ""
    host: str = ""
    port: int = 0
    ssh: Address | None = None

    @property
    def origin(self) -> str:
        """The place as the origin of http URLs; one by name only for a socket."""
        if self.path:
            return "http://localhost"
        return f"http://[{self.host}]:{self.port}" if ":" in self.host else f"http://{self.host}:{self.port}"


def place(url: str, environment: Mapping[str, str]) -> Place:
    """Read a configured url, else DOCKER_HOST, else the usual socket. Raises CollectError for what we can't speak."""
    from urllib.parse import urlsplit

    whole = url or environment.get("DOCKER_HOST", "") or DEFAULT_SOCKET
    if whole.startswith("/"):
        return Place(path=whole)
    if is_ssh(whole):
        address, path = parse_ssh_url(whole)
        return Place(path=path or DEFAULT_SOCKET, ssh=address)
    try:
        parts = urlsplit(whole)
        port = parts.port
    except ValueError as error:
        raise _unspoken(whole) from error
    if parts.scheme == "unix" and parts.netloc == "" and parts.path:
        return Place(path=parts.path)
    secured = port == _TLS_PORT or bool(environment.get("DOCKER_TLS_VERIFY"))
    if parts.scheme not in ("tcp", "http") or not parts.hostname or secured:
        raise _unspoken(whole)
    return Place(host=parts.hostname, port=port or 2375)


def _unspoken(url: str) -> CollectError:
    scheme, _, rest = url.partition("://")
    shown = f"{scheme}://…{rest[rest.rindex('@') :]}" if "@" in rest else url  # A user may come with a password.
    return CollectError(
        f"{clean(shown)} is not a Docker address that can be used here",
        reason="protocol",
        remedy="use unix:///path, ssh://user@host or tcp://host:port; an engine that wants TLS is read over ssh://",
        retry=False,
    )


def unreachable(error: CollectError, where: Place) -> CollectError:
    """Word a failed connection for the operator of an engine; what SSH says is worded already."""
    if where.ssh:
        return error
    if not where.path:
        return CollectError(f"the Docker engine: {error.message}", reason=error.reason, remedy=error.remedy or _REFUSED)
    path = clean(where.path)
    if error.reason == "missing":
        return CollectError(f"no Docker socket at {path}", reason="missing", remedy=_NO_SOCKET)
    if error.reason == "permission":
        return CollectError(
            f"no permission to use the Docker socket {path}", reason="permission", remedy=_NO_PERMISSION
        )
    if error.reason == "refused":
        return CollectError(f"no engine listens at the Docker socket {path}", reason="refused", remedy=_REFUSED)
    return CollectError(f"the Docker engine: {error.message}", reason=error.reason, remedy=error.remedy)


def refused_by_engine(status: int, body: bytes) -> CollectError:
    """Word an error answer of the engine ({"message": "…"}), or of a proxy before it."""
    try:
        message = msgspec.json.decode(body, type=dict[str, object])["message"]
    except (msgspec.DecodeError, KeyError):
        message = body.strip()
    if status in (401, 403):
        return CollectError(
            f"the Docker engine forbids it ({status}): {clean(message)}",
            reason="auth",
            remedy="allow GET of /containers, /version and /system/df in the proxy or authorization plugin before it",
        )
    reason = "missing" if status == 404 else "protocol"
    return CollectError(f"the Docker engine answered {status}: {clean(message)}", reason=reason)
