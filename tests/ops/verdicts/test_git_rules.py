"""What a deployed repository says."""

import pytest

from collectors.base import Value
from tests.parts.targets import Watched, said, target


@pytest.mark.parametrize(
    ("facts", "level", "word", "reason"),
    [
        pytest.param({"commit": "1f2e", "dirty": 0, "deployed_age_s": 86400.0}, "ok", "ok", "", id="as committed"),
        pytest.param(
            {"commit": "1f2e", "dirty": 3}, "warning", "dirty", "3 files differ from the commit", id="changed by hand"
        ),
        pytest.param(
            {"commit": "1f2e", "dirty": 1}, "warning", "dirty", "1 file differs from the commit", id="one file"
        ),
        pytest.param(
            {"commit": "1f2e", "dirty": 2, "conflicts": 1},
            "warning",
            "conflicts",
            "1 file with merge conflicts",
            id="a merge that stopped halfway",
        ),
        pytest.param({"commit": "1f2e", "dirty": 0, "untracked": 9}, "ok", "ok", "", id="new files are no change"),
        pytest.param({"commit": "1f2e", "dirty": 0, "behind": 12}, "ok", "12 behind", "", id="behind is no fault"),
        pytest.param(
            {"commit": "1f2e", "dirty": 0, "behind": 2, "deployed_age_s": 180.0},
            "ok",
            "deployed 3m ago",
            "",
            id="deployed just now",
        ),
        pytest.param({"commit": None, "dirty": 0}, "ok", "no commit", "", id="no commit yet"),
        pytest.param({"commit": "1f2e", "dirty": None}, "ok", "ok", "", id="not compared"),
    ],
)
def test_states(facts: dict[str, Value], level: str, word: str, reason: str) -> None:
    assert said(Watched(target("git", source_only=True)).reads(facts)) == (level, word, reason)
