"""What the drift screen says beside its tree: of a baseline that was edited, and never over what is asked."""

from pathlib import Path

import pytest

from tests.parts.fixes import MemoryFixes
from tests.parts.floor import text_of, until
from tests.parts.memory_drift import Shop, shown, told


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def joined(text: str) -> str:
    """Without the ends of lines."""
    return " ".join(text.split())


async def test_a_baseline_that_was_edited_is_said_to_be_so_as_long_as_it_is(shop: Shop, tmp_path: Path) -> None:
    await shop.drifted()
    (file,) = (tmp_path / "state/drift/baselines").glob("*.toml")
    async with shown(shop.desk, (80, 24)) as (screen, app, pilot):
        file.write_text(file.read_text().replace('"644"', '"600"'))
        await until(pilot, lambda: "▲ baseline changed by hand" in text_of(app).splitlines()[0])
        assert "c captures a new one, b compares with another" in joined(told(screen))
        await pilot.press("c", "enter")
        await until(pilot, lambda: "by hand" not in text_of(app).splitlines()[0] and not screen.work.doing)


async def test_what_is_told_never_covers_what_is_asked(shop: Shop) -> None:
    await shop.drifted()
    async with shown(shop.desk, (80, 24)) as (screen, app, pilot):
        for number in range(3):
            screen.tell(f"{number}: written to a file, in the folder that watchfloor was started in")
        await pilot.press("c")
        await until(pilot, lambda: "in the folder" in text_of(app))
        lines = text_of(app).splitlines()[-3:]
        assert lines[0].strip().startswith("capture what is as the baseline of which name?")
        assert "started in" not in "".join(lines)
        await pilot.press("escape")
        assert not screen.has_class("-asking")


async def test_x_on_several_says_that_it_is_about_one_of_them(shop: Shop) -> None:
    await shop.drifted()
    async with shown(shop.desk, fixes=MemoryFixes({})) as (screen, app, pilot):
        screen.set_filter("web-1", inverse=False)
        await pilot.press("x")
        await until(pilot, lambda: "1 of 3: containers:local/web-1#" in text_of(app))
