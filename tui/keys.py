"""Every key, declared once: the bindings, the footer, the help, the palette and the user's keymap all read this."""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from textual.binding import BindingType

Scope = Literal["everywhere", "floor", "past", "table", "log", "detail", "demo", "jobs"]
"""Where a key works: a table key in a focused pane, a demo key on the floor of the demo, a past key in the past."""


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """One action that a key starts."""

    id: str
    keys: str
    """One or more keys of the terminal, separated by commas."""
    action: str
    """The Textual action that it runs."""
    words: str
    """What the footer calls it: one or two words."""
    tooltip: str
    """One sentence for the help and the palette."""
    scope: Scope
    footer: bool = False
    live: bool = False
    """Whether it does nothing while the past is shown."""


def _key(
    scope: Scope, name: str, keys: str, words: str, tooltip: str, *, footer: bool = False, live: bool = False
) -> Key:
    action = name.rsplit(".", maxsplit=1)[-1] if scope == "everywhere" else name.replace(".", "_")
    return Key(id=name, keys=keys, action=action, words=words, tooltip=tooltip, scope=scope, footer=footer, live=live)


KEYS: tuple[Key, ...] = (
    _key("past", "past.forward", "right_square_bracket", "forward", "One step on in the past.", footer=True),
    _key("past", "past.live", "right_curly_bracket", "live", "Leave the past: back to what is now.", footer=True),
    _key("past", "past.play", "space", "play", "Play what came then, or pause.", footer=True),
    _key("past", "past.faster", "greater_than_sign", "faster", "Play 10 or 60 times as fast.", footer=True),
    _key("past", "past.slower", "less_than_sign", "slower", "Play slower again."),
    _key("past", "past.jump", "g", "time", "Jump to another time.", footer=True),
    _key("floor", "row.detail", "enter", "detail", "Everything that is known about the selected row.", footer=True),
    _key("floor", "row.logs", "l", "logs", "Follow the log of the selected row.", footer=True, live=True),
    _key("floor", "row.copy", "y", "copy", "Copy the selected row through the terminal (OSC 52, also over SSH)."),
    _key(
        "floor",
        "pane.filter",
        "slash",
        "filter",
        "Show only rows that contain a text; `!text` hides them.",
        footer=True,
    ),
    _key("floor", "pane.invert", "exclamation_mark", "invert", "Turn the filter round: show what it hid."),
    _key("floor", "pane.zoom", "z", "zoom", "Give the focused pane the whole screen, and back.", footer=True),
    _key("floor", "pane.next", "tab", "next pane", "Focus the next pane."),
    _key("floor", "pane.previous", "shift+tab", "previous pane", "Focus the pane before."),
    _key("floor", "pane.back", "escape", "back", "Leave the filter, the zoom, or clear the filter text."),
    _key(
        "floor",
        "floor.window",
        "v",
        "window",
        "Percentiles and errors over 5 minutes, 30 minutes or 1 hour.",
        footer=True,
    ),
    _key(
        "floor",
        "chart.longer",
        "plus,equals_sign",
        "span",
        "More time in the latency chart: 15 or 30 minutes, 1, 6 or 24 hours, 30 days.",
        footer=True,
    ),
    _key("floor", "chart.shorter", "minus", "shorter", "Less time in the latency chart."),
    _key("floor", "chart.heat", "h", "heatmap", "The latency chart as a heatmap: how many answers took how long."),
    _key("floor", "chart.compare", "c", "last week", "Show the week before in the latency chart, or leave it out."),
    _key(
        "floor",
        "past.back",
        "left_square_bracket",
        "past",
        "The floor as it was one step before; held down it goes on back.",
        footer=True,
    ),
    _key("floor", "past.hour", "left_curly_bracket", "hour back", "The floor as it was an hour before."),
    _key("floor", "past.go", "at", "time", 'The floor as it was at any time: "03:10", "-2h", "yesterday 14:00".'),
    _key("floor", "floor.pause", "p", "pause", "Freeze the picture; collecting goes on.", footer=True, live=True),
    _key("floor", "floor.poll", "r", "poll now", "Ask every source now.", live=True),
    _key(
        "floor", "floor.line", "b", "line", "Show in the header what the line carries: kB/s and the way there and back."
    ),
    _key("demo", "demo.fault", "F", "fault", "Inject a real fault into the demo's shop.", footer=True, live=True),
    _key("demo", "demo.heal", "H", "heal", "Undo every fault of the demo.", footer=True, live=True),
    _key("table", "cursor.down", "j,down", "down", "The next row."),
    _key("table", "cursor.up", "k,up", "up", "The row before."),
    _key("table", "cursor.top", "g,home", "top", "The first row."),
    _key("table", "cursor.bottom", "G,end", "bottom", "The last row."),
    _key("table", "cursor.page_down", "ctrl+d,pagedown", "page down", "One screenful on."),
    _key("table", "cursor.page_up", "ctrl+u,pageup", "page up", "One screenful back."),
    _key("table", "table.sort", "s", "sort", "Sort by the next column.", footer=True),
    _key("table", "table.reverse", "S", "reverse", "Turn the order round."),
    _key(
        "log", "log.filter", "slash", "filter", "Show only log lines that contain a text; `!text` hides.", footer=True
    ),
    _key("detail", "detail.back", "escape,q", "back", "Back to the floor.", footer=True),
    _key("detail", "detail.down", "j,down", "down", "Scroll down.", footer=True),
    _key("detail", "detail.up", "k,up", "up", "Scroll up.", footer=True),
    _key("detail", "detail.top", "g,home", "top", "To the first line."),
    _key("detail", "detail.bottom", "G,end", "bottom", "To the last line."),
    _key("detail", "detail.page_down", "ctrl+d,pagedown,space", "page down", "One screenful on."),
    _key("detail", "detail.page_up", "ctrl+u,pageup", "page up", "One screenful back."),
    _key("detail", "detail.copy", "y", "copy", "Copy what is shown through the terminal (OSC 52).", footer=True),
    _key("jobs", "jobs.back", "escape,q,o", "back", "Back to the floor; what runs goes on.", footer=True),
    _key("jobs", "jobs.output", "enter,z", "output", "Give the output the whole screen, and back.", footer=True),
    _key(
        "jobs", "jobs.filter", "slash", "filter", "Show only output with a text; `!text` hides.", footer=True
    ),
    _key("jobs", "jobs.cancel", "c", "cancel", "End the job: its processes are told to, then killed.", footer=True),
    _key("jobs", "jobs.again", "r", "run again", "Plan the same fix again.", footer=True),
    _key("jobs", "jobs.undo", "u", "undo", "Plan what undoes it, where something does.", footer=True),
    _key("jobs", "jobs.copy", "y", "copy", "Copy the job with its output through the terminal (OSC 52).", footer=True),
    _key("jobs", "jobs.save", "w", "save", "Write the job with its output to a file.", footer=True),
    _key("jobs", "jobs.down", "J,ctrl+d,pagedown,space", "output down", "One screenful of output on."),
    _key("jobs", "jobs.up", "K,ctrl+u,pageup", "output up", "One screenful of output back."),
    _key("jobs", "jobs.end", "f", "follow", "Go to the newest line of output, and stay there."),
    _key("everywhere", "app.jobs", "o", "jobs", "What fixes run and ran, with their output.", footer=True),
    _key("everywhere", "app.theme", "t", "theme", "The next theme: dark, light, high contrast, sixteen colours."),
    _key("everywhere", "app.redraw", "ctrl+l", "redraw", "Draw the whole screen anew, whatever has written on it."),
    _key("everywhere", "app.palette", "ctrl+p", "palette", "Find any action by its name."),
    _key("everywhere", "app.help", "question_mark", "help", "What every pane shows and every key does.", footer=True),
    _key("everywhere", "app.quit", "q", "quit", "Leave. The terminal is as it was before."),
)

_TOGETHER: dict[Scope, tuple[Scope, ...]] = {
    "everywhere": ("everywhere", "floor", "table", "demo", "past"),
    "floor": ("everywhere", "floor", "table", "demo", "past"),
    "table": ("everywhere", "floor", "table", "demo"),
    "past": ("everywhere", "floor", "demo", "past"),
    "demo": ("everywhere", "floor", "table", "demo", "past"),
    "log": ("log", "detail"),
    "jobs": ("jobs",),
    "detail": ("log", "detail"),
}
_SHORT = {
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
_KEY_SHAPE = re.compile(r"((ctrl|shift|alt|super)\+)*([a-z0-9_]+|\S)", re.IGNORECASE)


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
    away = "past" in scopes
    return tuple(key for key in KEYS if key.scope in scopes and not (away and key.live))


def keys_of(key: Key, keymap: Mapping[str, str]) -> tuple[str, ...]:
    """Tell the keys that start an action, the user's own if there are any."""
    return tuple(part.strip() for part in keymap.get(key.id, key.keys).split(",") if part.strip())


def shown(key: Key, keymap: Mapping[str, str]) -> str:
    """Write an action's keys as a person types them: "j ↓" becomes "j down"."""
    return " ".join(_SHORT.get(name, name) for name in keys_of(key, keymap))


def check_keymap(keymap: Mapping[str, str]) -> list[str]:
    """Say what is wrong with a `[keys]` table: unknown actions, impossible keys, keys that two actions want."""
    by_id = {key.id: key for key in KEYS}
    problems = [_unknown(name, by_id) for name in keymap if name not in by_id]
    for name in keymap:
        if name not in by_id:
            continue
        keys = keys_of(by_id[name], keymap)
        if not keys:
            problems.append(f"{name}: no key given")
        problems += [f"{name}: {key!r} is not a key" for key in keys if not _KEY_SHAPE.fullmatch(key)]
        problems += _clashes(by_id[name], keys, keymap)
    return list(dict.fromkeys(problems))


def _unknown(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), 1, 0.5)
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
    return next((long for long, short in _SHORT.items() if short == name), name)
