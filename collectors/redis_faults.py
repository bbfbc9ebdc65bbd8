"""Says in one sentence why a Redis gave an error where it should have answered. Pure."""

import re

from collectors.base import CollectError
from collectors.text import clean

_TEXT_LIMIT = 300


class _Known(CollectError):
    """A kind of refusal: `message` is a pattern that gets `named`, the place, and `said`, the server's words."""

    def about(self, named: str, said: str) -> CollectError:
        message = self.message.format(named=named, said=said)
        return CollectError(message, reason=self.reason, remedy=self.remedy, retry=self.retry)


_CORRECT = "correct the user and password in the config"
_KNOWN: tuple[tuple[str, _Known], ...] = (
    (r"NOAUTH ", _Known("{named} wants a password", reason="auth", remedy=_CORRECT, retry=False)),
    (r"WRONGPASS ", _Known("{named} does not accept the password", reason="auth", remedy=_CORRECT, retry=False)),
    (
        r"ERR max number of clients",
        _Known(
            "{named} takes no more clients: maxclients is reached",
            reason="limit",
            remedy="end idle clients, or raise maxclients",
        ),
    ),
    (
        r"DENIED ",
        _Known(
            "{named} is in protected mode and answers its own host alone",
            reason="permission",
            remedy="set a password for it, or ask it from its own host",
            retry=False,
        ),
    ),
    (
        r"NOPERM ",
        _Known(
            "{named} does not let this user read it",
            reason="permission",
            remedy="allow this user +ping +info +type +llen +zcard +xinfo +xrange",
            retry=False,
        ),
    ),
    (
        r"BUSY ",
        _Known(
            "{named} is busy with a script and answers nothing else", reason="timeout", remedy="wait, or SCRIPT KILL"
        ),
    ),
    (
        r"ERR (DB index|invalid DB index)",
        _Known("{named} has no such database", reason="missing", remedy="correct the number in the url", retry=False),
    ),
)
_OTHER = _Known("{named} answered with an error: {said}", reason="protocol")
_LOGIN = _Known("{named} does not accept the login", reason="auth", remedy=_CORRECT, retry=False)


def refusal(text: str, named: str) -> CollectError:
    """Name why the server refuses; `text` is its error reply."""
    for pattern, known in _KNOWN:
        if re.match(pattern, text):
            return known.about(named, "")
    return _OTHER.about(named, clean(text, _TEXT_LIMIT))


def login_refusal(text: str, named: str) -> CollectError:
    """Name why a login failed. Other words than the known ones are not repeated: they may quote the password."""
    known = refusal(text, named)
    return _LOGIN.about(named, "") if known.reason == "protocol" else known
