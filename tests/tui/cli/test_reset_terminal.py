"""`reset-terminal`: a terminal that a killed program left raw and in its own modes can be typed in again."""

import os
import pty
import subprocess
import sys
import termios
import tty
from pathlib import Path

WATCHFLOOR = str(Path(sys.executable).parent / "watchfloor")


def test_it_leaves_the_modes_and_sets_the_line_as_stty_sane_does() -> None:
    terminal, line = pty.openpty()
    wanted = termios.tcgetattr(line)
    subprocess.run(["stty", "sane"], stdin=line, check=True)
    sane = termios.tcgetattr(line)
    tty.setraw(line)
    assert termios.tcgetattr(line)[3] & termios.ECHO == 0
    done = subprocess.run([WATCHFLOOR, "reset-terminal"], stdin=line, stdout=line, stderr=subprocess.PIPE, check=False)
    written = os.read(terminal, 4096).decode()
    now = termios.tcgetattr(line)
    os.close(terminal)
    os.close(line)
    assert (done.returncode, done.stderr) == (0, b"")
    for mode in ("?1049l", "?25h", "?1000l", "?1003l", "?1006l", "?2004l", "?7h", "?1004l", "0m"):
        assert f"\x1b[{mode}" in written
    flags = termios.ECHO | termios.ICANON | termios.ISIG | termios.IEXTEN
    assert now[3] & flags == flags == wanted[3] & flags
    assert now[:4] == sane[:4]
    assert now[6][termios.VINTR] == b"\x03"


def test_another_terminal_can_be_given_as_input() -> None:
    terminal, line = pty.openpty()
    tty.setraw(line)
    name = os.ttyname(line)
    with Path(name).open("rb") as given:
        done = subprocess.run([WATCHFLOOR, "reset-terminal"], stdin=given, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (0, b"")
    assert b"\x1b[?1049l" in os.read(terminal, 4096)
    assert termios.tcgetattr(line)[3] & termios.ECHO
    os.close(terminal)
    os.close(line)


def test_without_a_terminal_it_says_so() -> None:
    done = subprocess.run(
        [WATCHFLOOR, "reset-terminal"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert done.returncode == 64
    assert "no terminal" in done.stderr
