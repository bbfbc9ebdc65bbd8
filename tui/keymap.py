"""A user's own keys: what is wrong with a `[keys]` table, before the floor is opened with it."""

import difflib
import re
from collections.abc import Mapping

from tui.keys import BY_ID, KEYS, SHORT, Key, Scope, keys_of

_FLOOR: tuple[Scope, ...] = ("everywhere", "floor", "table", "demo", "fix", "marks", "called")
_BACKUPS: tuple[Scope, ...] = ("backups", "backing")
_TOGETHER: dict[Scope, tuple[Scope, ...]] = {
    "everywhere": (*_FLOOR, "past"),
    "floor": (*_FLOOR, "past"),
    "table": (*_FLOOR, "incident", "about", "incidents", "drift", "agreeing", *_BACKUPS, "contents", "within"),
    "past": ("everywhere", "floor", "demo", "past", "fix", "called"),
    "demo": (*_FLOOR, "past"),
    "fix": (*_FLOOR, "past", "log", "detail", "incident", "about", "incidents", "room", "drift", "agreeing", *_BACKUPS),
    "called": (*_FLOOR, "past"),
    "incident": ("incident", "about", "incidents", "room", "fix", "table"),
    "about": ("incident", "about", "incidents", "room", "fix", "table"),
    "incidents": ("incident", "about", "incidents", "fix", "table"),
    "room": ("incident", "about", "room", "fix"),
    "marks": _FLOOR,
    "log": ("log", "detail", "fix"),
    "jobs": ("jobs", "job"),
    "job": ("jobs", "job"),
    "detail": ("log", "detail", "fix", "postmortem", "pruning"),
    "postmortem": ("detail", "postmortem"),
    "drift": ("drift", "agreeing", "fix", "table"),
    "agreeing": ("drift", "agreeing", "fix", "table"),
    "backups": (*_BACKUPS, "fix", "table"),
    "backing": (*_BACKUPS, "fix", "table"),
    "contents": ("contents", "within", "table"),
    "within": ("contents", "within", "table"),
    "restoring": ("restoring",),
    "pruning": ("detail", "pruning"),
    "fixes": ("fixes",),
    "plan": ("plan",),
    "form": ("form",),
}
_KEY_SHAPE = re.compile(r"((ctrl|shift|alt|super)\+)*([a-z0-9_]+|\S)", re.IGNORECASE)


def check_keymap(keymap: Mapping[str, str]) -> list[str]:
    """Say what is wrong with a `[keys]` table: unknown actions, impossible keys, keys that two actions want."""
    problems = [_unknown(name) for name in keymap if name not in BY_ID]
    for name in keymap:
        if name not in BY_ID:
            continue
        keys = keys_of(BY_ID[name], keymap)
        if not keys:
            problems.append(f"{name}: no key given")
        problems += [f"{name}: {key!r} is not a key" for key in keys if not _KEY_SHAPE.fullmatch(key)]
        problems += _clashes(BY_ID[name], keys, keymap)
    return list(dict.fromkeys(problems))


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name, BY_ID, 1, 0.5)
    return f"{name}: no such action" + (f"; did you mean {near[0]}?" if near else "")


def _clashes(key: Key, keys: tuple[str, ...], keymap: Mapping[str, str]) -> list[str]:
    wanted = {_long(name) for name in keys}
    return [
        f"{key.id}: {', '.join(sorted(both))} is already the key of {other.id}"
        for other in KEYS
        if other.id != key.id and other.scope in _TOGETHER[key.scope]
        if (both := wanted & {_long(name) for name in keys_of(other, keymap)})
    ]


def _long(name: str) -> str:
    return next((long for long, short in SHORT.items() if short == name), name)
