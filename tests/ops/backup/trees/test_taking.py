"""What tar complains of: what is harmless is told, all else fails the backup."""

from pathlib import Path

import pytest

from ops.backup.errors import BackupError
from ops.backup.trees.taking import complaints, names, notes_of, taken
from ops.backup.trees.tally import Tally
from ops.backup.trees.walk import Walk

FAILED = "tar: Exiting with failure status due to previous errors"


@pytest.mark.parametrize(
    ("said", "kinds"),
    [
        pytest.param("tar: srv/a: file changed as we read it", ("srv/a", "", ""), id="a file that changed"),
        pytest.param("tar: a: File shrank by 12 bytes; padding with zeros", ("a", "", ""), id="a file that shrank"),
        pytest.param("tar: a: Cannot stat: No such file or directory", ("", "a", ""), id="one that went before"),
        pytest.param("tar: a: File removed before we read it", ("", "a", ""), id="one that went meanwhile"),
        pytest.param("tar: a: Cannot open: Permission denied", ("", "", "tar: a: Cannot open: Permission denied"),
                     id="one that may not be read"),
        pytest.param("tar: a: Read error at byte 0, while reading 512 bytes: Input/output error",
                     ("", "", "tar: a: Read error at byte 0, while reading 512 bytes: Input/output error"),
                     id="a disk that fails"),
        pytest.param(f"tar: a: File removed before we read it\n{FAILED}", ("", "a", ""), id="what follows"),
        pytest.param(FAILED, ("", "", FAILED), id="a failure without a reason"),
        pytest.param("tar: a: socket ignored", ("", "", ""), id="a socket"),
        pytest.param("tar: a: socket ignored: Cannot open: Permission denied",
                     ("", "", "tar: a: socket ignored: Cannot open: Permission denied"),
                     id="one that may not be read and is called like a harmless word"),
        pytest.param("… 12 bytes are left out …", ("", "", "… 12 bytes are left out …"), id="more than can be judged"),
    ],
)  # fmt: skip
def test_complaints_are_sorted(said: str, kinds: tuple[str, str, str]) -> None:
    found = complaints(said)
    assert tuple(" ".join(some) for some in (found.changed, found.gone, found.others)) == kinds


def test_many_names_are_counted() -> None:
    found = complaints("\n".join(f"tar: f{number}: file changed as we read it" for number in range(9)))
    assert list(notes_of(found)) == ["9 × a file changed while it was read, so it may be of two moments: f0, f1, f2 …"]


async def test_what_goes_away_between_being_named_and_being_read_is_told(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).write_text(name)
    tally, notes = Tally(), list[str]()

    class Going(Walk):
        """Names a file that is not there any more."""

        def names(self):  # type: ignore[no-untyped-def]
            """All, and one more."""
            yield from super().names()
            yield str(tmp_path / "gone")

    async for _ in taken([str(tmp_path)], Going, tally, notes, 0):
        pass
    assert (tally.files, tally.folders, tally.bytes) == (2, 1, 2)
    assert notes == [f"1 × a file went away while the rest was taken, and is not in it: {str(tmp_path)[1:]}/gone"]


async def test_a_folder_that_may_not_be_looked_into_fails_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: str) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.scandir", refused)
    with pytest.raises(BackupError, match="can't be looked into: Permission denied"):
        [piece async for piece in names([str(tmp_path)], Walk, [])]
