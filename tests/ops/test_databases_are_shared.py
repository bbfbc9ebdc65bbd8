"""Who keeps a database open keeps its locks, whatever else the same process opens, and whoever comes and goes."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from sqlite3 import Connection

import pytest

from ops.durable import begin_file
from ops.incidents import database
from ops.incidents.source import IncidentError
from ops.store.sqlite import connect as history
from tests.parts.command import ROOT

COMES_AND_GOES = """
import sqlite3, sys
other = sqlite3.connect(sys.argv[1])
other.execute("INSERT INTO notes VALUES ('asked', 'by another process')")
other.commit()
other.close()
"""


def _of_incidents(folder: Path) -> Connection:
    return database.connect(folder)


def _of_history(folder: Path) -> Connection:
    return history.writing(folder / "history.sqlite")


@pytest.mark.parametrize(
    "connect", [pytest.param(_of_incidents, id="incidents"), pytest.param(_of_history, id="the history")]
)
def test_one_that_comes_and_goes_leaves_the_log_to_who_goes_on(
    connect: Callable[[Path], Connection], tmp_path: Path
) -> None:
    keeper = connect(tmp_path)
    connect(tmp_path).close()
    file = next(tmp_path.glob("*.sqlite"))
    keeper.execute("INSERT INTO notes VALUES ('kept', 'before')")
    log = file.with_name(f"{file.name}-wal").stat().st_ino
    subprocess.run([sys.executable, "-c", COMES_AND_GOES, str(file)], cwd=ROOT, check=True)
    assert file.with_name(f"{file.name}-wal").stat().st_ino == log, "it took itself for the last one"
    assert dict(keeper.execute("SELECT * FROM notes").fetchall())["asked"] == "by another process"
    keeper.close()


def test_a_file_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    begin_file(tmp_path / "new")
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o600
    (tmp_path / "old").write_text("words")
    begin_file(tmp_path / "old")
    assert (tmp_path / "old").read_text() == "words"


def test_incidents_are_not_kept_where_a_link_leads(tmp_path: Path) -> None:
    (tmp_path / database.FILE_NAME).symlink_to(tmp_path / "precious")
    with pytest.raises(IncidentError, match="is a link to elsewhere") as caught:
        database.connect(tmp_path)
    assert caught.value.remedy
    assert not (tmp_path / "precious").exists()
