"""`watchfloor store`: figures of a history for people and programs, and a sentence where there is none to be had."""

import json
import os
import shutil
import time
from contextlib import closing
from pathlib import Path

import pytest

from ops.store.contract import Retention
from ops.store.lock import RecorderLock
from ops.store.opening import open_store
from tests.parts.command import clean_environment, watchfloor
from tests.parts.recording import record

CONFIG = '[watchfloor]\nname = "shop"\n\n[[tcp]]\nname = "db"\nhost = "127.0.0.1"\nport = 1\n\n[store]\nraw = "2d"\n'


@pytest.fixture
def state(tmp_path: Path) -> dict[str, str]:
    """An environment whose state is below the test's folder, which has a config too."""
    (tmp_path / "watchfloor.toml").write_text(CONFIG)
    return clean_environment(XDG_STATE_HOME=str(tmp_path / "state"))


@pytest.fixture
def folder(tmp_path: Path, state: dict[str, str]) -> Path:
    """The folder of that config's history, with a few readings in it."""
    where = tmp_path / "state" / "watchfloor" / "shop"
    where.mkdir(parents=True)
    store = open_store(where, retention=Retention())
    store.note("name", "shop")
    begun = time.time() - 3600
    store.append([record(begun + number, number) for number in range(10)])
    store.close()
    return where


def test_info_tells_all_of_it(tmp_path: Path, state: dict[str, str], folder: Path) -> None:
    done = watchfloor("store", "info", cwd=tmp_path, environment=state)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == f"shop: {folder}/history.sqlite"
    assert lines[1].split() == ["recorded", "not", "now"]
    assert lines[4].split() == ["rows", "1"]
    assert any(line.split()[0] == "raw" and line.endswith("kept for 2d") for line in lines)
    assert any(line.split()[0] == "hours" and line.endswith("kept for 400d") for line in lines)


def test_info_says_who_records_now(tmp_path: Path, state: dict[str, str], folder: Path) -> None:
    lock = RecorderLock(folder)
    lock.take()
    done = watchfloor("store", "info", cwd=tmp_path, environment=state)
    assert f"now, by pid {os.getpid()}" in done.stdout
    told = json.loads(watchfloor("store", "info", "--json", cwd=tmp_path, environment=state).stdout)
    lock.release()
    assert (told["recorded"], told["recorded_by"], told["name"]) == (True, os.getpid(), "shop")
    assert told["size_bytes"] > 0
    assert told["subjects"] == 1
    assert told["last"] - told["first"] == pytest.approx(9)


@pytest.mark.parametrize("named", ["{folder}", "{folder}/history.sqlite"], ids=["its folder", "its file"])
def test_a_copied_store_needs_no_config(tmp_path: Path, folder: Path, state: dict[str, str], named: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    done = watchfloor("store", "info", "--store", named.format(folder=folder), cwd=elsewhere, environment=state)
    assert done.returncode == 0
    assert done.stdout.startswith("shop: ")
    assert "kept for" not in done.stdout


def test_vacuum_works_while_it_is_recorded(tmp_path: Path, state: dict[str, str], folder: Path) -> None:
    lock = RecorderLock(folder)
    lock.take()
    done = watchfloor("store", "vacuum", cwd=tmp_path, environment=state)
    told = watchfloor("store", "vacuum", "--json", cwd=tmp_path, environment=state)
    lock.release()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("gave back ")
    assert json.loads(told.stdout)["given_back_bytes"] >= 0


@pytest.mark.parametrize("what", ["info", "vacuum"])
def test_where_there_is_none(tmp_path: Path, state: dict[str, str], what: str) -> None:
    done = watchfloor("store", what, cwd=tmp_path, environment=state)
    assert (done.returncode, done.stdout) == (70, "")
    assert f"there is no history in {tmp_path}/state/watchfloor/shop; the floor" in done.stderr
    assert not (tmp_path / "state").exists()
    named = watchfloor("store", what, "--store", "/nowhere", cwd=tmp_path, environment=state)
    assert named.returncode == 64
    assert 'no store "/nowhere"' in named.stderr


@pytest.mark.parametrize("what", ["info", "vacuum"])
def test_a_damaged_one_is_told_and_left_as_it_is(
    tmp_path: Path, state: dict[str, str], folder: Path, what: str
) -> None:
    file = folder / "history.sqlite"
    file.write_bytes(b"no database at all" * 1000)
    done = watchfloor("store", what, cwd=tmp_path, environment=state)
    assert (done.returncode, done.stdout) == (70, "")
    assert "is damaged; " in done.stderr
    assert [path.name for path in folder.iterdir()] == ["history.sqlite"]


def test_wrong_words_are_wrong_use(tmp_path: Path) -> None:
    assert watchfloor("store", cwd=tmp_path).returncode == 64
    assert watchfloor("store", "inform", cwd=tmp_path).returncode == 64


def test_a_copy_of_any_name_is_read_and_vacuumed_as_that_file(
    tmp_path: Path, state: dict[str, str], folder: Path
) -> None:
    """Also beside another history, of which it tells nothing."""
    copied = folder / "before-the-move.db"
    shutil.copy(folder / "history.sqlite", copied)
    with closing(open_store(copied)) as store:
        store.note("name", "the copy")
    lock = RecorderLock(folder)
    lock.take()
    done = watchfloor("store", "info", "--store", str(copied), "--json", cwd=tmp_path, environment=state)
    lock.release()
    told = json.loads(done.stdout)
    assert (told["name"], told["path"], told["recorded"]) == ("the copy", str(copied), False)
    assert watchfloor("store", "vacuum", "--store", str(copied), cwd=tmp_path, environment=state).returncode == 0
    past = watchfloor("board", "--at", "-1h", "--json", "--store", str(copied), cwd=tmp_path, environment=state)
    assert json.loads(past.stdout)["name"] == "the copy"
