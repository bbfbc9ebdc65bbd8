"""Why an object store can't be reached: which host, what failed, and what to do about that."""

import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

from collectors.text import clean
from ops.backup.errors import BackupError
from ops.redact import mask

_LOOK = "see whether the server answers: `endpoint`, the network, its certificate (`ca_file`)"
_DEEP = 20
"""Errors that are the cause of one another; libraries wrap a few."""


def unreached(shown: str, error: Exception) -> BackupError:
    """What a library says of a store (as it is shown) that it got no answer from."""
    from botocore.exceptions import ConnectionClosedError, ConnectTimeoutError, ReadTimeoutError

    host = _host(error)
    causes = list(_causes(error))
    if not host:
        said, remedy = clean(mask(str(error)), 300), _LOOK
    elif (found := next((one for one in causes if isinstance(one, socket.gaierror)), None)) is not None:
        said = f"the name of {host} is not known ({clean(found.strerror or str(found))})"
        remedy = "correct `endpoint`, or have this host find names (DNS)"
    elif any(isinstance(one, ConnectionRefusedError) for one in causes):
        said = f"{host} refuses the connection"
        remedy = "start the server there, or correct host and port of `endpoint`"
    elif isinstance(error, ConnectTimeoutError):
        said, remedy = f"{host} does not answer at all", "correct `endpoint`, or open the way to it (network, firewall)"
    elif isinstance(error, ReadTimeoutError):
        said, remedy = f"{host} takes the connection and then says nothing", "see what keeps the server there busy"
    elif (wrong := next((one for one in causes if isinstance(one, ssl.SSLError)), None)) is not None:
        said = f"{host} can't be trusted, or speaks no TLS ({clean(str(wrong.reason or wrong), 160)})"
        remedy = "name the authority of its certificate (`ca_file`), or correct the scheme of `endpoint`"
    elif isinstance(error, ConnectionClosedError):
        said = f"{host} ends the connection without an answer"
        remedy = "see what the server there says, and whether `endpoint` names its port for S3"
    else:
        said, remedy = f"{host}: {_last(causes)}", _LOOK
    return BackupError(f"{shown} can't be reached: {said}", remedy, reason="unreachable")


def _host(error: Exception) -> str:
    """With its port, where one is said; "" where the library names none."""
    fields = getattr(error, "kwargs", None)
    address = str(fields.get("endpoint_url") or "") if isinstance(fields, dict) else ""
    return clean(urlsplit(address).netloc.rpartition("@")[2], 200)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """It, and what it came from, outermost first: also what libraries carry beside instead of raising from it."""
    waiting, seen = [error], set[int]()
    while waiting and len(seen) < _DEEP:
        one = waiting.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        fields = getattr(one, "kwargs", None)
        beside = (fields.get("error") if isinstance(fields, dict) else None, getattr(one, "reason", None))
        every = (*beside, *one.args, one.__cause__, one.__context__)
        waiting += [cause for cause in every if isinstance(cause, BaseException)]


def _last(causes: list[BaseException]) -> str:
    """The system's own words, where one of them has any."""
    system = next((one.strerror for one in causes if isinstance(one, OSError) and one.strerror), "")
    return clean(mask(system or str(causes[0])), 300)
