"""Palettes by meaning, read from `themes/*.toml`, as Textual themes."""

import tomllib
from functools import cache
from importlib import resources
from typing import Any

from textual.theme import BUILTIN_THEMES, Theme

_FIRST = ("dark", "light", "high-contrast", "sixteen")
NAMES = tuple(
    sorted(
        (
            path.name.removesuffix(".toml")
            for path in resources.files("themes").iterdir()
            if path.name.endswith(".toml")
        ),
        key=lambda name: (_FIRST.index(name) if name in _FIRST else len(_FIRST), name),
    )
)
"""Every palette that is there, in the order of the theme key: one file more is one theme more."""
_PREFIX = "watchfloor-"


@cache
def palette(name: str) -> dict[str, str]:
    """The colours of a theme by what they mean."""
    return {str(meaning): str(colour) for meaning, colour in _read(name)["colours"].items()}


@cache
def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((resources.files("themes") / f"{name}.toml").read_text("utf-8"))


def theme(name: str) -> Theme:
    """Make the Textual theme of a palette. Raises KeyError for a name that is not in `NAMES`."""
    if name not in NAMES:
        raise KeyError(name)
    colours, about = palette(name), _read(name)
    return Theme(
        name=_PREFIX + name,
        primary=colours["accent"],
        secondary=colours["muted"],
        warning=colours["warning"],
        error=colours["critical"],
        success=colours["ok"],
        accent=colours["accent"],
        foreground=colours["text"],
        background=colours["surface"],
        surface=colours["surface"],
        panel=colours["cursor-away"],
        dark=bool(about["dark"]),
        ansi=bool(about.get("ansi", False)),
        variables={
            **(BUILTIN_THEMES["ansi-dark"].variables if about.get("ansi") else {}),
            **colours,
            "block-cursor-background": colours["cursor"],
            "block-cursor-foreground": colours["cursor-text"],
        },
    )


def registered(name: str) -> str:
    """The name that Textual knows a palette by."""
    return _PREFIX + name


def following(registered_name: str) -> str:
    """The palette after this one, round and round."""
    name = registered_name.removeprefix(_PREFIX)
    return NAMES[(NAMES.index(name) + 1) % len(NAMES)] if name in NAMES else NAMES[0]
