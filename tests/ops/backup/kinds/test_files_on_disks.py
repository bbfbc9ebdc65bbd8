"""Trees on file systems of their own: a mount that can't be renamed, and one without room."""

from pathlib import Path

import pytest

from collectors.backup import BackupConfig
from ops.backup.base import Wish
from ops.backup.errors import BackupError
from ops.backup.kinds.files import Files
from tests.parts.small_disk import small_disk
from tests.parts.tree_backups import place, taken

KIND = Files()


def config(path: Path) -> BackupConfig:
    """A set of one path, without what every new file system has."""
    return BackupConfig(
        name="disk", kind="files", target="file:///nowhere", paths=(str(path),), exclude=("lost+found",)
    )


async def test_a_mount_is_filled_from_within_and_what_was_there_is_kept_in_it(tmp_path: Path) -> None:
    with small_disk(tmp_path) as disk:
        (disk.folder / "a").write_text("old")
        (disk.folder / "d").mkdir()
        (disk.folder / "d" / "b").write_text("old")
        where = place(tmp_path / "scratch", config(disk.folder))
        it = await taken(KIND, where)
        (disk.folder / "a").write_text("ruined")
        (disk.folder / "new").write_text("new")
        restored = await KIND.restore(where, it, Wish())
        kept = Path(restored.aside)
        assert sorted(path.name for path in disk.folder.iterdir()) == sorted(["a", "d", kept.name])
        assert (disk.folder / "a").read_text() == "old"
        assert (kept / "a").read_text() == "ruined"
        assert (kept / "new").read_text() == "new"


async def test_where_there_is_no_room_all_is_as_it_was_and_it_is_said(tmp_path: Path) -> None:
    with small_disk(tmp_path) as disk:
        media = disk.folder / "media"
        media.mkdir()
        (media / "large").write_bytes(bytes(range(256)) * 2048)
        where = place(tmp_path / "scratch", config(media))
        it = await taken(KIND, where)
        disk.fill()
        with pytest.raises(BackupError, match="there is no room in") as full:
            await KIND.restore(where, it, Wish())
        assert full.value.reason == "full"
        assert sorted(path.name for path in disk.folder.iterdir()) == ["ballast", "lost+found", "media"]
        assert (media / "large").read_bytes() == bytes(range(256)) * 2048
