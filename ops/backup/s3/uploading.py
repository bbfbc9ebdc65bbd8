"""One backup on its way into a bucket: an object for each part, large ones in pieces that grow as they become more."""

from collections.abc import Sequence
from contextlib import suppress
from secrets import token_hex

from ops.backup.errors import BackupError
from ops.backup.s3.faults import told
from ops.backup.s3.objects import Objects
from ops.backup.storing import OWNER, swept
from ops.backup.target import MANIFEST

MIB = 2**20
MOST_PARTS = 10_000
"""That an upload may have, by S3's rules."""


def part_bytes(number: int, expected_bytes: int) -> int:
    """How large the next piece of an upload is, numbered from 1: small as long as few are needed.

    8, 16, then 32 MiB hold 272 GiB; beyond that the size that was expected decides, with a tenth for growth.
    """
    usual = 8 * MIB if number <= 1000 else 16 * MIB if number <= 2000 else 32 * MIB
    return max(usual, -(-expected_bytes * 11 // 10 // MOST_PARTS))


class Uploading:
    """Blocking calls, which must not overlap. What it has begun it knows, also when nobody waited for the answer."""

    def __init__(self, objects: Objects, backup: str, owner: str) -> None:
        self._objects, self._backup = objects, backup
        self._open: dict[str, str] = {}
        """Uploads that are not complete: their numbers by the part."""
        self._not_ours = False
        if objects.complete(backup):
            words = f"there is a backup {backup} already, which nothing is written over"
            raise BackupError(words, "take another one: each gets a name of its own", reason="refused")
        self._ours = f"{owner}\n{token_hex(8)}".encode()
        objects.write_new(backup, OWNER, self._ours)

    def whole(self, part: str, body: bytes) -> None:
        """A part that is small, in one request."""
        self._objects.write(self._backup, part, body)

    def begin(self, part: str) -> None:
        """A part that is large."""
        with told(self._objects.shown):
            answer = self._objects.client.create_multipart_upload(**self._where(part))
            self._open[part] = answer["UploadId"]

    def send(self, part: str, number: int, body: bytes) -> str:
        """One piece of it, numbered from 1; gives its mark."""
        if number > MOST_PARTS:
            words = f"{part} is larger than an object in {MOST_PARTS:,} pieces can be"
            raise BackupError(words, "split the set, by databases or paths", reason="full")
        with told(self._objects.shown):
            answer = self._objects.client.upload_part(
                **self._where(part), UploadId=self._open[part], PartNumber=number, Body=body
            )
        mark: str = answer["ETag"]
        return mark

    def end(self, part: str, marks: Sequence[str]) -> None:
        """All pieces are there: the object is."""
        pieces = [{"PartNumber": number, "ETag": mark} for number, mark in enumerate(marks, 1)]
        with told(self._objects.shown):
            self._objects.client.complete_multipart_upload(
                **self._where(part), UploadId=self._open[part], MultipartUpload={"Parts": pieces}
            )
        del self._open[part]

    def commit(self, manifest: bytes) -> None:
        """The manifest makes it visible. Raises BackupError "lost" where somebody has swept its parts meanwhile."""
        self._check_not_swept()
        try:
            self._objects.write_new(self._backup, MANIFEST, manifest)
        except BackupError as error:
            self._not_ours = error.reason == "refused"
            raise
        with suppress(BackupError):  # an account that may not delete: one object more, which nobody takes for a part
            self._objects.delete(self._backup, OWNER)

    def _check_not_swept(self) -> None:
        """Who sweeps deletes the owner's name too."""
        try:
            found = self._objects.small(self._backup, OWNER, 4096)
        except BackupError as error:
            if error.reason == "auth":
                return  # an account that may only write
            if error.reason != "missing":
                raise
            found = b""
        if found != self._ours:
            raise swept(self._backup)

    def discard(self) -> None:
        """Delete all of it; the manifest first, should it be there though its answer was lost."""
        if self._not_ours:
            return
        self._objects.delete(self._backup, MANIFEST)
        self._objects.clear(self._backup, self._objects.uploads())

    def _where(self, part: str) -> dict[str, str]:
        return {"Bucket": self._objects.bucket.name, "Key": self._objects.key(self._backup, part)}
