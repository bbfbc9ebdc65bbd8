"""What was restored is moved in, and all of it back again when anything on the way fails."""

import errno
import os
import shlex
import stat
import subprocess
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from ops.backup.errors import BackupError
from ops.backup.trees import kernel
from ops.backup.trees.kernel import exchange, moved
from ops.backup.trees.placing import Placing
from ops.backup.trees.settling import or_back, without

Move = Callable[[Placing, Path, Path], None]


def filled(folder: Path, **files: str) -> Path:
    """A folder with these; "__" stands for a folder's end."""
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        path = folder.joinpath(*name.split("__"))
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return folder


def seen(folder: Path) -> dict[str, str]:
    """All files of a folder."""
    return {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*")) if path.is_file()}


def merge(placing: Placing, staged: Path, place: Path) -> None:
    """File for file."""
    placing.merge(staged, place)


def swap(placing: Placing, staged: Path, place: Path) -> None:
    """All for all."""
    placing.swap(staged, place)


def inside(placing: Placing, staged: Path, place: Path) -> None:
    """All that is in it."""
    placing.swap_inside(staged, place, "own")


@pytest.mark.parametrize(
    ("move", "there", "aside"),
    [
        pytest.param(swap, {"a": "new", "d/b": "new"}, {"a": "old", "c": "old", "d/e": "old"}, id="a whole folder"),
        pytest.param(
            merge, {"a": "new", "c": "old", "d/b": "new", "d/e": "old"}, {"a": "old"}, id="each file for itself"
        ),
        pytest.param(inside, {"a": "new", "d/b": "new"}, {"a": "old", "c": "old", "d/e": "old"}, id="what is in it"),
    ],
)
def test_what_was_there_is_kept_aside(move: Move, there: dict[str, str], aside: dict[str, str], tmp_path: Path) -> None:
    place = filled(tmp_path / "place", a="old", c="old", d__e="old")
    staged = filled(tmp_path / "staged", a="new", d__b="new")
    placing = Placing("now")
    move(placing, staged, place)
    (kept,) = placing.aside
    assert seen(kept) == aside
    assert {name: text for name, text in seen(place).items() if not name.startswith(f"{kept.name}/")} == there
    assert kept.name == "place_before_now"

    placing.undo()
    assert seen(place) == {"a": "old", "c": "old", "d/e": "old"}
    assert not kept.exists()
    assert seen(staged) == {"a": "new", "d/b": "new"}


def broken_at(failing: int) -> Callable[[str, str, int], bool]:
    """A kernel that fails the move of that number, from 0."""
    real, calls = kernel._rename, count()

    def rename(one: str, other: str, flags: int) -> bool:
        if next(calls) == failing:
            raise OSError(errno.EIO, "Input/output error", one)
        return real(one, other, flags)

    return rename


@pytest.mark.parametrize("move", [swap, merge, inside])
def test_a_move_that_fails_leaves_all_as_it_was_after_undo(
    move: Move, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for failing in range(6):
        folder = tmp_path / str(failing)
        folder.mkdir()
        place, staged = filled(folder / "place", a="old", d__e="old"), filled(folder / "staged", a="new", d__b="new")
        placing = Placing("now")
        with monkeypatch.context() as patch:
            patch.setattr(kernel, "_rename", broken_at(failing))
            try:
                move(placing, staged, place)
            except OSError:
                placing.undo()
        if placing.aside:
            assert seen(place)["a"] == "new"
        else:
            assert seen(place) == {"a": "old", "d/e": "old"}


@pytest.mark.parametrize("move", [merge, swap])
def test_the_way_back_that_is_told_leads_back_with_every_mode(move: Move, tmp_path: Path) -> None:
    place = filled(tmp_path / "it's a place", a="old", d__e="old")
    place.chmod(0o751)
    (place / "d").chmod(0o775)
    placing = Placing("now")
    move(placing, filled(tmp_path / "staged", a="new", d__e="new"), place)
    for line in placing.back:
        subprocess.run(shlex.split(line), check=True)
    assert seen(place) == {"a": "old", "d/e": "old"}
    assert [stat.S_IMODE(path.stat().st_mode) for path in (place, place / "d")] == [0o751, 0o775]


async def test_what_can_not_be_moved_back_is_never_taken_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place, stage = filled(tmp_path / "place", a="old"), tmp_path / ".watchfloor-now"
    staged = filled(filled(stage) / "in", a="new")
    placing, real, calls = Placing("now"), kernel._rename, count()

    def rename(one: str, other: str, flags: int) -> bool:
        if next(calls) > 0:
            raise OSError(errno.EIO, "Input/output error", one)
        return real(one, other, flags)

    monkeypatch.setattr(kernel, "_rename", rename)
    with pytest.raises(BackupError, match=r"can't be moved back \(Input/output error\); what was there is beside it"):
        async with without(placing, [stage]), or_back(placing, place):
            placing.swap(staged, place)
    assert (seen(place), seen(staged)) == ({"a": "new"}, {"a": "old"})


def test_what_is_not_there_is_just_put_there(tmp_path: Path) -> None:
    placing = Placing("now")
    placing.swap(filled(tmp_path / "staged", a="new"), tmp_path / "place")
    assert (seen(tmp_path / "place"), placing.aside) == ({"a": "new"}, [])
    placing.undo()
    assert not (tmp_path / "place").exists()


def test_a_link_in_place_of_a_folder_is_replaced_and_not_followed(tmp_path: Path) -> None:
    outside = filled(tmp_path / "outside", e="outside")
    place, staged = filled(tmp_path / "place"), filled(tmp_path / "staged", d__b="new")
    (place / "d").symlink_to(outside)
    Placing("now").merge(staged, place)
    assert seen(outside) == {"e": "outside"}
    assert (place / "d" / "b").read_text() == "new"


def test_two_restores_in_one_second_do_not_take_each_others_name(tmp_path: Path) -> None:
    place = filled(tmp_path / "place", a="first")
    for text in ("second", "third"):
        Placing("now").swap(filled(tmp_path / "staged", a=text), place)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["place", "place_before_now", "place_before_now-2"]


def test_without_the_kernels_help_it_is_done_in_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "_rename", lambda *_: False)
    one, other = filled(tmp_path / "one", a="1"), filled(tmp_path / "other", a="2")
    exchange(str(one), str(other))
    assert (seen(one), seen(other)) == ({"a": "2"}, {"a": "1"})
    with pytest.raises(FileExistsError):
        moved(str(one), str(other))
    moved(str(one), str(tmp_path / "third"))
    assert sorted(os.listdir(tmp_path)) == ["other", "third"]
