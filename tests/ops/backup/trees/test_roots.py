"""What paths of a config mean, and which names of a tar are asked for."""

from pathlib import Path

import pytest

from collectors.backup import BackupConfig
from ops.backup.errors import BackupError
from ops.backup.names import is_part
from ops.backup.trees.choosing import Choice, refuse_unfound
from ops.backup.trees.roots import own_places, roots


def test_each_path_is_a_part_with_a_name_of_its_own(tmp_path: Path) -> None:
    for name in ("A b", "a-b", "ä" * 90):
        (tmp_path / name).mkdir()
    found = roots(["A b", "a-b", "ä" * 90, "/"], tmp_path)
    names = [root.part for root in found]
    assert len(set(names)) == 4
    assert all(is_part(name) for name in names)
    assert names[-1] == "root.tar"
    assert [root.whole for root in found] == [True, True, True, False]


def test_a_link_that_is_named_is_followed_and_those_in_a_folder_are_not(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    (found,) = roots(["link"], tmp_path)
    assert found.path == str(tmp_path / "real")


def test_a_glob_takes_a_folder_once_with_all_that_is_below(tmp_path: Path) -> None:
    (tmp_path / "conf" / "a" / "deep").mkdir(parents=True)
    (tmp_path / "conf" / "b.conf").touch()
    (found,) = roots(["conf/**"], tmp_path)
    assert (found.path, found.whole) == (str(tmp_path / "conf"), False)
    assert found.members == (str(tmp_path / "conf" / "a"), str(tmp_path / "conf" / "b.conf"))


@pytest.mark.parametrize(
    ("target", "own"),
    [
        pytest.param("file:///var/with%20blank", ["/var/with blank"], id="a folder"),
        pytest.param("restic:/srv/restic", ["/srv/restic"], id="a repository of restic on this host"),
        pytest.param("restic:sftp:host:/srv/restic", [], id="one on another"),
        pytest.param("s3://bucket/srv", [], id="an object store"),
    ],
)
def test_where_the_backups_go_is_never_a_part_of_them(target: str, own: list[str], tmp_path: Path) -> None:
    found = own_places(BackupConfig(name="a", kind="files", target=target), tmp_path)
    assert list(found) == [str(tmp_path), *own]


@pytest.mark.parametrize("paths", [[], ["nothing-like-it/**"]])
def test_no_path_and_a_glob_that_means_nothing_are_told(paths: list[str], tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="there is nothing to take") as empty:
        roots(paths, tmp_path)
    assert empty.value.reason == "empty"


@pytest.mark.parametrize(
    ("only", "meant"),
    [
        pytest.param("/srv/media/a.png", True, id="the whole path"),
        pytest.param("media/a.png", True, id="from the folder that was taken on"),
        pytest.param("a.png", True, id="from within it on"),
        pytest.param("srv/media/a.png", True, id="as it is in the tar"),
        pytest.param("*.png", True, id="a glob"),
        pytest.param("/srv/media", True, id="a folder with all below"),
        pytest.param("/", True, id="everything"),
        pytest.param("/srv/med", False, id="the beginning of a name"),
        pytest.param("png", False, id="a part of a name"),
        pytest.param("other/a.png", False, id="another folder"),
    ],
)
def test_names_are_asked_for_in_many_ways(only: str, meant: bool) -> None:
    choice = Choice((only,), "/srv/media")
    assert choice.meant("srv/media/a.png") is meant
    assert bool(choice.found) is meant


def test_a_name_that_really_is_called_so_is_no_glob() -> None:
    choice = Choice(("*.txt",), "/srv/media", ("*.txt",))
    assert [choice.meant(f"srv/media/{name}") for name in ("*.txt", "a.txt")] == [True, False]


def test_what_was_not_found_is_told() -> None:
    with pytest.raises(BackupError, match=r"there is no b in this backup"):
        refuse_unfound(("a/", "b"), {"a"})
