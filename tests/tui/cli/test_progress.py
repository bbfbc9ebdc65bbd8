"""How far something is: one line on a terminal that is written over, and nothing anywhere else."""

import io

import pytest

from tui.cli.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, term: str = "xterm") -> list[str]:
    """The lines that were written over each other."""
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.setenv("TERM", term)
    with Progress("reading") as progress:
        progress("orders", 0.5)
        progress("orders", 0.5)
        progress("unknown\x1b[31m", None)
        progress.clear()
        progress.clear()
        progress("the last", 1.0)
    return stream.getvalue().split("\r\x1b[K")


def test_a_terminal_shows_one_line_that_goes_when_it_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = shown(monkeypatch, Terminal())
    assert lines[1] == "reading  50% orders"
    assert lines[2].startswith("reading unknown")
    assert "\x1b" not in lines[2]
    assert lines[3:] == ["", "reading 100% the last", ""]


def test_nothing_is_written_anywhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(monkeypatch, io.StringIO()) == [""]
    assert shown(monkeypatch, Terminal(), "dumb") == [""]
