"""Places that backups are kept in, each with a real server or program behind it, which can be made to go wrong."""

import atexit
import os
import shutil
import subprocess
import tempfile
import urllib.request
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from collectors.backup import BackupConfig
from collectors.base import Secret
from ops.backup.places import target_of
from ops.backup.target import Target
from tests.parts.need import need
from tests.parts.restic_key import cheap
from tests.parts.sshd import Sshd

ID, OLDER, NEWER = "20261121T020000Z-1a2b3c", "20261120T020000Z-aaaaaa", "20261122T020000Z-bbbbbb"
OWNER = "db1/4711/99"


async def pieces(*bodies: bytes) -> AsyncIterator[bytes]:
    """These."""
    for body in bodies:
        yield body


async def whole(stream: AsyncIterator[bytes]) -> bytes:
    """All of it."""
    return b"".join([piece async for piece in stream])


class Stage(ABC):
    """One kind of place, with one set "shop" in it."""

    schemes: str
    small_bytes = 5_000_000
    """What is written of a part where its size matters."""

    def __init__(self, folder: Path, where: Path | None = None) -> None:
        self.folder, self.where = folder, where or folder / "kept"
        self.secrets: dict[str, str] = {}
        self.settings: dict[str, Any] = {}

    @property
    @abstractmethod
    def address(self) -> str:
        """As a config has it."""

    @abstractmethod
    def vanish(self) -> None:
        """Be gone, in the middle of whatever goes on."""

    def make(self) -> None:
        """Make what its first backup would make, where that takes long."""
        return None

    def lock_out(self) -> Mapping[str, str] | None:
        """Make it that nobody, or nobody with these secrets, is let in; None where nobody can be kept out."""
        return None

    def stop(self) -> None:
        """End what was started."""
        return None

    def config(self, name: str = "shop") -> BackupConfig:
        """A set."""
        return BackupConfig(name=name, kind="files", target=self.address, **self.settings)

    def target(self, owner: str = OWNER, name: str = "shop", secrets: Mapping[str, str] | None = None) -> Target:
        """The target of a set."""
        given = self.secrets if secrets is None else secrets
        return target_of(self.config(name), {stem: Secret(value) for stem, value in given.items()}, owner)

    async def keep(self, target: Target, backup: str, *bodies: bytes) -> None:
        """Put a complete backup there, with one part "a.tar"."""
        writing = await target.begin(backup, 0)
        await writing.put("a.tar", pieces(*bodies))
        await writing.commit(b'{"id":"' + backup.encode() + b'"}')

    def words(self) -> str:
        """What a process of its own needs to write there."""
        return msgspec.json.encode([self.address, self.secrets, self.settings]).decode()


class FolderStage(Stage):
    """A folder."""

    schemes = "file"

    @property
    def address(self) -> str:
        return f"file://{self.where}"

    def vanish(self) -> None:
        self.where.rename(self.folder / "elsewhere")


@cache
def _moto() -> Any:
    """One server for all stages, as it takes half a second to stop; whoever stops it clears the cache."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    return server


class S3Stage(Stage):
    """moto's server of S3."""

    schemes = "s3"
    small_bytes = 20_000_000
    _locked = False

    def __init__(self, folder: Path, where: Path | None = None) -> None:
        super().__init__(folder, where)
        self._server = _moto()
        _, port = self._server.get_host_and_port()
        self._url = f"http://127.0.0.1:{port}"
        self.settings = {"endpoint": self._url}
        self.secrets = {"access_key": "someone", "secret_key": "anything"}
        self._client().create_bucket(Bucket="backups")

    def _client(self) -> Any:
        from ops.backup.s3.client import connect

        return connect(self.config(), {stem: Secret(value) for stem, value in self.secrets.items()})

    @property
    def address(self) -> str:
        # All stages in one process have the same buckets.
        return f"s3://backups/of/{self.folder.name}"

    def vanish(self) -> None:
        _moto.cache_clear()
        self._server.stop()

    def lock_out(self) -> Mapping[str, str] | None:
        self._locked = True
        self._let_in(b"0")
        return self.secrets

    def _let_in(self, requests: bytes) -> None:
        """So many more requests without keys that it gave out; it gave none."""
        url = f"{self._url}/moto-api/reset-auth"
        asked = urllib.request.Request(url, requests, {"Content-Type": "text/plain"}, method="POST")
        with urllib.request.urlopen(asked, timeout=10):
            return

    def stop(self) -> None:
        if self._locked:
            self._let_in(b"inf")


class SftpStage(Stage):
    """A folder behind a real sshd with the SFTP that belongs to it."""

    schemes = "sftp"

    def __init__(self, folder: Path, where: Path | None = None) -> None:
        super().__init__(folder, where)
        self.server = Sshd(folder)
        self.server.start(
            "PasswordAuthentication no", "KbdInteractiveAuthentication no", "Subsystem sftp internal-sftp"
        )
        self.settings = {"ssh_config": str(self.server.config)}

    @property
    def address(self) -> str:
        return self.server.url(str(self.where)).replace("ssh://", f"{self.schemes}://")

    def vanish(self) -> None:
        self.server.stop()

    def lock_out(self) -> Mapping[str, str] | None:
        self.server.lock_out()
        return self.secrets

    def stop(self) -> None:
        self.server.stop()


class RsyncStage(SftpStage):
    """The same, with parts that rsync sends."""

    schemes = "rsync"

    def __init__(self, folder: Path, where: Path | None = None) -> None:
        need(shutil.which("rsync"), "rsync")
        super().__init__(folder, where)


class ResticStage(Stage):
    """A repository of restic in a folder."""

    schemes = "restic"

    def __init__(self, folder: Path, where: Path | None = None) -> None:
        need(shutil.which("restic"), "restic")
        super().__init__(folder, where)
        self.secrets = {"password": "open sesame"}

    @property
    def address(self) -> str:
        return f"restic:{self.where}"

    def make(self) -> None:
        """A repository that is opened in no time: each of restic's commands spends half a second on that otherwise."""
        shutil.copytree(_repository(self.secrets["password"]), self.where)

    def lock_out(self) -> Mapping[str, str] | None:
        return {"password": "open barley"}

    def vanish(self) -> None:
        self.where.rename(self.folder / "elsewhere")


STAGES: dict[str, type[Stage]] = {
    stage.schemes: stage for stage in (FolderStage, S3Stage, SftpStage, RsyncStage, ResticStage)
}


@cache
def _repository(password: str) -> Path:
    """An empty one, to be copied."""
    folder = tempfile.mkdtemp(prefix="wf-restic-", dir="/tmp")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    made = Path(folder, "made")
    told = {**os.environ, "RESTIC_PASSWORD": password}
    subprocess.run(["restic", "--repo", str(made), "init", "--quiet"], check=True, env=told)
    cheap(made, password)
    return made


@contextmanager
def staged(scheme: str, where: Path | None = None, *, made: bool = True) -> Iterator[Stage]:
    """One of them, in a folder that ssh takes for safe; with `made` False its first backup finds nothing there."""
    folder = Path(tempfile.mkdtemp(prefix="wf-target-", dir="/tmp"))
    folder.chmod(0o755)
    stage: Stage | None = None
    try:
        stage = STAGES[scheme](folder, where)
        if made:
            stage.make()
        yield stage
    finally:
        if stage is not None:
            stage.stop()
        shutil.rmtree(folder, ignore_errors=True)
