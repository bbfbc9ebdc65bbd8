"""An app in a real terminal: a crash leaves the terminal clean and a report without values of variables."""

import shutil
import sys
from pathlib import Path

import pytest

from tests.house.source import ROOT
from tests.parts.need import need
from tests.parts.tmux import CLEAN, screen

PROGRAM = """
import sys
from textual.widgets import Static
from tui.terminal.app import TerminalApp

class Broken(TerminalApp[None]):
    BINDINGS = [("c", "crash", ""), ("w", "worker", ""), ("r", "draw", "")]

    def compose(self):
        yield Static("ready to break")

    def action_crash(self):
        password = "hunter2-in-a-frame"
        raise ValueError("broken on purpose")

    def action_worker(self):
        async def work():
            password = "hunter2-in-a-frame"
            raise ValueError("broken on purpose")
        self.run_worker(work())

    def action_draw(self):
        class Bad(Static):
            def render_line(self, y):
                password = "hunter2-in-a-frame"
                raise ValueError("broken on purpose")
        self.screen.mount(Bad("x"))

sys.exit(Broken().run_in_terminal())
"""


@pytest.mark.parametrize("key", ["c", "w", "r"], ids=["in an action", "in a worker", "while drawing"])
def test_a_crash_restores_the_terminal_and_writes_a_report_without_values(tmp_path: Path, key: str) -> None:
    need(shutil.which("tmux"), "tmux")
    program = tmp_path / "broken.py"
    program.write_text(PROGRAM)
    environment = {"XDG_STATE_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    with screen(sys.executable, str(program), "; echo left with $?", environment=environment) as shown:
        shown.until("ready to break")
        shown.press(key)
        text = shown.until("left with 1")
        assert "broken on purpose" in text
        assert "hunter2" not in text
        assert shown.modes() == CLEAN
    (report,) = (tmp_path / "watchfloor").iterdir()
    written = report.read_text()
    assert "ValueError: broken on purpose" in written
    assert report.stat().st_mode & 0o777 == 0o600
    assert "hunter2-in-a-frame" not in written.replace('password = "hunter2-in-a-frame"', "")
