"""A part that is read from a bucket: a body that breaks off is asked for again, from there on."""

from typing import Any

from ops.backup.errors import BackupError
from ops.backup.s3.faults import told
from ops.backup.s3.objects import Objects
from ops.backup.target import PIECE_BYTES

TRIES = 4


class Reading:
    """Blocking calls; `close` lets go of the connection."""

    def __init__(self, objects: Objects, backup: str, part: str, start: int, length: int | None) -> None:
        self._objects, self._key = objects, {"Bucket": objects.bucket.name, "Key": objects.key(backup, part)}
        self._at, self._end = start, None if length is None else start + length
        self._body: Any = None
        self._mark = ""
        self._tries = 0

    def piece(self) -> bytes:
        """The next; b"" at the end. Raises BackupError "lost" where it was deleted or exchanged meanwhile."""
        while True:
            try:
                found = self._next()
            except BackupError as error:
                self.close()
                self._tries += 1
                if self._mark and error.reason in ("missing", "refused"):
                    words = f"{self._key['Key']} was deleted or exchanged while it was read"
                    raise BackupError(words, "see who else writes into that bucket", reason="lost") from error
                if not self._mark or error.reason != "unreachable" or self._tries >= TRIES:
                    raise
            else:
                self._at += len(found)
                self._tries = 0 if found else self._tries
                return found

    def _next(self) -> bytes:
        wanted = PIECE_BYTES if self._end is None else min(PIECE_BYTES, self._end - self._at)
        if wanted <= 0:
            return b""
        with told(self._objects.shown):
            if self._body is None and not self._open():
                return b""
            found: bytes = self._body.read(wanted)
        return found

    def _open(self) -> bool:
        """False where it has no bytes from there on."""
        from botocore.exceptions import ClientError

        more = {"IfMatch": self._mark} if self._mark else {}
        if self._at or self._end is not None:
            more["Range"] = f"bytes={self._at}-{'' if self._end is None else self._end - 1}"
        try:
            answer = self._objects.client.get_object(**self._key, **more)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in ("InvalidRange", "416"):
                return False
            raise
        self._body, self._mark = answer["Body"], answer["ETag"]
        return True

    def close(self) -> None:
        """It can be opened again, by asking for a piece."""
        if self._body is not None:
            self._body.close()
        self._body = None
