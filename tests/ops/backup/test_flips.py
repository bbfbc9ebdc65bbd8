"""Real backups of each format, damaged in every way: verify says so each time, and nothing of them is put back."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from ops.backup.doing.restore import restore
from ops.backup.doing.run import run
from ops.backup.doing.verify import verify
from ops.backup.errors import BackupError
from ops.backup.target import MANIFEST
from tests.parts.backup_subjects import Cache, Database, History, Host, Subject, Tree
from tests.parts.backup_targets import FolderStage
from tests.parts.databases import open_folder

SUBJECTS: dict[str, tuple[Callable[..., Subject], str]] = {
    "files": (Tree, ""),
    "store": (History, ""),
    "system": (Host, ""),
    "redis": (Cache, "redis_server"),
    "postgres": (Database, "postgres_of_system"),
}
Files = Mapping[str, bytes]


class Backups:
    """Two backups of one thing, which can be had again as they were."""

    def __init__(self, subject: Subject, folder: Path, *, sealed: bool) -> None:
        self.subject, self._folder = subject, folder
        (folder / "kept").mkdir(parents=True, mode=0o700)
        self.work = subject.work(subject.config(FolderStage(folder), sealed=sealed))
        self._ids: list[str] = []
        self._files: dict[str, Files] = {}

    async def ready(self) -> None:
        """Take them, once."""
        if self._ids:
            return
        self._ids = [(await run(self.work)).id for _ in range(2)]
        for backup in self._ids:
            assert (await verify(self.work, backup)).ok
            self._files[backup] = {file.name: file.read_bytes() for file in self._of(backup).iterdir()}
        shutil.copytree(self.work.folder, self._folder / "known")

    def _of(self, backup: str) -> Path:
        return self._folder / "kept" / self.work.name / backup

    @property
    def first(self) -> str:
        """The one that is damaged."""
        return self._ids[0]

    def files(self, number: int) -> Files:
        """Of the first or the second, the manifest last."""
        found = self._files[self._ids[number]]
        return dict(sorted(found.items(), key=lambda one: one[0] == MANIFEST))

    def put(self, files: Files, *, known: bool) -> None:
        """The first has these files now, and was seen before or not."""
        for name, content in files.items():
            (self._of(self.first) / name).write_bytes(content)
        shutil.rmtree(self.work.folder)
        if known:
            shutil.copytree(self._folder / "known", self.work.folder)


class Damage(NamedTuple):
    """What is done to a backup; numbers from 0 to 1 say where."""

    how: str
    file: float
    other: float
    where: float
    bit: int

    def done_to(self, files: Files, others: Files) -> dict[str, bytes]:
        """The files afterwards."""
        done, names = dict(files), list(files)
        name = names[int(self.file * len(names))]
        content = files[name]
        at = int(self.where * len(content))
        if self.how == "flipped":
            done[name] = content[:at] + bytes([content[at] ^ 1 << self.bit]) + content[at + 1 :]
        elif self.how == "cut":
            done[name] = content[:at]
        elif self.how == "cut from its beginning":
            done[name] = content[at + 1 :]
        elif self.how == "longer":
            done[name] = content + bytes([self.bit])
        elif self.how == "swapped with another part":
            second = names[int(self.other * len(names))]
            done[name], done[second] = files[second], content
        elif self.how == "of another backup":
            done[name] = others.get(name, b"")
        else:
            done = dict(others)
        return done


DAMAGES = st.builds(
    Damage,
    st.sampled_from([
        "flipped", "flipped", "cut", "cut from its beginning", "longer", "swapped with another part",
        "of another backup", "all of another backup",
    ]),
    *(st.floats(0, 1, exclude_max=True),) * 3,
    st.integers(0, 7),
)  # fmt: skip


@pytest.fixture(scope="module", params=[False, True], ids=["plain", "sealed"])
def sealed(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture(scope="module", params=SUBJECTS)
def backups(request: pytest.FixtureRequest, sealed: bool) -> Iterator[Backups]:
    """Two of one kind."""
    make, fixture = SUBJECTS[request.param]
    server = [request.getfixturevalue(fixture)] if fixture else []
    with open_folder() as folder:
        subject = make(folder / "subject", *server)
        subject.fill()
        yield Backups(subject, folder / "target", sealed=sealed)
        subject.clear()


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(damage=DAMAGES, known=st.booleans())
async def test_whatever_is_done_to_one_is_found_and_nothing_is_put_back(
    backups: Backups, damage: Damage, known: bool
) -> None:
    await backups.ready()
    before = backups.subject.look()
    whole = backups.files(0)
    files = damage.done_to(whole, backups.files(1))
    assume(files != whole)
    backups.put(files, known=known)
    event = await verify(backups.work, backups.first)
    assert (event.ok, event.reason) == (False, "damaged"), event.words
    with pytest.raises(BackupError) as told:
        await restore(backups.work, backups.first, backups.subject.wish)
    assert told.value.reason == "damaged"
    assert backups.subject.look() == before
    backups.put(whole, known=True)
    assert (await verify(backups.work, backups.first)).ok
