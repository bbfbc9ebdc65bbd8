"""A real floor beside a real monitor: it gives way to it, shows what it sees, and goes on when it is killed."""

import shutil
from pathlib import Path

from ops.store.lock import recorded_by
from tests.parts.command import clean_environment
from tests.parts.monitors import monitor, refusing
from tests.parts.need import need
from tests.parts.slow_fix import WATCHFLOOR
from tests.parts.tmux import screen
from tests.parts.wait import until

LIMIT_S = 20.0


def test_a_floor_follows_its_monitor_and_goes_on_without_it(tmp_path: Path) -> None:
    need(shutil.which("tmux"), "tmux")
    config = refusing(tmp_path)
    environment = clean_environment(TERM="xterm-256color")
    with screen(WATCHFLOOR, "--config", str(config), width=160, height=40, environment=environment) as floor:
        floor.until("refused the connection", LIMIT_S)
        until(lambda: recorded_by(tmp_path / "history") is not None, "the floor to lead", LIMIT_S)
        with monitor(config) as one:
            floor.until(f"pid {one.process.pid}", LIMIT_S)
            floor.until(lambda text: "attached" in text and "refused the connection" in text, LIMIT_S)
            assert recorded_by(tmp_path / "history") == one.process.pid
            one.process.kill()
            one.process.wait()
            floor.until(lambda text: "attached" not in text and "has ended" in text, 5)
        floor.until("refused the connection", LIMIT_S)
        until(lambda: recorded_by(tmp_path / "history") not in (None, one.process.pid), "it to lead again", LIMIT_S)
        floor.press("q")
        until(lambda: recorded_by(tmp_path / "history") is None, "its end", LIMIT_S)
