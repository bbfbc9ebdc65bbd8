"""Says in one sentence why a Redis gave an error where it should have answered. Pure."""

import re

from collectors.base import CollectError
from collectors.refusals import Known
from collectors.text import clean

_TEXT_LIMIT = 300
_CORRECT = "correct the user and password in the config"
_KNOWN: tuple[tuple[str, Known], ...] = (
    (r"NOAUTH ", Known("{where} wants a password", reason="auth", remedy=_CORRECT, retry=False)),
    (r"WRONGPASS ", Known("{where} does not accept the password", reason="auth", remedy=_CORRECT, retry=False)),
    (
        r"ERR max number of clients",
        Known(
            "{where} takes no more clients: maxclients is reached",
            reason="limit",
            remedy="end idle clients, or raise maxclients",
        ),
    ),
    (
        r"DENIED ",
        Known(
            "{where} is in protected mode and answers its own host alone",
            reason="permission",
            remedy="set a password for it, or ask it from its own host",
            retry=False,
        ),
    ),
    (
        r"NOPERM ",
        Known(
            "{where} does not let this user read it",
            reason="permission",
            remedy="allow this user +ping +info +type +llen +zcard +xinfo +xrange",
            retry=False,
        ),
    ),
    (
        r"BUSY ",
        Known(
            "{where} is busy with a script and answers nothing else", reason="timeout", remedy="wait, or SCRIPT KILL"
        ),
    ),
    (
        r"ERR (DB index|invalid DB index)",
        Known("{where} has no such database", reason="missing", remedy="correct the number in the url", retry=False),
    ),
)
_OTHER = Known("{where} answered with an error: {said}", reason="protocol")
_LOGIN = Known("{where} does not accept the login", reason="auth", remedy=_CORRECT, retry=False)


def refusal(text: str, where: str) -> CollectError:
    """Name why the server refuses; `text` is its error reply."""
    for pattern, known in _KNOWN:
        if re.match(pattern, text):
            return known.about(where)
    return _OTHER.about(where, clean(text, _TEXT_LIMIT))


def login_refusal(text: str, where: str) -> CollectError:
    """Name why a login failed. Other words than the known ones are not repeated: they may quote the password."""
    known = refusal(text, where)
    return _LOGIN.about(where) if known.reason == "protocol" else known
