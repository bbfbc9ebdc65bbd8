"""The output of a job: bounded, counted, digested, inert; read whole, from the end, and on and on across its files."""

import hashlib
import random
import time
from pathlib import Path

import msgspec
import pytest

from ops.jobs.output import FIRST_BYTES, NEXT_BYTES, OutputWriter, part
from ops.jobs.reading import OutputReader, newest, parts, whole
from tests.parts.small_disk import small_disk


class Clock:
    """A clock and a `later` that a test moves by hand."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.due: list[tuple[float, object]] = []

    def __call__(self) -> float:
        return self.now

    def later(self, after_s: float, what: object) -> None:
        self.due.append((after_s, what))


def writer(
    folder: Path, clock: Clock | None = None, limits: tuple[int, int] = (FIRST_BYTES, NEXT_BYTES)
) -> OutputWriter:
    clock = clock or Clock()
    return OutputWriter(folder, clock.later, clock, limits)


def raw(folder: Path) -> bytes:
    return b"".join(part(folder, number).read_bytes() for number in parts(folder))


def test_the_first_line_is_written_at_once_the_next_ones_together(tmp_path: Path) -> None:
    clock = Clock()
    output = writer(tmp_path, clock)
    output.add("say", "started")
    assert [line.text for line in whole(tmp_path)] == ["started"]
    for number in range(100):
        output.add("out", f"{number}")
    assert len(whole(tmp_path)) == 1
    assert len(clock.due) == 1
    clock.now += 0.05
    output.flush()
    assert [line.number for line in whole(tmp_path)] == list(range(101))
    output.close()


def test_lines_are_inert_and_the_files_for_their_owner_alone(tmp_path: Path) -> None:
    output = writer(tmp_path)
    output.add("err", 'a"\n{"number":9}\x1b[2J\u202e' + "x" * 9000)
    output.close()
    (line,) = whole(tmp_path)
    assert line.text.startswith('a"␊{"number":9}␛[2J\ufffdxxx')
    assert len(line.text) == 2000
    assert part(tmp_path, 0).stat().st_mode & 0o777 == 0o600


def test_the_digest_is_that_of_the_files_while_nothing_is_left_out(tmp_path: Path) -> None:
    output = writer(tmp_path, limits=(1000, 1000))
    for number in range(20):
        output.add("out", f"line {number}")
    output.close()
    assert output.left_out == 0
    assert len(parts(tmp_path)) > 1
    assert output.digest == hashlib.sha256(raw(tmp_path)).hexdigest()


def test_of_100_mb_the_first_and_the_newest_stay(tmp_path: Path) -> None:
    """With the digest of all of it, in a bounded time and room."""
    clock = Clock()
    output = writer(tmp_path, clock)
    text = "x" * 950
    digest, count = hashlib.sha256(), 100_000
    for number in range(count):
        output.add("out", text)
        digest.update(msgspec.json.encode({"number": number, "at": 1000.0, "kind": "out", "text": text}) + b"\n")
    output.close()
    kept = whole(tmp_path)
    assert output.lines == count
    assert output.digest == digest.hexdigest()
    assert output.left_out == count - len(kept)
    size = sum(part(tmp_path, number).stat().st_size for number in parts(tmp_path))
    assert 16 * 2**20 - 2 * 70_000 < size <= 24 * 2**20
    assert kept[0].number == 0
    assert kept[-1].number == count - 1
    assert [line.number for line in newest(tmp_path, 3)] == [count - 3, count - 2, count - 1]


@pytest.mark.parametrize("last", [1, 7, 50, 500], ids=lambda count: f"the last {count}")
def test_the_last_lines_are_those_at_the_end_of_all(tmp_path: Path, last: int) -> None:
    output = writer(tmp_path, limits=(3000, 3000))
    chance = random.Random(last)
    for number in range(300):
        output.add("out", "ä" * chance.randint(0, 60) + f" {number}")
        if chance.random() < 0.2:
            output.flush()
    output.close()
    assert newest(tmp_path, last) == whole(tmp_path)[-last:]


def test_a_reader_follows_across_files_and_reads_nothing_twice(tmp_path: Path) -> None:
    output = writer(tmp_path, limits=(2000, 2000))
    reader = OutputReader(tmp_path)
    assert reader.read() == []
    seen: list[int] = []
    chance = random.Random(3)
    for number in range(2000):
        output.add("out", f"line {number}")
        if chance.random() < 0.1:
            output.flush()
            while lines := reader.read():
                seen += [line.number for line in lines]
    output.close()
    while lines := reader.read():
        seen += [line.number for line in lines]
    reader.close()
    assert seen == list(range(2000))
    assert output.left_out > 0


def test_a_slow_reader_misses_only_what_was_left_out(tmp_path: Path) -> None:
    output = writer(tmp_path, limits=(2000, 2000))
    reader = OutputReader(tmp_path)
    for number in range(50):
        output.add("out", f"line {number}")
    output.flush()
    seen = [line.number for line in reader.read()]
    for number in range(50, 2000):
        output.add("out", f"line {number}")
        output.flush()
    output.close()
    while lines := reader.read():
        seen += [line.number for line in lines]
    reader.close()
    assert seen == sorted(set(seen))
    assert seen[-1] == 1999
    assert {line.number for line in whole(tmp_path)} <= set(seen)


@pytest.mark.parametrize("after", [-1, 0, 10, 1950, 1999, 5000])
def test_a_reader_begins_after_the_number_it_is_told(tmp_path: Path, after: int) -> None:
    output = writer(tmp_path, limits=(2000, 2000))
    for number in range(2000):
        output.add("out", f"line {number}")
        if number % 10 == 0:
            output.flush()
    output.close()
    reader = OutputReader(tmp_path, after)
    seen: list[int] = []
    while lines := reader.read():
        seen += [line.number for line in lines]
    reader.close()
    assert seen == [line.number for line in whole(tmp_path) if line.number > after]


def test_a_torn_line_is_read_when_it_is_whole(tmp_path: Path) -> None:
    output = writer(tmp_path)
    output.add("out", "one")
    output.close()
    line = part(tmp_path, 0).read_bytes()
    reader = OutputReader(tmp_path)
    part(tmp_path, 0).write_bytes(line + line[:20])
    assert [found.text for found in reader.read()] == ["one"]
    assert reader.read() == []
    assert [found.text for found in newest(tmp_path, 5)] == ["one"]
    part(tmp_path, 0).write_bytes(line + line.replace(b'"number":0', b'"number":1'))
    assert [found.number for found in reader.read()] == [1]
    reader.close()


def test_on_a_full_disk_lines_are_left_out_and_counted_and_it_goes_on_when_there_is_room(tmp_path: Path) -> None:
    with small_disk(tmp_path) as disk:
        folder = disk.folder / "job"
        folder.mkdir()
        output = writer(folder)
        output.add("out", "before")
        disk.fill()
        for number in range(500):
            output.add("out", f"{number} " + "x" * 100)
            if number % 7 == 0:
                output.flush()
        output.flush()
        reader = OutputReader(folder)
        during = [line.number for line in reader.read()]
        assert output.left_out == 501 - len(during) > 0
        disk.empty()
        output.add("out", "after")
        output.close()
        kept = whole(folder)
        assert [line.text for line in reader.read()] == ["after"]
        reader.close()
    assert (kept[0].text, kept[-1].text) == ("before", "after")
    assert [line.number for line in kept] == [*during, 501]
    assert output.lines == 502
    assert output.left_out == 502 - len(kept)


def test_writing_is_cheap(tmp_path: Path) -> None:
    """1,000 lines a second of ten jobs are to be nothing beside what makes them."""
    output = OutputWriter(tmp_path, lambda _after, _what: None, time.time)
    best = 1.0
    for _ in range(5):
        began = time.process_time()
        for number in range(2000):
            output.add("out", f"2026-11-21 10:00:00 INFO request {number} path=/api/v1/items status=200 took=12ms")
        best = min(best, (time.process_time() - began) / 2000)
    output.close()
    assert best < 0.0001
