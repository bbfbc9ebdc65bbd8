"""Texts of an engine that may hold secrets: those become digests under which the same text is found again."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from collectors.redact import MASK
from ops.drift.host.texts import without_secrets
from ops.drift.structs import DIGEST

Digest = Callable[[str, str], str]
"""As `Place.digest`: (what it is of, its value) to a salted digest."""
FOUND_AGAIN = "value"
"""What values are digested under that must be found in another place."""
LONGEST = 2_000
"""Signs of a text that is kept; of a longer one only the digest is."""
_WORD = 100
"""Signs of a word that are looked at to tell what stands beside it."""
_WORDS = (
    r"pass(?:wd|word|phrase)?|pwd|secret|token|credential|auth(?!or)|api[-_.]?key|private[-_.]?key|access[-_.]?key|dsn"
)
_NAME = re.compile(rf"(?:{_WORDS})", re.IGNORECASE)
_INSIDE = re.compile(
    rf"[\w.-]*(?:{_WORDS})[\w.-]*[\"']?\s*[=:]\s*\S|(?<!\S)--?[\w.-]*(?:{_WORDS})[\w.-]*\s+\S", re.IGNORECASE
)
_FLAG = re.compile(rf"--?[\w.-]*(?:{_WORDS})[\w.-]*", re.IGNORECASE)


def is_secret_name(name: str) -> bool:
    """Whether what is called so is likely to be a secret: "requirepass", "com.shop.api-key"."""
    return bool(_NAME.search(name))


def seems_secret(text: str) -> bool:
    """Whether a text has a password inside, is remembered as a secret, or can't be kept as it is."""
    if len(text) > LONGEST or text.startswith(DIGEST) or not _is_plain(text):
        return True
    return bool(_INSIDE.search(text)) or _is_masked(text)


def hidden(text: str, digest: Digest, name: str = "") -> str:
    """The text as a fact: itself, or its digest where its name or what it says is likely to be secret."""
    return digest(FOUND_AGAIN, text) if is_secret_name(name) or seems_secret(text) else text


def hidden_words(words: Iterable[str], digest: Digest) -> tuple[str, ...]:
    """The words of a command; what follows a flag such as --password is a secret as well.

    Where only the whole line tells that there is one ("redis-cli -a …"), its first word alone is kept.
    """
    words, facts, after_flag = tuple(words), list[str](), False
    for word in words:
        facts.append(digest(FOUND_AGAIN, word) if after_flag or seems_secret(word) else word)
        after_flag = bool(_FLAG.fullmatch(word))
    line = " ".join(MASK if is_digest(fact) else fact[:_WORD] for fact in facts)
    if not _is_masked(line[:LONGEST]):
        return tuple(facts)
    return (*facts[:1], *(fact if is_digest(fact) else digest(FOUND_AGAIN, fact) for fact in facts[1:]))


def is_digest(value: object) -> bool:
    """Whether a fact is a digest in place of a text."""
    return isinstance(value, str) and value.startswith(DIGEST)


class Known:
    """Texts that were found, by the digest that a baseline has of them. Its repr shows none."""

    def __init__(self, digest: Digest) -> None:
        self._digest = digest
        self._texts: dict[str, str] = {}

    def add(self, texts: Iterable[str]) -> None:
        """Remember them."""
        for text in texts:
            self._texts.setdefault(self._digest(FOUND_AGAIN, text), text)

    def get(self, digest: str) -> str | None:
        """The text that has this digest, None where none was found."""
        return self._texts.get(digest)


def texts_inside(value: object) -> Iterator[str]:
    """Every text inside plain dicts and lists, keys of dicts aside; of "NAME=value" also the value."""
    if isinstance(value, str):
        yield value
        _, sign, rest = value.partition("=")
        if sign:
            yield rest
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from texts_inside(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from texts_inside(one)


def _is_masked(text: str) -> bool:
    """Whether something of it would be masked where it stood in a file."""
    kept = without_secrets(text)
    return kept is None or kept.text != text


def _is_plain(text: str) -> bool:
    return all(part.isprintable() for part in re.split(r"[\n\t]", text))
