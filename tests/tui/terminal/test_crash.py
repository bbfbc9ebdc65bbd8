"""Crash reports: for their owner alone, never through a link, and a full disk is no second crash."""

import os
from pathlib import Path

import pytest

from tui.terminal import crash

SECRET = "hunter2-in-a-variable"


def fails() -> None:
    """Fail with a secret in a variable."""
    secret = SECRET
    raise ValueError(f"broken by {len(secret)} signs")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where reports go in this test."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path / "watchfloor"


def test_a_report_has_the_way_to_the_fault_and_no_values() -> None:
    with pytest.raises(ValueError, match="broken") as caught:
        fails()
    text = crash.report(caught.value, "1.2.3", lambda text: text.replace("signs", "***"))
    assert "watchfloor 1.2.3" in text
    assert "in fails" in text
    assert "ValueError: broken by 21 ***" in text
    assert SECRET not in text


def test_only_its_owner_reads_it_also_where_a_report_of_the_same_name_was(home: Path) -> None:
    home.mkdir()
    (home / "crash-7.txt").write_text("old")
    (home / "crash-7.txt").chmod(0o666)
    path = crash.write("new", 7)
    assert path == home / "crash-7.txt"
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("new", 0o600)


def test_nothing_is_written_through_a_link(home: Path, tmp_path: Path) -> None:
    home.mkdir()
    other = tmp_path / "other"
    other.write_text("theirs")
    (home / "crash-7.txt").symlink_to(other)
    path = crash.write("ours", 7)
    assert path is not None
    assert not path.is_symlink()
    assert other.read_text() == "theirs"


@pytest.mark.parametrize("place", ["/dev/null/state", "/proc/none"], ids=["no folder", "nothing can be made there"])
def test_where_no_report_can_be_written_that_is_said(
    place: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", place)
    assert crash.write("text", os.getpid()) is None
    assert "no crash report could be written" in capsys.readouterr().err
