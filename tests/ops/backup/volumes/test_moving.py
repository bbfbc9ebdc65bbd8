"""What passes by of an engine's tar: counted, and told where the engine ended it in its middle."""

import io
import tarfile
from collections.abc import AsyncIterator

import pytest

from ops.backup.errors import BackupError
from ops.backup.volumes import moving
from ops.backup.volumes.moving import Passed, passing
from ops.backup.volumes.restoring import refuse_used
from ops.backup.volumes.shapes import Mounted, User


def tar() -> bytes:
    """As an engine makes it of a volume."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for name, content in (("volume/", b""), ("volume/a", b"abc"), ("volume/d/", b""), ("volume/d/b", b"de")):
            info = tarfile.TarInfo(name.rstrip("/"))
            info.type, info.size = (tarfile.DIRTYPE if name.endswith("/") else tarfile.REGTYPE), len(content)
            archive.addfile(info, io.BytesIO(content))
    return made.getvalue()


async def pieces(whole: bytes) -> AsyncIterator[bytes]:
    """In odd pieces."""
    for at in range(0, len(whole), 700):
        yield whole[at : at + 700]


async def test_files_bytes_and_the_names_at_the_top_are_counted() -> None:
    passed = Passed()
    out = b"".join([piece async for piece in passing(pieces(tar()), passed, "data")])
    assert out == tar()
    assert (passed.tally.files, passed.tally.folders, passed.tally.bytes) == (2, 2, 5)
    assert passed.tops == ["a", "d"]


async def test_a_tar_that_the_engine_gave_up_is_no_backup() -> None:
    with pytest.raises(BackupError, match="data changed while it was read") as lost:
        [piece async for piece in passing(pieces(tar()[:1300]), Passed(), "data")]
    assert lost.value.reason == "lost"


async def test_a_volume_with_very_many_names_is_taken_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moving, "_TOPS", 1)
    passed = Passed()
    assert b"".join([piece async for piece in passing(pieces(tar()), passed, "data")]) == tar()
    assert (passed.tops, passed.more) == (["a"], 1)


@pytest.mark.parametrize(
    ("mount", "state", "refused"),
    [
        pytest.param(Mounted(name="data", type="volume"), "running", True, id="one that runs"),
        pytest.param(Mounted(name="data", type="volume"), "paused", True, id="one that goes on soon"),
        pytest.param(Mounted(name="data", type="volume"), "exited", False, id="one that has ended"),
        pytest.param(Mounted(name="other", type="volume"), "running", False, id="one with another volume"),
    ],
)
def test_what_a_container_uses_is_only_changed_when_it_does_not_run(mount: Mounted, state: str, refused: bool) -> None:
    users = [user for user in [User(id="1", names=["/web"], state=state, mounts=[mount])] if user.has("data")]
    try:
        refuse_used("data", users)
    except BackupError as error:
        said = error.message
    else:
        said = ""
    assert said == ("data is used by web, which runs" if refused else "")


def test_a_folder_is_used_by_whoever_has_something_of_it() -> None:
    mounts = [Mounted(type="bind", source="/srv/data/deep")]
    assert User(mounts=mounts).has("/srv/data")
    assert User(mounts=mounts).has("/srv/data/deep/deeper")
    assert not User(mounts=mounts).has("/srv/da")
