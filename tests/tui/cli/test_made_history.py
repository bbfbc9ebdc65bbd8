"""`watchfloor demo --history … --into DIR`: what it writes, what it says, and what it refuses."""

from pathlib import Path

import pytest

from ops.store.opening import FILE_NAME, open_store
from tui.cli.entry import run


def test_a_history_is_made_alone_and_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "made"
    assert run(["demo", "--history", "3h", "--services", "5", "--into", str(folder)]) == 0
    out, err = capsys.readouterr()
    assert out.strip() == str(folder / FILE_NAME)
    assert "marked as generated" in err
    store = open_store(folder, read_only=True)
    assert store.info().generated
    assert "service:generated-05" in store.counted_rows()
    store.close()


def test_what_is_there_is_never_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / FILE_NAME).write_text("precious")
    assert run(["demo", "--history", "3h", "--into", str(tmp_path)]) == 73
    assert "already" in capsys.readouterr().err
    assert (tmp_path / FILE_NAME).read_text() == "precious"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        pytest.param(["--history", "soon"], "is not a duration", id="no length of time"),
        pytest.param(["--history", "1m"], "between 2h and 400d", id="too short"),
        pytest.param(["--history", "9000d"], "between 2h and 400d", id="too long"),
        pytest.param(["--history", "3h", "--services", "2"], "between 4 (the shop's own)", id="too few services"),
        pytest.param(["--services", "9"], "needs --history", id="services without a history"),
        pytest.param(["--into", "somewhere"], "needs --history", id="a folder without a history"),
        pytest.param(["--into", "x", "--headless"], "not allowed with", id="no shop, and yet one"),
    ],
)
def test_what_can_not_be_made_is_refused(given: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", *given]) == 64
    assert said in capsys.readouterr().err


def test_a_folder_that_can_not_be_made_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert run(["demo", "--history", "3h", "--into", str(tmp_path / "file" / "below")]) == 73
    assert capsys.readouterr().err.startswith("watchfloor: ")
