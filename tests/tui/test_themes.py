"""Themes: each names a colour for every meaning, and the sixteen-colour one asks for nothing else."""

import re
from importlib import resources

import pytest

from tui import themes
from tui.widgets.lines import MEANINGS


@pytest.mark.parametrize("name", themes.NAMES)
def test_every_palette_has_the_same_meanings(name: str) -> None:
    assert set(themes.palette(name)) == set(themes.palette("dark"))


def test_the_stylesheet_names_only_colours_that_there_are() -> None:
    text = (resources.files("themes") / "floor.tcss").read_text("utf-8")
    assert set(re.findall(r"\$([a-z0-9-]+)", text)) <= set(themes.palette("dark"))


def test_the_stylesheet_has_a_rule_for_every_meaning() -> None:
    text = (resources.files("themes") / "floor.tcss").read_text("utf-8")
    assert set(MEANINGS) <= set(re.findall(r"\.line--([a-z0-9-]+)", text))


def test_sixteen_colours_are_the_terminals_own() -> None:
    assert all(colour.startswith("ansi_") for colour in themes.palette("sixteen").values())


def test_the_theme_key_goes_round() -> None:
    name, seen = themes.registered("dark"), []
    for _ in themes.NAMES:
        seen.append(themes.following(name))
        name = themes.registered(seen[-1])
    assert sorted(seen) == sorted(themes.NAMES)


def test_an_unknown_theme_is_refused() -> None:
    with pytest.raises(KeyError):
        themes.theme("plaid")
