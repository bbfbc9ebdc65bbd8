"""A job that is killed takes its running programs with it, and nothing else."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ops.jobs.book import JobBook
from ops.jobs.folder import JobFolder
from ops.jobs.session import started
from tests.parts.jobs import a_request, begin, ended, reached
from tests.parts.wait import until

DEAF = "trap '' TERM HUP; "


@pytest.fixture
def noted(tmp_path: Path) -> Iterator[Callable[[str], int]]:
    """Gives the pid that a program noted under a name; what lives at the end is ended."""
    seen: dict[str, tuple[int, str]] = {}

    def pid(name: str) -> int:
        file = tmp_path / name
        until(lambda: file.exists() and file.read_text().strip(), f"{name} noted its pid")
        number = int(file.read_text())
        seen[name] = number, started(number)
        return number

    yield pid
    for number, start in seen.values():
        if start and started(number) == start:
            os.kill(number, signal.SIGKILL)


async def kill_the_job(book: JobBook, number: int) -> None:
    """As the kernel does where memory ends."""
    process = JobFolder(book.folder / str(number)).process()
    assert process
    os.kill(process[0], signal.SIGKILL)


async def test_a_killed_jobs_program_ends_with_all_that_it_started(tmp_path: Path, noted: Callable[[str], int]) -> None:
    script = f"{DEAF} echo $$ > {tmp_path}/itself; (echo $(sh -c 'echo $PPID') > {tmp_path}/below; sleep 300; :); :"
    book, number = await begin(tmp_path, a_request(f"scripts {script}"))
    pids = [noted("itself"), noted("below")]
    await kill_the_job(book, number)
    until(lambda: not any(map(started, pids)), "they have ended", 5)
    assert (await ended(book, number)).verdict == "lost"


async def test_what_was_left_behind_on_purpose_lives_on(tmp_path: Path, noted: Callable[[str], int]) -> None:
    service = "sh -c 'echo $$ > {0}/{1}; exec sleep 300' >/dev/null 2>&1 &"
    scripts = (
        service.format(tmp_path, "before"),
        f"setsid {service.format(tmp_path, 'daemon')} {service.format(tmp_path, 'helper')} sleep 300",
    )
    book, number = await begin(tmp_path, a_request(f"scripts {' ;; '.join(scripts)}"))
    before, daemon, helper = noted("before"), noted("daemon"), noted("helper")
    await kill_the_job(book, number)
    until(lambda: not started(helper), "what belongs to the running program has ended", 5)
    assert started(before)
    assert started(daemon)


async def test_what_a_job_leaves_when_it_ends_by_itself_lives_on(tmp_path: Path, noted: Callable[[str], int]) -> None:
    script = f"sh -c 'echo $$ > {tmp_path}/service; exec sleep 300' >/dev/null 2>&1 &"
    book, number = await begin(tmp_path, a_request(f"scripts {script}"))
    service = noted("service")
    leader = JobFolder(book.folder / str(number)).process()
    assert leader
    assert (await ended(book, number)).verdict == "verified"
    until(lambda: not _below(leader[0]), "the guard has ended")
    assert started(service)


async def test_a_killed_guard_changes_nothing_for_the_job(tmp_path: Path) -> None:
    book, number = await begin(tmp_path, a_request("scripts sleep 1 ;; echo second"))
    await reached(book, number, "sleep 1")
    leader = JobFolder(book.folder / str(number)).process()
    assert leader
    (guard,) = [pid for pid in _below(leader[0]) if os.getsid(pid) == pid]
    os.kill(guard, signal.SIGKILL)
    assert (await ended(book, number)).verdict == "verified"
    assert "second" in [line.text for line in book.output(number)]


@pytest.mark.parametrize("after_s", [0.0, 0.002, 0.005, 0.01, 0.02])
async def test_no_program_slips_away_however_early_the_job_is_killed(tmp_path: Path, after_s: float) -> None:
    book, number = await begin(tmp_path, a_request("scripts sleep 299.7"))
    leader = None
    while not leader:
        leader = JobFolder(book.folder / str(number)).process()
    await reached(book, number, "runs")
    time.sleep(after_s)  # noqa: ASYNC251 - to hit the moment in which the program starts
    os.kill(leader[0], signal.SIGKILL)
    until(lambda: not _of_session(leader[0]), "nothing of the session is left", 5)


def _stats() -> Iterator[tuple[int, list[str]]]:
    for place in Path("/proc").iterdir():
        if place.name.isdecimal():
            try:
                fields = (place / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if fields[0] not in "ZX":
                yield int(place.name), fields


def _below(parent: int) -> list[int]:
    return [pid for pid, fields in _stats() if int(fields[1]) == parent]


def _of_session(leader: int) -> list[int]:
    return [pid for pid, fields in _stats() if int(fields[3]) == leader]
