"""Says in one sentence why an HTTP API gave no data. Pure."""

import msgspec

from collectors.base import CollectError
from collectors.text import clean

_TEXT_LIMIT = 300
REFUSED_QUERY = "query"
"""The reason of an error that is only about what was asked."""
_PROXY = "a proxy or a login page stands before it: set url to the API itself, or give a token or header"


def refused(status: int, body: bytes, named: str) -> CollectError:
    """Name an answer that has another status than 200; `named` is whom we asked."""
    said = told(body)
    match status:
        case 400 | 422:
            return CollectError(said or f"{named} does not understand what it is asked", reason=REFUSED_QUERY)
        case 401:
            remedy = "correct the token, or user and password, in the config"
            return CollectError(f"{named} does not accept our login", reason="auth", remedy=remedy, retry=False)
        case 403:
            remedy = "let this token or user read it"
            return CollectError(f"{named} does not let us read it", reason="permission", remedy=remedy, retry=False)
        case 404:
            remedy = "set url to where its own pages are, with the path prefix if it has one"
            return CollectError(f"{named} has no such API", reason="missing", remedy=remedy)
        case 301 | 302 | 303 | 307 | 308:
            return CollectError(f"{named} sends us elsewhere (status {status})", reason="protocol", remedy=_PROXY)
    sentence = f"{named} answered with status {status}" + (f": {said}" if said else "")
    return CollectError(sentence, reason="protocol")


def told(body: bytes) -> str:
    """What an error says: {"error": …} of Prometheus, a text or {"message": …} of Alertmanager; "" for other bodies."""
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    if isinstance(found, dict):
        found = found.get("error") or found.get("message")
    return clean(found, _TEXT_LIMIT) if isinstance(found, str) else ""


def too_long(limit: int, remedy: str) -> CollectError:
    """Name an answer that is longer than `limit` bytes, of which no more was read."""
    return CollectError(
        f"the answer is longer than {limit // 2**20} MiB and was not read", reason="limit", remedy=remedy
    )


def not_data(body: bytes, named: str) -> CollectError:
    """Name a body that is not what the API gives."""
    if body.lstrip()[:1] == b"<":
        return CollectError(f"{named} answered with a page, not with data", reason="protocol", remedy=_PROXY)
    if not body.strip():
        return CollectError(f"{named} answered with nothing", reason="protocol", remedy="check url")
    return CollectError(f"{named} answered with data that can't be read", reason="protocol", remedy="check url")
