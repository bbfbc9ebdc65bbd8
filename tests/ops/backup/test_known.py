"""Manifests that were read before: kept whole by several processes, asked for again where they are not."""

import asyncio
from pathlib import Path

import pytest

from ops.backup.known import Known, Read
from ops.pidlock import PidLock
from tests.parts.made_backups import manifest


def read(at: float, name: str) -> Read:
    return Read(manifest=manifest(at, name), digest=f"d-{name}")


def test_what_was_learnt_is_known_to_everybody_until_it_is_forgotten(tmp_path: Path) -> None:
    mine, other = Known(tmp_path), Known(tmp_path)
    assert mine.newest("shop") is None
    mine.learn("shop", read(1.0, "a"))
    other.learn("shop", read(2.0, "b"))
    assert sorted(mine.all("shop")) == ["a", "b"]
    newest = other.newest("shop")
    assert newest is not None
    assert newest.id == "b"
    mine.forget("shop", ["a"])
    assert sorted(other.all("shop")) == ["b"]
    assert other.all("another") == {}


def test_a_torn_line_is_passed_over(tmp_path: Path) -> None:
    known = Known(tmp_path)
    known.learn("shop", read(1.0, "a"))
    with (tmp_path / "known" / "shop.jsonl").open("ab") as file:
        file.write(b'{"manifest":{"id":"x"\n')
    known.learn("shop", read(2.0, "b"))
    assert sorted(Known(tmp_path).all("shop")) == ["a", "b"]


def test_while_another_writes_it_is_left_as_it_is(tmp_path: Path) -> None:
    known = Known(tmp_path)
    known.learn("shop", read(1.0, "a"))
    lock = PidLock(tmp_path / "known" / "shop.lock")
    assert lock.take() is None
    known.forget("shop", ["a"])
    assert sorted(known.all("shop")) == ["a"]
    lock.release()
    known.forget("shop", ["a"])
    assert known.all("shop") == {}


def test_a_folder_that_cannot_be_written_hinders_nobody(tmp_path: Path) -> None:
    (tmp_path / "known").write_text("a file")
    known = Known(tmp_path)
    known.learn("shop", read(1.0, "a"))
    assert known.all("shop") == {}


@pytest.mark.parametrize("writers", [4])
async def test_several_that_write_at_once_leave_whole_lines(tmp_path: Path, writers: int) -> None:
    def work(nth: int) -> None:
        known = Known(tmp_path)
        for at in range(20):
            known.learn("shop", read(float(at), f"{nth}-{at}"))
            known.forget("shop", [f"{nth}-{at - 1}"])

    await asyncio.gather(*(asyncio.to_thread(work, nth) for nth in range(writers)))
    lines = (tmp_path / "known" / "shop.jsonl").read_bytes().splitlines()
    assert len(Known(tmp_path).all("shop")) <= len(lines)
    assert all(line.startswith(b'{"manifest"') and line.endswith(b"}") for line in lines)
