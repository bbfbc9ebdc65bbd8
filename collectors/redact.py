"""Hides passwords that stand inside URLs and connection strings, before such a text is shown anywhere."""

import re

MASK = "***"
_USER = r"://[^\s/?#:@\[\]<>]*:(?!\d{1,5}(?:[/?#\s]|$))"
_START = rf"[a-z][a-z0-9+.-]*{_USER}"
"""Up to a password; digits before a path are a port."""
_URL_PASSWORD = re.compile(rf"([a-z0-9+.-]{_USER})(?:[^\s<>?]*@|[^\s<>]*@)", re.IGNORECASE)
_WHOLE_URL = re.compile(
    rf"(?P<before>{_START})(?P<password>.+?)(?P<after>@[^@?]*(?:\?(?:\w+=.*)?)?)", re.IGNORECASE | re.DOTALL
)
"""A password that people did not encode may hold "@" and "/" itself: it ends where only a host can follow."""
_KEYWORD_PASSWORD = re.compile(
    r"\b(\w*(?:password|passwd|passphrase|secret|token|api_?key))(\s*=\s*)"
    r"('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|[^\s&;,\"'\\]+)",
    re.IGNORECASE,
)


def mask_passwords(text: str) -> str:
    """Replace the password of every `scheme://user:password@host` and `password=…` in a text by three stars.

    Where a text can be read in two ways, it masks too much rather than too little.
    """
    # Most lines have neither sign; looking for a password letter by letter is what takes time.
    if "://" in text and "@" in text:
        text = _URL_PASSWORD.sub(rf"\1{MASK}@", text)
    return _KEYWORD_PASSWORD.sub(rf"\1\2{MASK}", text) if "=" in text else text


def mask_address(text: str) -> str:
    """The same for a text that is one URL or DSN and nothing else, whatever signs its password has."""
    match = _WHOLE_URL.fullmatch(text)
    return mask_passwords(f"{match['before']}{MASK}{match['after']}" if match else text)


def password_inside(text: str) -> str:
    """The password of a text that is one URL, as it is written there; "" without one."""
    match = _WHOLE_URL.fullmatch(text)
    return match["password"] if match else ""
