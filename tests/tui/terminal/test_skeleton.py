"""The first paint: it fits every terminal, and a terminal emulator understands it."""

import pyte
import pytest

from tui.terminal.modes import RESTORE
from tui.terminal.skeleton import frame


@pytest.mark.parametrize(("width", "height"), [(120, 40), (80, 24), (200, 60), (20, 5), (400, 200)])
@pytest.mark.parametrize("utf8", [True, False])
def test_it_draws_the_floor_inside_the_terminal(width: int, height: int, utf8: bool) -> None:
    terminal = pyte.Screen(width, height)
    pyte.Stream(terminal).feed(frame(width, height, utf8))
    assert terminal.display[0].startswith(" watchfloor")
    if width >= 40 and height >= 12:
        assert "Services" in terminal.display[1]
        assert terminal.display[-2].startswith("└" if utf8 else "+")
        assert not terminal.display[-1].strip()
    assert "".join(terminal.display).isascii() or utf8


def test_what_is_switched_on_is_switched_off_again() -> None:
    text = frame(80, 24)
    for mode in ("?1049", "?25"):
        on, off = (f"\x1b[{mode}h", f"\x1b[{mode}l") if mode == "?1049" else (f"\x1b[{mode}l", f"\x1b[{mode}h")
        assert on in text
        assert off in RESTORE
