"""A compose file as what it asks for: its services with their variables replaced; pure, and bounded.

Variables, anchors and env_file are read; what only Compose itself can put together (extends, include) is refused.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ops.drift.host.dotenv import parse as parse_env

LARGEST = 2**20
"""Bytes of a compose file."""
MOST_NODES = 50_000
"""Values of all services, with those that stand behind an alias each time that it is used."""
_VARIABLE = re.compile(
    r"\$(?:(?P<dollar>\$)|\{(?P<braced>[A-Za-z_]\w*)(?:(?P<sign>:?[-?+])(?P<word>[^{}]*(?:\{[^{}]*\}[^{}]*)*))?\}"
    r"|(?P<named>[A-Za-z_]\w*))"
)
_PROJECT_SIGNS = re.compile(r"[^a-z0-9_-]")


class ComposeError(ValueError):
    """The file can't be read so. Its text is one sentence, without anything that a variable stands for."""


class Project(NamedTuple):
    """What a file asks for."""

    name: str
    services: dict[str, Mapping[str, Any]]
    unread: dict[str, str]
    """Services that only Compose can put together, and why."""


def read(text: str, folder: str, values: Mapping[str, str], given: str = "") -> Project:
    """The project of a compose file with this text in this folder; `values` are what variables stand for.

    `given` is the project's name where the environment says it. Raises ComposeError.
    """
    whole = _replaced(_loaded(text), values)
    name = str(given or whole.get("name") or folder.rstrip("/").rpartition("/")[2]).lower()
    if whole.get("include"):
        raise ComposeError("it includes other files, which only docker compose can put together")
    services, unread = {}, {}
    for service, asked in (whole.get("services") or {}).items():
        if not isinstance(asked, Mapping):
            raise ComposeError(f"service {service!r} is no table")
        if "extends" in asked:
            unread[str(service)] = "it extends another service, which only docker compose can put together"
        elif not asked.get("profiles"):
            services[str(service)] = asked
    return Project(_PROJECT_SIGNS.sub("", name).lstrip("_-"), services, unread)


def _loaded(text: str) -> Mapping[str, Any]:
    import yaml

    try:
        whole = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        where = getattr(error, "problem_mark", None)
        line = f" in line {where.line + 1}" if where is not None else ""
        raise ComposeError(f"it is no YAML{line}") from error
    if not isinstance(whole, Mapping):
        raise ComposeError("it is no compose file")
    return whole


def _replaced(value: Mapping[str, Any], values: Mapping[str, str]) -> Mapping[str, Any]:
    left = MOST_NODES

    def walk(one: object) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            raise ComposeError(f"it has more than {MOST_NODES} values")
        if isinstance(one, Mapping):
            return {str(key): walk(inner) for key, inner in one.items()}
        if isinstance(one, list):
            return [walk(inner) for inner in one]
        return interpolated(one, values) if isinstance(one, str) else one

    try:
        walked: Mapping[str, Any] = walk(value)
    except RecursionError as error:
        raise ComposeError("a value in it has itself inside") from error
    return walked


def interpolated(text: str, values: Mapping[str, str]) -> str:
    """The text with ${NAME}, ${NAME:-else}, ${NAME-else}, ${NAME:+other}, $NAME replaced; $$ is a dollar sign.

    Raises ComposeError where ${NAME:?…} wants a value that is not there.
    """

    def replaced(found: re.Match[str]) -> str:
        if found["dollar"]:
            return "$"
        name, sign, word = found["braced"] or found["named"], found["sign"] or "", found["word"] or ""
        value = values.get(name)
        there = bool(value) if sign.startswith(":") else value is not None
        if sign.endswith("?") and not there:
            raise ComposeError(f"it needs a value for {name}")
        if sign.endswith("+"):
            return interpolated(word, values) if there else ""
        return (value or "") if there or not sign else interpolated(word, values)

    return _VARIABLE.sub(replaced, text)


def environment(asked: Mapping[str, Any], values: Mapping[str, str], file: Callable[[str], str]) -> dict[str, str]:
    """A service's environment: of its env_file, then its own, which wins; null takes it from `values`.

    `file` gives the text of an env_file by its path as it is written. Raises ComposeError of it.
    """
    found: dict[str, str] = {}
    files = asked.get("env_file") or ()
    for one in [files] if isinstance(files, str | Mapping) else files:
        path = str(one.get("path")) if isinstance(one, Mapping) else str(one)
        try:
            found |= parse_env(file(path))
        except ComposeError:
            if not isinstance(one, Mapping) or one.get("required", True):
                raise
    own = asked.get("environment") or {}
    pairs = own.items() if isinstance(own, Mapping) else (_pair(str(one)) for one in own)
    for name, value in pairs:
        given = values.get(str(name)) if value is None else plain(value)
        if given is not None:
            found[str(name)] = given
    return found


def _pair(text: str) -> tuple[str, str | None]:
    name, sign, value = text.partition("=")
    return name, value if sign else None


def plain(value: object) -> str:
    """A scalar of YAML as Compose hands it on: true, not True."""
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)
