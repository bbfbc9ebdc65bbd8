"""Hides passwords that stand inside URLs and connection strings, before such a text is shown anywhere."""

import re

MASK = "***"
_USER = r"(://[^\s/?#:@\[\]\"'<>]*):"
_UP_TO_SLASH = r"[^\s/\"'<>]*@"
_WITH_SLASH = r"(?!\d{1,5}(?:[/?#\s]|$))[^\s\"'<>]*@"
_URL_PASSWORD = re.compile(f"{_USER}(?:{_UP_TO_SLASH}|{_WITH_SLASH})")
_KEYWORD_PASSWORD = re.compile(
    r"\b(\w*(?:password|passwd|passphrase|secret|token|api_?key))(\s*=\s*)"
    r"('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|[^\s&;,\"'\\]+)",
    re.IGNORECASE,
)


def mask_passwords(text: str) -> str:
    """Replace the password of every `scheme://user:password@host` and `password=…` in a text by three stars.

    A password with an unencoded "/" is still found, at the price of masking too much rather than too little.
    """
    text = _URL_PASSWORD.sub(rf"\1:{MASK}@", text)
    return _KEYWORD_PASSWORD.sub(rf"\1\2{MASK}", text)
