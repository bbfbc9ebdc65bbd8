"""Workers are begun in one place, which takes functions: a coroutine that is never awaited warns of itself."""

from pathlib import Path

import pytest

from tests.parts.command import ROOT


@pytest.mark.parametrize("file", sorted((ROOT / "tui").rglob("*.py")), ids=lambda file: str(file.relative_to(ROOT)))
def test_workers_are_begun_by_the_one_who_knows_how(file: Path) -> None:
    assert file.name == "working.py" or ".run_worker(" not in file.read_text(), "use tui.working.begin"
