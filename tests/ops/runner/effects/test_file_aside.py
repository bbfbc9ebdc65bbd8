"""What is replaced is kept, bounded: the oldest go first, and a name never leaves the folder."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.runner.effects import file_aside
from ops.runner.effects.file_aside import Aside


def test_the_oldest_go_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_aside, "MOST_FILES", 3)
    (tmp_path / "20200101T000000-00000000-old").write_text("old")
    aside = Aside(tmp_path)
    kept = [aside.keep(f"/etc/{number}", b"x") for number in range(3)]
    assert sorted(tmp_path.iterdir()) == sorted(kept)


def test_they_have_no_more_than_their_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_aside, "MOST_BYTES", 10)
    aside = Aside(tmp_path)
    for number in range(4):
        aside.keep(f"/etc/{number}", b"1234")
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) <= 10


def test_many_keep_at_the_same_time_and_each_is_kept(tmp_path: Path) -> None:
    aside = Aside(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        kept = list(pool.map(lambda number: aside.keep(f"/etc/{number}", b"x"), range(100)))
    assert sorted(tmp_path.iterdir()) == sorted(kept)


@given(path=st.text(min_size=1, max_size=300).map(lambda name: f"/etc/{name}"))
def test_whatever_a_path_is_called_it_is_one_file_of_the_folder(
    path: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("aside")
    kept = Aside(folder).keep(path, b"x")
    assert kept.parent == folder
    assert kept.name.isascii()
    assert kept.read_bytes() == b"x"
