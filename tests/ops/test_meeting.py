"""The place where floors meet: for one user alone, wherever it lies, and free again after any end."""

import asyncio
import os
import socket
import stat
from pathlib import Path

import pytest

from ops.meeting import RUN_FOLDER, Peer, leave, listen, meet, peer_of, socket_path


@pytest.mark.parametrize("below", [pytest.param("h", id="a short path"), pytest.param("x" * 200, id="a long path")])
async def test_one_user_meets_there_and_learns_who_it_is(tmp_path: Path, below: str) -> None:
    folder = tmp_path / below
    with listen(folder) as place:
        modes = [stat.S_IMODE(path.stat().st_mode) for path in (socket_path(folder), folder / RUN_FOLDER)]
        assert modes == [0o600, 0o700]
        link = await meet(folder)
        assert link is not None
        assert link.peer == Peer(os.getpid(), os.geteuid())
        other, _ = place.accept()
        assert peer_of(other).trusted
        other.close()
        link.writer.close()
    leave(folder)
    assert not socket_path(folder).exists()
    assert await meet(folder) is None


@pytest.mark.parametrize(
    ("uid", "trusted"),
    [
        pytest.param(os.geteuid(), True, id="the same user"),
        pytest.param(0, True, id="root"),
        pytest.param(os.geteuid() + 1, False, id="anybody else"),
    ],
)
def test_who_is_believed(uid: int, trusted: bool) -> None:
    assert Peer(1, uid).trusted is trusted


async def test_what_a_killed_leader_left_behind_leads_nowhere_and_is_replaced(tmp_path: Path) -> None:
    listen(tmp_path).close()
    assert socket_path(tmp_path).exists()
    assert await meet(tmp_path) is None
    with listen(tmp_path):
        link = await meet(tmp_path)
        assert link is not None
        link.writer.close()
        await asyncio.sleep(0)


def test_a_link_in_place_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / RUN_FOLDER).symlink_to(elsewhere)
    with pytest.raises(PermissionError, match="is not a folder of this user"):
        listen(tmp_path)
    assert not list(elsewhere.iterdir())


async def test_a_file_in_place_of_the_socket_is_nobody(tmp_path: Path) -> None:
    socket_path(tmp_path).parent.mkdir()
    socket_path(tmp_path).write_text("no socket")
    assert await meet(tmp_path) is None
    with listen(tmp_path) as place:
        assert place.family == socket.AF_UNIX
