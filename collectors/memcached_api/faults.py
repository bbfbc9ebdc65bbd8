"""Says in one sentence why a memcached gave an error where it should have answered. Pure."""

from collectors.base import CollectError
from collectors.refusals import Known
from collectors.text import clean

_TEXT_LIMIT = 200
_KNOWN: tuple[tuple[str, Known], ...] = (
    (
        "CLIENT_ERROR unauthenticated",
        Known(
            "{where} answers only after a login",
            reason="auth",
            remedy="start it without -Y where only its own hosts reach it: watchfloor has no login for a memcached",
            retry=False,
        ),
    ),
    (
        "ERROR Too many open connections",
        Known(
            "{where} takes no more connections: its limit is reached",
            reason="limit",
            remedy="end idle clients, or raise its limit with -c",
        ),
    ),
)
_OTHER = Known(
    "{where} answered {said} where a memcached gives its figures",
    reason="protocol",
    remedy="check host and port; behind a proxy, ask the memcached itself",
)
BINARY_ONLY = Known(
    "{where} speaks only the binary protocol, as a memcached does that wants a login (SASL)",
    reason="auth",
    remedy="let it speak the text protocol too: start it without -S and -B binary",
    retry=False,
)


def refusal(line: bytes, where: str) -> CollectError:
    """Name why there is no answer; `line` is what came in its place."""
    text = line.decode("utf-8", "replace")
    for beginning, known in _KNOWN:
        if text.startswith(beginning):
            return known.about(where)
    return _OTHER.about(where, repr(clean(text, _TEXT_LIMIT)))
