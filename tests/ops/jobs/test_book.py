"""The list of jobs is looked at twice a second: what has ended is read once."""

import os
import shutil
from pathlib import Path

import pytest
from msgspec.structs import replace

from ops.actions.errors import Refused
from ops.jobs.book import JobBook
from ops.jobs.folder import JobFolder
from ops.jobs.held import grab
from ops.jobs.structs import Job
from tests.parts.jobs import a_request


def ended(book: JobBook, number: int) -> None:
    folder = JobFolder(book.folder / str(number))
    job = book.job(number)
    assert job
    folder.write_end(replace(job, state="ended", verdict="verified"))


def test_jobs_that_have_ended_are_looked_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = JobBook(tmp_path)
    numbers = [book.create(a_request()) for _ in range(6)]
    for number in numbers[:-1]:
        ended(book, number)
    alive = grab(JobFolder(book.folder / "6").alive)
    assert alive is not None
    other = JobBook(tmp_path)
    assert [(job.id, job.runs) for job in other.jobs()] == [(6, True), *((each, False) for each in (5, 4, 3, 2, 1))]
    looked: list[int] = []
    real = JobBook.job

    def look(self: JobBook, number: int) -> Job | None:
        looked.append(number)
        return real(self, number)

    monkeypatch.setattr(JobBook, "job", look)
    assert len(other.jobs()) == 6
    assert looked == [6]
    ended(book, 6)
    os.close(alive)
    assert [job.verdict for job in other.jobs()] == ["verified"] * 6
    shutil.rmtree(book.folder / "2")
    assert [job.id for job in other.jobs()] == [6, 5, 4, 3, 1]


def test_where_they_can_t_be_read_they_are_as_they_were(tmp_path: Path) -> None:
    book = JobBook(tmp_path)
    for _ in range(3):
        book.create(a_request())
    ended(book, 1)
    before = book.jobs()
    away = book.folder.rename(tmp_path / "away")
    book.folder.write_text("no folder")
    assert book.jobs() == before
    assert JobBook(tmp_path).jobs() == []
    book.folder.unlink()
    away.rename(book.folder)
    assert book.jobs() == before
    shutil.rmtree(book.folder)
    assert book.jobs() == []


def test_the_longest_plan_can_be_read_again_and_a_longer_one_is_refused(tmp_path: Path) -> None:
    book = JobBook(tmp_path)
    plan = ("日" * 2000,) * 501
    number = book.create(replace(a_request(), plan=plan))
    job = JobBook(tmp_path).job(number)
    assert job is not None
    assert job.request.plan == plan
    with pytest.raises(Refused, match="more than anybody could read"):
        book.create(replace(a_request(), plan=plan * 10))
    assert [each.id for each in book.jobs()] == [number]


def test_one_that_was_lost_is_looked_at_again(tmp_path: Path) -> None:
    book = JobBook(tmp_path)
    number = book.create(a_request())
    alive = JobFolder(book.folder / str(number)).alive
    alive.touch()
    assert [job.verdict for job in book.jobs()] == [""], "its process is just being born"
    alive.write_text("4711 12")
    assert [job.verdict for job in book.jobs()] == ["lost"]
    ended(JobBook(tmp_path), number)
    assert [job.verdict for job in book.jobs()] == ["verified"]
