"""Which texts may be kept: plain ones, with every password that can be told from the rest masked. Pure."""

import re
from fnmatch import fnmatchcase
from typing import NamedTuple

from collectors.redact import MASK
from collectors.text import LINE_LIMIT, clean
from ops.redact import mask

SECRET_NAMES = (
    ".env", ".env.*", "*.env", "shadow", "shadow-", "gshadow", "gshadow-", "*.key", "*_key", "id_rsa", "id_ecdsa",
    "id_ed25519", "id_dsa", ".pgpass", ".netrc", ".git-credentials", "credentials", "*.secret", "*htpasswd", "*.p12",
    "*.pfx", "*.jks", "*.keytab", "*.kdbx",
)  # fmt: skip
"""Names of files that hold secrets by custom: of those no text is kept, marked as secret or not."""
_WORDS = (
    r"(?:password|(?<=[_-])pass|(?<![a-z])pwd|(?<=\w)(?<!no)passwd|passphrase|secret|token|credential|"
    r"(?:api|access|private)[_-]?key)s?"
)
_PLAIN = ("file", "path", "_env", "_encryption", "_command", "_reload", "_length", "_timeout", "_min", "_max")
"""Ends of names that speak of a secret's place or kind."""
_REST = rf"(?:[_.-][\w.-]{{0,40}})?{''.join(f'(?<!{end})' for end in _PLAIN)}[\"']?"
_TELLING = ("pass", "pwd", "secret", "token", "key", "credential")
_RULES: tuple[tuple[tuple[str, ...], re.Pattern[str]], ...] = (
    (
        _TELLING,
        re.compile(rf"({_WORDS}{_REST}[ \t]*(?::|=>)[ \t]*)(?!\$\{{\w+\}}[\"',]*[ \t]*$)([^\s{{\[].*)", re.I | re.M),
    ),
    (_TELLING, re.compile(rf"({_WORDS}{_REST}[ \t]*:?=[ \t]*)(\"[^\"\n]*\"|'[^'\n]*'|[^\s\"']+)", re.I)),
    (_TELLING, re.compile(rf"(<[\w.:-]{{0,60}}{_WORDS}[\w.:-]{{0,60}}>)([^<\n]+)", re.I)),
    (
        ("requirepass", "masterauth", "identified", "--"),
        re.compile(
            r"((?:requirepass|masterauth|identified[ \t]+by|--(?:password|token|secret))[ \t]+)(\S+)",
            re.I,
        ),
    ),
    (("authorization",), re.compile(r"(authorization[^\n]{0,20}?\b(?:basic|bearer)[ \t]+)(\S+)", re.I)),
    (("-u",), re.compile(r"((?:^|[ \t])(?:-u|--user)[ \t=]+[^\s:]+:)(\S+)", re.M)),
    (('"auth"',), re.compile(r'("auth"\s*:\s*")([^"\n]+)', re.I)),
    (("mysql", "mariadb"), re.compile(r"(\b(?:mysql|mariadb)[\w-]{0,20}\b[^\n]{0,200}?[ \t]-p)(\S+)")),
    (("redis-cli", "valkey-cli"), re.compile(r"(\b(?:redis|valkey)-cli\b[^\n]{0,200}?[ \t](?:-a|--pass)[ \t]+)(\S+)")),
)
"""Each keeps its first group and masks the second. Where a text can be read in two ways, too much is masked.

Before it are small words without any of which it means nothing: looking for those is what most files cost.
"""
_MOST_WORDS = 1_000
_PRIVATE = "PRIVATE KEY-----"


class Text(NamedTuple):
    """A text as it may be kept."""

    text: str
    hidden: str
    """The lines of it that are not whole in `text`: only ever for a digest; "" where it is kept as it is."""


def is_secret_name(path: str) -> bool:
    """Whether a file of that name holds secrets by custom."""
    name = path.rpartition("/")[2].lower()
    return any(fnmatchcase(name, glob) for glob in SECRET_NAMES)


def plain(content: bytes) -> str | None:
    """The content as a text, exactly; None for what is no UTF-8, or has signs that are no text and no end of a line."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return None
    line = text.translate(_BLANKS)
    return text if clean(line, len(line) + 1) == line else None


def without_secrets(text: str) -> Text | None:
    """The text with what looks like a secret masked; None where none of it may be kept.

    That is a private key, and what would take long to look through: very long lines, very many words for secrets.
    """
    small = text.lower()
    if _PRIVATE in text or _longest(text) > LINE_LIMIT or sum(map(small.count, _TELLING)) > _MOST_WORDS:
        return None
    masked = text
    for words, rule in _RULES:
        if any(word in small for word in words):
            masked = rule.sub(rf"\g<1>{MASK}", masked)
    masked = mask(masked)
    if masked == text:
        return Text(text, "")
    before, after = text.split("\n"), masked.split("\n")
    if len(before) != len(after):
        return Text(masked, text)
    return Text(masked, "\n".join(old for old, new in zip(before, after, strict=True) if old != new))


def _longest(text: str) -> int:
    return max(map(len, text.split("\n")))


_BLANKS = {ord("\n"): " ", ord("\t"): " "}
