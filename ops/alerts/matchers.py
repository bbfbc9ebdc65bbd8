"""Matchers over labels, as Alertmanager reads them: `service=api`, `row=~"container:.*"`, `severity!=warning`."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from ops.alerts.structs import Matcher

ALWAYS_THERE = ("rule", "row", "kind", "name", "severity")
"""Labels that every alert has, with something in them."""
_MOST = 500
_FORM = re.compile(
    r'\s*(?P<label>[A-Za-z_][\w.-]*)\s*(?P<op>=~|!~|!=|=)\s*(?P<value>"(?:[^"\\]|\\.)*"|[^"].*?|)\s*', re.DOTALL
)
_ESCAPED = re.compile(r'\\(["\\])')
_ANYTHING = ("0", "z", "Up:a/b-c.d", "no such thing, ever")
"""What a pattern that means all of these means nothing in particular."""


@lru_cache(maxsize=4096)
def read_matcher(text: str) -> Matcher:
    """Read one. A value may stand in double quotes. Raises ValueError with a sentence for what is none."""
    found = _FORM.fullmatch(text)
    if found is None or len(text) > _MOST:
        raise ValueError(f'"{text[:60]}" is no matcher; write service=api, severity!=warning, row=~"container:.*"')
    value = found["value"]
    if value.startswith('"'):
        value = _ESCAPED.sub(r"\1", value[1:-1])
    op = found["op"]
    if op in ("=~", "!~"):
        _check_pattern(value)
    return Matcher(label=found["label"], op=op, value=value)  # type: ignore[arg-type]  # one of the four, by the form


def read_matchers(texts: Iterable[str]) -> tuple[Matcher, ...]:
    """Read several. Raises ValueError as `read_matcher` does."""
    return _read_all(tuple(texts))


@lru_cache(maxsize=1024)
def _read_all(texts: tuple[str, ...]) -> tuple[Matcher, ...]:
    """The same of a config are asked for at every look."""
    return tuple(read_matcher(text) for text in texts)


def _check_pattern(pattern: str) -> None:
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f'"{pattern[:60]}" is no regular expression: {error}') from error


def as_text(matcher: Matcher) -> str:
    """One as `read_matcher` reads it."""
    value = matcher.value
    if not value or re.search(r'[\s"\\,]', value) or matcher.op in ("=~", "!~"):
        value = '"' + re.sub(r'(["\\])', r"\\\1", value) + '"'
    return f"{matcher.label}{matcher.op}{value}"


def holds(matchers: Iterable[Matcher], labels: Mapping[str, str]) -> bool:
    """Whether all of them hold; none always do. A missing label equals "". Patterns mean the whole value."""
    return all(_holds(matcher, labels.get(matcher.label, "")) for matcher in matchers)


def _holds(matcher: Matcher, value: str) -> bool:
    match matcher.op:
        case "=":
            return value == matcher.value
        case "!=":
            return value != matcher.value
        case "=~":
            return re.fullmatch(matcher.value, value) is not None
        case "!~":
            return re.fullmatch(matcher.value, value) is None


def means_everything(matchers: Iterable[Matcher]) -> bool:
    """Whether there is no alert that they leave out: none at all, or each holds for "" or for whatever is there."""
    return all(_holds(matcher, "") or _means_all(matcher) for matcher in matchers)


def _means_all(matcher: Matcher) -> bool:
    return matcher.label in ALWAYS_THERE and all(_holds(matcher, value) for value in _ANYTHING)
