"""No secret of real files, environments and certificates is on the drift screen, whatever is selected."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.drift.registry import discover
from tests.parts.drift_files import MUTATIONS, VARIABLE, Tree, toml_of
from tests.parts.drift_stage import Stage
from tests.parts.drift_world import CANARY
from tests.parts.floor import text_of, until
from tests.parts.memory_drift import shown, told
from tests.parts.need import need

_MOST_ROWS = 80


@pytest.fixture
def tree(tmp_path: Path) -> Iterator[Tree]:
    """Files with a secret in each place where one can be."""
    need(os.geteuid() == 0, "root, to give files away")
    made = Tree(tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, CANARY)
        for name in ("cron", "users"):
            patch.setattr(type(discover()[name]), "root", made.root)
        made.agreed()
        yield made


async def test_no_row_and_no_diff_shows_one(tree: Tree) -> None:
    stage = Stage(tree.folder, toml_of(tree), "files")
    await stage.desk.capture(by="ann")
    for mutation in MUTATIONS:
        mutation.change(tree)
    found = await stage.desk.detect()
    assert len(found.drift) > len(MUTATIONS) / 2
    seen = set[str]()
    async with shown(stage.desk, (160, 50)) as (screen, app, pilot):
        await until(pilot, lambda: bool(screen.table.visible_rows))
        for key in ("v", *["j"] * min(_MOST_ROWS, 3 * len(found.differences))):
            await pilot.press(key)
            seen |= {text_of(app), told(screen)}
    assert len(seen) > len(MUTATIONS), "it went through them"
    assert not [text for text in seen if CANARY in text]
