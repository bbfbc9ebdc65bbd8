"""Floors over files of their own, for tests of what is promised to whom."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.config.alerting import Alerting
from tests.parts.notices import DEFAULTS, Floor, Make


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Makes a floor over a file of its own."""
    made: list[Floor] = []

    def floor(alerting: Alerting = DEFAULTS) -> Floor:
        made.append(Floor(tmp_path / str(len(made)), alerting))
        return made[-1]

    yield floor
    for each in made:
        each.close()
