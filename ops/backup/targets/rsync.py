"""Backups in a folder of another host, sent by rsync over ssh: a broken line loses nothing of a large part."""

from collections.abc import AsyncIterator

from ops.backup.errors import BackupError
from ops.backup.rsync.sending import send
from ops.backup.rsync.staged import staged
from ops.backup.sftp.shelf import told
from ops.backup.sftp.unfinished import SftpWriting
from ops.backup.storing import safe_part
from ops.backup.targets.sftp import SftpTarget


class RsyncWriting(SftpWriting):
    """Parts go by rsync, all else by SFTP."""

    def __init__(self, target: "RsyncTarget", backup: str) -> None:
        super().__init__(target.files, target.shelf, backup)
        self._target = target

    async def put(self, name: str, pieces: AsyncIterator[bytes]) -> int:
        """Gather it here, then send it; on the disk there at the end, where that server can."""
        path = self.shelf.path(self.name, safe_part(name))
        async with staged(pieces) as source:
            limit = int(self._target.config.bandwidth)
            await send(source.path, self._target.address, self._target.ssh_config, path, bytes_per_s=limit)
        files = await self._target.files()
        with told(self.shelf.shown):
            about = await files.about(path)
            if about is None or about.size != source.bytes:
                words = f"of {source.bytes:,} bytes of {name} {about.size if about else 0:,} have arrived"
                raise BackupError(words, "see who else writes there, or its disk", reason="lost")
            await files.sync(path)
        self.parts[name] = source.bytes
        return source.bytes


class RsyncTarget(SftpTarget):
    """As over SFTP, which the host must have too. Each part needs its room on the disk here until it is sent."""

    schemes = ("rsync",)
    title = "a folder of another host, by rsync over ssh"

    def writing(self, backup: str) -> SftpWriting:
        """One that has not begun."""
        return RsyncWriting(self, backup)
