"""Shops are found only through a folder that nobody else could have written, and their ports don't get lost."""

from pathlib import Path

import pytest

from ops.demo.plan import free_ports, read_plan, write_plan
from ops.demo.registry import UnsafeFolderError, clean, folder, remember, running


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return folder()


def test_the_folder_is_closed_to_others(place: Path) -> None:
    assert place.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_others_can_write_is_refused(place: Path) -> None:
    place.chmod(0o777)
    with pytest.raises(UnsafeFolderError, match="only you can write"):
        running()


def test_a_link_instead_of_the_folder_is_refused(place: Path, tmp_path: Path) -> None:
    place.rmdir()
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    place.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UnsafeFolderError):
        folder()


def test_a_shop_that_does_not_answer_does_not_run(place: Path, tmp_path: Path) -> None:
    directory = tmp_path / "watchfloor-demo-gone"
    remember(directory)
    assert running() == []
    clean()
    assert list(place.iterdir()) == []


def test_cleaning_removes_only_what_a_shop_left(place: Path, tmp_path: Path) -> None:
    left, precious = tmp_path / "watchfloor-demo-left", tmp_path / "precious"
    for directory in (left, precious):
        directory.mkdir()
        remember(directory)
    clean()
    assert not left.exists()
    assert precious.exists()


def test_ports_are_different_and_below_those_of_outgoing_connections() -> None:
    ports = free_ports(tuple("abcdefgh"))
    assert len(set(ports.values())) == 8
    assert max(ports.values()) < 32_768


def test_a_plan_is_read_back_whole_and_never_shows_its_secrets(tmp_path: Path) -> None:
    plan = write_plan(tmp_path)
    assert read_plan(tmp_path) == plan
    assert plan.passwords["redis"] not in repr(plan)
    assert all(path.stat().st_mode & 0o077 == 0 for path in plan.private().rglob("*"))
