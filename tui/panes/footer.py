"""The footer: the keys that do something here, as many as fit."""

from collections.abc import Mapping, Sequence

from tui import keys
from tui.widgets.lines import Line, Lines


def footer(scopes: Sequence[keys.Scope], keymap: Mapping[str, str], width: int, *, helped: bool = False) -> Line:
    """Name the keys of some scopes in the order of their declaration; the help key always has its place.

    `helped` names that one also where the other keys that work everywhere are not named.
    """
    shown = [key for key in keys.offered(scopes) if key.footer]
    last = [keys.BY_ID["app.help"]] if helped or "everywhere" in scopes else []
    parts: list[tuple[str, str]] = []
    room = width - sum(_long(key, keymap) for key in last)
    for key in [key for key in shown if key not in last]:
        room -= _long(key, keymap)
        if room >= 0:
            parts += _words(key, keymap)
    for key in last:
        parts += _words(key, keymap)
    return parts


def _words(key: keys.Key, keymap: Mapping[str, str]) -> list[tuple[str, str]]:
    first = keys.shown(key, keymap).split(" ")[0]
    return [(f" {first}", "key"), (f" {key.words} ", "muted")]


def _long(key: keys.Key, keymap: Mapping[str, str]) -> int:
    return sum(len(text) for text, _ in _words(key, keymap))


class Footer(Lines):
    """One line of keys."""
