"""Hides secrets in every text that leaves the program: known values, and passwords inside URLs and DSNs."""

import json
from collections.abc import Mapping
from urllib.parse import quote, quote_plus, unquote

from collectors.base import Secret
from collectors.redact import MASK, mask_passwords, password_inside
from collectors.text import LINE_LIMIT, clean

SHORTEST = 6
"""Shorter values are masked inside URLs and DSNs only: hiding every "shop" would hide the text, not the secret."""

_known: set[str] = set()


def remember(secret: Secret) -> None:
    """Hide this value from now on, also percent-encoded and as it stands inside JSON."""
    value = secret.reveal()
    if len(value) >= SHORTEST:
        _known.update({value, quote(value, safe=""), quote_plus(value), json.dumps(value)[1:-1]})


def remember_inside(text: str) -> None:
    """Hide the password of this URL from now on, wherever it comes back without its URL or cut in half."""
    password = password_inside(text)
    remember(Secret(password))
    remember(Secret(unquote(password)))


def mask(text: str) -> str:
    """Give the text without any secret that was remembered and without passwords of URLs and DSNs."""
    for value in sorted(_known, key=len, reverse=True):
        text = text.replace(value, MASK)
    return mask_passwords(text)


def shown(text: str) -> str:
    """Give the text as one line that can be shown: masked, printable and bounded."""
    return clean(mask(text), LINE_LIMIT)


def mask_tree(value: object) -> object:
    """Mask every text inside plain dicts and lists, as they come from `msgspec.to_builtins`."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, Mapping):
        return {mask_tree(key): mask_tree(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [mask_tree(item) for item in value]
    return value
