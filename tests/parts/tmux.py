"""A real terminal for the tests: tmux, on a server of its own."""

import os
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

LIMIT_S = 20.0
POLL_S = 0.05
DRAWN_LOOKS = 5
"""So often at most a screen is read again until it is the same twice."""


class Screen:
    """One tmux session with one program in it."""

    def __init__(self, argv: Sequence[str], *, width: int, height: int, environment: Mapping[str, str]) -> None:
        self._server = f"watchfloor-test-{uuid.uuid4().hex[:10]}"
        settings = [part for name, value in environment.items() for part in ("-e", f"{name}={value}")]
        # A shell stays below the program, so that the screen can still be read after its end.
        self._tmux("-f", "/dev/null", "new-session", "-d", "-x", str(width), "-y", str(height), *settings, "sh")
        self._tmux("set-option", "-g", "status", "off")
        self._tmux("set-option", "-g", "escape-time", "10")
        self._tmux("set-option", "-g", "window-size", "manual")
        self.type_line(" ".join(argv))

    def _tmux(self, *arguments: str) -> str:
        # Python's own view: readline, which pytest loads, puts LINES and COLUMNS into the process's environment.
        environment = dict(os.environ)
        argv = ["tmux", "-L", self._server, *arguments]
        return subprocess.run(argv, capture_output=True, text=True, check=True, env=environment).stdout

    def type_line(self, line: str) -> None:
        """Type a line for the shell and press enter."""
        self._tmux("send-keys", "-l", line)
        self._tmux("send-keys", "Enter")

    def press(self, *keys: str) -> None:
        """Press keys, named as tmux names them ("j", "Escape", "C-p")."""
        self._tmux("send-keys", *keys)

    def type_raw(self, data: str) -> None:
        """Send bytes as the terminal itself would, such as a mouse report."""
        self._tmux("send-keys", "-H", *[f"{byte:02x}" for byte in data.encode()])

    def paste(self, text: str) -> None:
        """Paste a text, bracketed where the program asked for that."""
        self._tmux("set-buffer", "--", text)
        self._tmux("paste-buffer", "-p")

    def resize(self, width: int, height: int) -> None:
        """Give the window another size."""
        self._tmux("resize-window", "-x", str(width), "-y", str(height))

    def text(self) -> str:
        """What is on the screen."""
        return self._tmux("capture-pane", "-p")

    def modes(self) -> dict[str, str]:
        """Whether alternate screen, mouse, hidden cursor are on, as tmux knows it."""
        names = ("alternate_on", "mouse_any_flag", "mouse_sgr_flag", "cursor_flag", "wrap_flag")
        values = self._tmux("display-message", "-p", " ".join(f"#{{{name}}}" for name in names)).split()
        return dict(zip(names, values, strict=True))

    def until(self, seen: str | Callable[[str], bool], limit_s: float = LIMIT_S) -> str:
        """Wait until a text is on the screen, or a function of it is true. AssertionError at the limit."""
        check = seen if callable(seen) else lambda text: seen in text
        end = time.monotonic() + limit_s
        while not check(text := self.text()):
            if time.monotonic() > end:
                raise AssertionError(f"not seen within {limit_s} s: {seen}\n{text}")
            time.sleep(POLL_S)
        return self._drawn(text, check)

    def _drawn(self, text: str, check: Callable[[str], bool]) -> str:
        """Give the rest of a screen that was read in the middle of its drawing time to come."""
        for _ in range(DRAWN_LOOKS):
            time.sleep(POLL_S)
            later = self.text()
            if later == text or not check(later):
                break
            text = later
        return text

    def close(self) -> None:
        """End the server and all in it."""
        subprocess.run(["tmux", "-L", self._server, "kill-server"], capture_output=True, check=False)


CLEAN = {"alternate_on": "0", "mouse_any_flag": "0", "mouse_sgr_flag": "0", "cursor_flag": "1", "wrap_flag": "1"}
"""The modes of a terminal that was left as it was found."""


@contextmanager
def screen(
    *argv: str, width: int = 120, height: int = 40, environment: Mapping[str, str] | None = None
) -> Iterator[Screen]:
    """A program in a terminal of that size; everything is ended afterwards."""
    plain = {"LANG": "C.UTF-8", "COLORTERM": "truecolor", "PATH": os.environ["PATH"]}
    shown = Screen(argv, width=width, height=height, environment=plain | dict(environment or {}))
    try:
        yield shown
    finally:
        shown.close()
