"""Changed cells in a real terminal: it shows the same with and without them, and is drawn anew when it has to be."""

import shutil
import signal
from collections import deque
from pathlib import Path

import pytest

from tests.e2e.test_terminal import CONFIG, WATCHFLOOR, clean, floor_processes
from tests.parts.model_terminal import Cell, ModelTerminal
from tests.parts.need import need
from tests.parts.tmux import Screen, screen

STILL = CONFIG.replace('[[host]]\nname = "here"\n', "")
"""Without figures that move by themselves."""


@pytest.fixture
def configs(tmp_path: Path) -> dict[bool, Path]:
    """One config with changed cells, and one without, over the same services that do not change."""
    need(shutil.which("tmux"), "tmux")
    found = {}
    for on in (True, False):
        path = found[on] = tmp_path / f"{on}.toml"
        switch = f'name = "e2e-floor"\nchanged_cells = {str(on).lower()}'
        path.write_text(STILL.replace('name = "e2e-floor"', switch).format(url="http://127.0.0.1:1"))
        path.chmod(0o600)
    return found


def still(shown: Screen) -> list[list[Cell]]:
    """The help screen, with colours and attributes as tmux knows them: nothing on it moves."""
    shown.until(lambda text: "e2e-floor" in text and "down" in text)
    shown.press("?")
    shown.until(lambda text: "Help" in text and len(text.split("\n")[0]) == 99)
    seen: deque[str] = deque(maxlen=8)

    def stands(text: str) -> bool:
        seen.append(text)
        return len(seen) == 8 and set(seen) == {text}

    shown.until(stands)  # It is drawn in more than one frame.
    terminal = ModelTerminal(100, 30)
    terminal.feed(shown._tmux("capture-pane", "-p", "-e", "-N").rstrip("\n").replace("\n", "\r\n"))
    return terminal.cells()


@pytest.mark.parametrize(
    "environment",
    [
        pytest.param({}, id="in true colour"),
        pytest.param({"COLORTERM": ""}, id="in 256 colours"),
        pytest.param({"TERM": "xterm", "COLORTERM": ""}, id="in 16 colours"),
        pytest.param({"TERM": "vt100", "COLORTERM": ""}, id="on an old terminal"),
        pytest.param({"NO_COLOR": "1"}, id="without colour"),
        pytest.param({"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, id="without UTF-8"),
    ],
)
def test_the_screen_is_the_same_with_and_without(configs: dict[bool, Path], environment: dict[str, str]) -> None:
    pictures = []
    for on in (True, False):
        with screen(WATCHFLOOR, "--config", str(configs[on]), environment=environment) as shown:
            open_still(shown)
            for width in (90, 110, 60, 130, 100):
                shown.resize(width, 30)
            pictures.append(still(shown))
    assert different(pictures[0], pictures[1]) == []


def different(ours: list[list[Cell]], plain: list[list[Cell]]) -> list[object]:
    """Row, column, our cell and the right one, where they differ."""
    rows = zip(ours, plain, strict=True)
    return [
        (y, x, is_so, should)
        for y, (mine, right) in enumerate(rows)
        for x, (is_so, should) in enumerate(zip(mine, right, strict=True))
        if is_so != should
    ]


def open_still(shown: Screen) -> None:
    """Wait for the first verdicts."""
    shown.until(lambda text: "e2e-floor" in text and "down" in text)


def test_ctrl_l_draws_over_what_another_program_wrote(configs: dict[bool, Path]) -> None:
    with screen(WATCHFLOOR, "--config", str(configs[True])) as shown:
        open_still(shown)
        name = shown._tmux("display-message", "-p", "#{pane_tty}").strip()
        with Path(name).open("w") as terminal:
            terminal.write("\x1b[1;1H\x1b[31mrubbish " * 3 + "\x1b[10;10Hmore rubbish")
        shown.until("more rubbish")
        shown.press("C-l")
        shown.until(lambda text: "rubbish" not in text and "good-one" in text)


def test_after_a_stop_and_a_continue_the_whole_screen_is_there_again(configs: dict[bool, Path]) -> None:
    with screen(WATCHFLOOR, "--config", str(configs[True])) as shown:
        open_still(shown)
        for stop in (signal.SIGSTOP, signal.SIGTSTP):
            (floor,) = floor_processes(configs[True])
            floor.send_signal(stop)
            # After a SIGSTOP the shell's word may lie beyond the edge, and the line is still raw: Ctrl+J ends one.
            shown.until(lambda _, floor=floor: floor.status() == "stopped")  # type: ignore[misc]
            shown._tmux("send-keys", "-l", "clear; echo at the shell; fg")
            shown.press("C-j")
            shown.until(lambda text: "e2e-floor" in text and "down" in text and "at the shell" not in text)
            shown.press("z")
            shown.until(lambda text: "Latency" not in text)
            shown.press("z")
            shown.until("Latency")
        shown.press("q")
        shown.until(lambda text: "Latency" not in text)
        assert clean(shown)


def test_nothing_is_typed_for_the_shell_by_the_terminals_answers(configs: dict[bool, Path]) -> None:
    for _ in range(3):
        with screen(WATCHFLOOR, "--config", str(configs[True]), "; echo left with $?") as shown:
            open_still(shown)
            shown.press("t", "t", "t", "q")
            text = shown.until("left with 0")
            assert "[0n" not in text
