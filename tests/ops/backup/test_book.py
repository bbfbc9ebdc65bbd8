"""The book of what was done: whole lines only, newest first, bounded, and changed by any process."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.backup import book as books
from ops.backup.book import Book, worth_keeping
from ops.backup.errors import BackupError
from ops.backup.structs import Event
from tests.parts.small_disk import small_disk


def event(at: float = 1.0, **fields: object) -> Event:
    given: dict[str, object] = {"what": "run", "set": "media", "at": at, "ok": True} | fields
    return Event(**given)  # type: ignore[arg-type]


def test_lines_come_back_newest_first_and_change_the_version(tmp_path: Path) -> None:
    book = Book(tmp_path / "backups")
    before = book.version()
    book.add(event(1.0))
    book.add(event(2.0))
    assert [one.at for one in book.events("media")] == [2.0, 1.0]
    assert book.version() != before
    assert book.events("other") == ()


def test_what_another_process_wrote_is_seen(tmp_path: Path) -> None:
    mine, other = Book(tmp_path), Book(tmp_path)
    mine.add(event(1.0))
    assert len(mine.events("media")) == 1
    other.add(event(2.0))
    assert len(mine.events("media")) == 2


def test_a_torn_line_spoils_neither_those_before_nor_those_after(tmp_path: Path) -> None:
    book = Book(tmp_path)
    book.add(event(1.0))
    with (tmp_path / "media.jsonl").open("ab") as file:
        file.write(b'{"what":"run","set":"me')
    book.add(event(2.0))
    assert [one.at for one in book.events("media")] == [2.0, 1.0]


@given(cut=st.integers(1, 400))
def test_however_it_is_cut_the_whole_lines_stay(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    folder = tmp_path_factory.mktemp("book")
    book = Book(folder)
    for at in range(4):
        book.add(event(float(at)))
    file = folder / "media.jsonl"
    lines = file.read_bytes()
    file.write_bytes(lines[:-cut])
    whole = lines[:-cut].count(b"\n")
    # The last line is whole also without its end.
    assert len(Book(folder).events("media")) in (whole, whole + 1)
    book.add(event(9.0))
    assert Book(folder).events("media")[0].at == 9.0


def test_it_is_for_its_owner_alone_and_no_link_is_followed(tmp_path: Path) -> None:
    book = Book(tmp_path)
    book.add(event())
    assert (tmp_path / "media.jsonl").stat().st_mode & 0o777 == 0o600
    (tmp_path / "other.jsonl").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BackupError, match="can't be used"):
        book.add(event(set="other"))
    with pytest.raises(BackupError) as caught:
        book.add(event(set="../out"))
    assert caught.value.reason == "unsafe"


def test_proofs_of_what_is_still_there_outlive_all_others() -> None:
    proof = event(1.0, what="verify", backup="a", digest="d")
    gone = event(2.0, what="verify", backup="b")
    runs = [event(10.0 + number) for number in range(50)]
    deleted = event(99.0, what="prune", deleted=("b",))
    kept = worth_keeping([deleted, *reversed(runs), gone, proof], 10)
    assert len(kept) == 10
    assert kept[0] == deleted
    assert kept[-1] == proof
    assert gone not in kept


def test_it_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(books, "MOST", 20)
    book = Book(tmp_path)
    for at in range(100):
        book.add(event(float(at), words="x" * 100))
    assert 10 <= len(book.events("media")) <= 40
    assert book.events("media")[0].at == 99.0


def test_without_room_it_says_so_before_anything_is_done(tmp_path: Path) -> None:
    with small_disk(tmp_path) as disk:
        book = Book(disk.folder / "backups")
        book.check("media")
        disk.fill()
        with pytest.raises(BackupError) as caught:
            book.check("media")
        assert caught.value.reason == "full"
        disk.empty()


def test_a_folder_that_is_not_ours_is_told(tmp_path: Path) -> None:
    (tmp_path / "backups").write_text("a file")
    with pytest.raises(BackupError, match="can't be used"):
        Book(tmp_path / "backups").check("media")
    assert os.listdir(tmp_path) == ["backups"]
