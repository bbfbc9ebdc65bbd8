"""Which settings are secrets by their names or their looks; what is kept of those is a salted digest, nothing else."""

import re
from collections.abc import Callable

from collectors.text import LINE_LIMIT, clean
from ops.redact import mask

_SECRET = re.compile(
    r"passw|passphrase|password|secret|credential|conninfo|connection_?string|api_?key|private_?key|"
    r"(?:^|[._-])(?:pass|pwd|token|auth|key)$|(?:master|primary)auth$|requirepass$|pw$",
    re.IGNORECASE,
)
_PLAIN = re.compile(r"(?:file|files|dir|directory|path|encryption|enabled?|timeout|reload|bits|length)$", re.IGNORECASE)
"""Ends of names that speak of a secret's place or kind: "ssl_key_file", "password_encryption"."""


def is_secret(name: str) -> bool:
    """Whether a setting of that name holds a secret."""
    return bool(_SECRET.search(name)) and not _PLAIN.search(name)


def told(digest: Callable[[str, str], str], name: str, value: str) -> str:
    """A setting's value; its digest where its name says that it is a secret, or where a password stands in it.

    An empty one is told as it is: that a password is not set is no secret, and grave. One that can't be printed, or is
    very long, is told as far as it can be, with its digest.
    """
    if value and (is_secret(name) or mask(value) != value):
        return digest(name, value)
    line = clean(value, LINE_LIMIT)
    return value if line == value else f"{line} ({digest(name, value)})"


def kept(digest: Callable[[str, str], str], name: str, value: str) -> bool:
    """Whether `told` gives the value itself, so that it can be set again."""
    return told(digest, name, value) == value
