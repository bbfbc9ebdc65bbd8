"""Colour has one home, and colour is never the only sign."""

import re
from pathlib import Path

import pytest

from tests.house import source

HEX = re.compile(r"#[0-9a-fA-F]{6}\b|#[0-9a-fA-F]{3}\b(?![0-9a-zA-Z_])")


@pytest.mark.parametrize("path", source.files("collectors", "ops", "tui"), ids=source.name)
def test_no_colour_outside_the_themes(path: Path) -> None:
    assert not HEX.findall(path.read_text("utf-8"))
