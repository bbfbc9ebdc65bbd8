"""What is made of the declared keys: the bindings, the footer, the help, the palette, the user's keymap."""

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from tui.keys_declared import KEYS, Key, Scope
from tui.terminal.browser import in_browser

if TYPE_CHECKING:
    from textual.binding import BindingType

__all__ = ["BY_ID", "KEYS", "SHORT", "Key", "Scope", "bindings", "keys_of", "missing", "offered", "shown"]

BY_ID = {key.id: key for key in KEYS}
SHORT = {
    "slash": "/",
    "exclamation_mark": "!",
    "question_mark": "?",
    "escape": "esc",
    "pagedown": "pgdn",
    "pageup": "pgup",
    "shift+tab": "S-tab",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "left_curly_bracket": "{",
    "right_curly_bracket": "}",
    "greater_than_sign": ">",
    "less_than_sign": "<",
    "at": "@",
    "plus": "+",
    "equals_sign": "=",
    "minus": "-",
}
"""What people call keys that the terminal has long names for."""


def bindings(*scopes: Scope) -> "list[BindingType]":
    """Make the Textual bindings of some scopes."""
    from textual.binding import Binding

    return [
        Binding(
            key.keys,
            key.action,
            key.words,
            show=key.footer,
            tooltip=key.tooltip,
            id=key.id,
            # In the past its keys come before those of a focused table, which has some of them for itself.
            priority=key.scope == "past",
        )
        for key in KEYS
        if key.scope in scopes
    ]


def offered(scopes: Sequence[Scope]) -> tuple[Key, ...]:
    """The keys of some scopes, in the order of their declaration; in the past without those that do nothing there."""
    shown = (key for key in KEYS if key.scope in scopes and not (key.live and "past" in scopes))
    return tuple(key for key in shown if not (key.local and missing(key.action)))


def missing(action: str) -> bool:
    """Whether an action is not there at all: it writes a file, and the person sits at a browser elsewhere."""
    return in_browser(os.environ) and any(key.local for key in KEYS if key.action == action)


def keys_of(key: Key, keymap: Mapping[str, str]) -> tuple[str, ...]:
    """Tell the keys that start an action, the user's own if there are any."""
    return tuple(part.strip() for part in keymap.get(key.id, key.keys).split(",") if part.strip())


def shown(key: Key, keymap: Mapping[str, str]) -> str:
    """Write an action's keys as a person types them: "j ↓" becomes "j down"."""
    return " ".join(SHORT.get(name, name) for name in keys_of(key, keymap))
