"""Nothing is done by a config that somebody else could have written."""

import os
from pathlib import Path

import pytest

from ops.fixes.guarded import guarded

NOBODY = 65534


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A config in a folder that is ours alone."""
    place = tmp_path / "etc"
    place.mkdir(mode=0o755)
    file = place / "wf.toml"
    file.write_text("")
    file.chmod(0o644)
    return file


def test_what_only_we_can_write_is_fine(config: Path) -> None:
    assert guarded(str(config)) == ""


@pytest.mark.parametrize("mode", [pytest.param(0o664, id="by the group"), pytest.param(0o646, id="by everybody")])
def test_a_file_that_others_can_write_is_refused(config: Path, mode: int) -> None:
    config.chmod(mode)
    assert guarded(str(config)) == f"refuses to act: {config} is writable by others; chmod go-w"


@pytest.mark.parametrize("mode", [pytest.param(0o775, id="by the group"), pytest.param(0o757, id="by everybody")])
def test_a_folder_that_others_can_write_is_refused(config: Path, mode: int) -> None:
    config.parent.chmod(mode)
    assert guarded(str(config)) == f"refuses to act: {config.parent} is writable by others; chmod go-w"


def test_a_folder_far_above_counts_too(config: Path) -> None:
    below = config.parent / "a" / "b"
    below.mkdir(parents=True)
    moved = config.rename(below / "wf.toml")
    config.parent.chmod(0o777)
    assert f"{config.parent} is writable" in guarded(str(moved))


def test_a_sticky_folder_is_fine_for_what_is_ours(config: Path) -> None:
    config.parent.chmod(0o1777)
    assert guarded(str(config)) == ""


def test_a_file_of_somebody_else_is_refused(config: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    os.chown(config, NOBODY, NOBODY)
    assert f"{config} belongs to nobody" in guarded(str(config), {})
    assert guarded(str(config), {"SUDO_UID": str(NOBODY)}) == "", "who became root by sudo may write their own config"


def test_a_link_is_looked_at_on_both_sides(config: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir(mode=0o755)
    link = other / "wf.toml"
    link.symlink_to(config)
    assert guarded(str(link)) == ""
    config.parent.chmod(0o777)
    assert f"{config.parent} is writable" in guarded(str(link)), "where it leads"
    config.parent.chmod(0o755)
    other.chmod(0o777)
    assert f"{other} is writable" in guarded(str(link)), "where it stands"


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert "can't be seen (No such file or directory)" in guarded(str(tmp_path / "wf.toml"))
