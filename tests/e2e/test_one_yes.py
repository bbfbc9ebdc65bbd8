"""In a real terminal only a single, unhurried yes starts a job: held keys start one at most, a paste none."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.parts.need import need
from tests.parts.slow_fix import WATCHFLOOR, Broken, begin, broken, to_the_plan
from tests.parts.tmux import Screen, screen
from tests.parts.wait import until

REPEAT_S, FIRST_S = 0.033, 0.4
"""As keyboards repeat: 30 a second, after less than half a second."""


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Broken]:
    need(shutil.which("tmux"), "tmux")
    with broken(tmp_path, lines=5) as made:
        yield made


def hold(shown: Screen, key: str, for_s: float) -> None:
    """Press a key and keep it down."""
    shown.press(key)
    time.sleep(FIRST_S)
    end = time.monotonic() + for_s
    while time.monotonic() < end:
        shown.press(key)
        time.sleep(REPEAT_S)


def still_answers(shown: Screen) -> None:
    """Whatever was open, the floor is behind it; all that was typed is worked off by then."""

    def floor() -> bool:
        shown.press("Escape")
        time.sleep(0.3)  # an escape that is followed at once is another key
        return "Services" in shown.text()

    until(floor, f"the floor: {shown.text()}", 30)


def test_held_keys_start_nothing_twice(service: Broken) -> None:
    with screen(WATCHFLOOR, "--config", str(service.config), environment=service.environment) as shown:
        shown.until(lambda text: "hands" in text and "down" in text)
        hold(shown, "x", 1.0)
        shown.until("1 mend api")
        hold(shown, "Enter", 1.5)
        shown.until(lambda text: "y run it" in text or "1 mend api" in text)
        assert service.book.jobs() == [], "neither is a yes"
        still_answers(shown)
        to_the_plan(shown)
        hold(shown, "y", 2.0)
        shown.press("x", "Enter", "y", "y", "Enter", "x", "y")
        still_answers(shown)
        assert len(service.book.jobs()) <= 1
        if not service.book.jobs():
            begin(shown)
            until(service.book.jobs, "the job of a single yes")
        assert service.ended().verdict == "verified"
        assert len(service.book.jobs()) == 1


@pytest.mark.parametrize(
    ("bracketed", "times"),
    [pytest.param(True, 1_000, id="10 kB, bracketed"), pytest.param(False, 150, id="1.5 kB as if it were typed")],
)
def test_a_paste_starts_nothing(service: Broken, bracketed: bool, times: int) -> None:
    text = "xy\rxyyy\r\ny" * times
    with screen(WATCHFLOOR, "--config", str(service.config), environment=service.environment) as shown:
        shown.until(lambda text: "hands" in text and "down" in text)
        _paste(shown, text, bracketed=bracketed)
        still_answers(shown)
        to_the_plan(shown)
        _paste(shown, text, bracketed=bracketed)
        still_answers(shown)
        assert service.book.jobs() == []
        assert service.broken.exists()


def _paste(shown: Screen, text: str, *, bracketed: bool) -> None:
    if bracketed:
        shown.paste(text)
    else:
        for start in range(0, len(text), 1_000):
            shown.type_raw(text[start : start + 1_000])
