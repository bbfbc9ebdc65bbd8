"""The objects of one set in a bucket: listed, read, written, deleted, by blocking calls."""

import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from ops.backup.errors import BackupError
from ops.backup.names import is_id
from ops.backup.s3.client import Bucket, S3Client
from ops.backup.s3.faults import told
from ops.backup.storing import MANIFEST_LIMIT, OWNER
from ops.backup.target import MANIFEST, Leftover


class Object(NamedTuple):
    """One object below the set's prefix."""

    backup: str
    part: str
    bytes: int
    changed: datetime


class Upload(NamedTuple):
    """A multipart upload that is not complete."""

    backup: str
    key: str
    number: str
    began: datetime


class Objects:
    """All raise BackupError. The client is made by the first call, in that call's thread."""

    def __init__(self, connect: Callable[[], S3Client], bucket: Bucket, set_name: str) -> None:
        self._connect, self.bucket = connect, bucket
        self.base = f"{bucket.prefix}{set_name}/"
        self.shown = f"s3://{bucket.name}/{self.base}"
        self._alone = threading.Lock()

    @cached_property
    def _made(self) -> S3Client:
        return self._connect()

    @property
    def client(self) -> S3Client:
        """The one client."""
        with self._alone:
            return self._made

    def key(self, backup: str, part: str) -> str:
        """The whole name of an object."""
        return f"{self.base}{backup}/{part}"

    def listed(self, backup: str = "") -> Iterator[Object]:
        """All objects of backups of the set, or of one."""
        prefix = self.base + (f"{backup}/" if backup else "")
        with told(self.shown):
            for page in self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket.name, Prefix=prefix):
                for found in page.get("Contents", ()):
                    name, _, part = found["Key"].removeprefix(self.base).partition("/")
                    if is_id(name) and part and "/" not in part:
                        yield Object(name, part, found["Size"], found["LastModified"])

    def uploads(self) -> list[Upload]:
        """Uploads that are not complete, of any backup of the set."""
        found = []
        with told(self.shown):
            pages = self.client.get_paginator("list_multipart_uploads")
            for page in pages.paginate(Bucket=self.bucket.name, Prefix=self.base):
                for one in page.get("Uploads", ()):
                    name = one["Key"].removeprefix(self.base).partition("/")[0]
                    if is_id(name):
                        found.append(Upload(name, one["Key"], one["UploadId"], one["Initiated"]))
        return found

    def complete(self, backup: str) -> bool:
        """Whether it has a manifest."""
        with told(self.shown):
            return any(
                found["Key"] == self.key(backup, MANIFEST)
                for found in self.client.list_objects_v2(
                    Bucket=self.bucket.name, Prefix=self.key(backup, MANIFEST), MaxKeys=2
                ).get("Contents", ())
            )

    def small(self, backup: str, part: str, limit: int = MANIFEST_LIMIT) -> bytes:
        """A small object whole; beyond the limit it is BackupError "damaged"."""
        with told(self.shown):
            answer = self.client.get_object(Bucket=self.bucket.name, Key=self.key(backup, part))
            if answer["ContentLength"] > limit:
                raise BackupError(f"{part} of {backup} is {answer['ContentLength']} bytes large", reason="damaged")
            body: bytes = answer["Body"].read()
            return body

    def write(self, backup: str, part: str, body: bytes) -> None:
        """Write an object in one request."""
        with told(self.shown):
            self.client.put_object(Bucket=self.bucket.name, Key=self.key(backup, part), Body=body)

    def write_new(self, backup: str, part: str, body: bytes) -> None:
        """The same where there is none yet. Raises BackupError "refused" otherwise."""
        from botocore.exceptions import ClientError

        key = self.key(backup, part)
        with told(self.shown):
            try:
                self.client.put_object(Bucket=self.bucket.name, Key=key, Body=body, IfNoneMatch="*")
            except ClientError as error:
                code = error.response.get("Error", {}).get("Code")
                if code not in ("PreconditionFailed", "412", "ConditionalRequestConflict"):
                    raise
                # A request that was sent again because its answer was lost finds what it wrote itself.
                if self.small(backup, part) != body:
                    words = f"there is a backup {backup} already, which nothing is written over"
                    raise BackupError(words, "take another one", reason="refused") from error

    def delete(self, backup: str, part: str) -> None:
        """Delete an object; one that is gone is no fault."""
        with told(self.shown):
            self.client.delete_object(Bucket=self.bucket.name, Key=self.key(backup, part))

    def abort(self, upload: Upload) -> None:
        """Delete what was uploaded of it; one that is gone is no fault."""
        from botocore.exceptions import ClientError

        with told(self.shown):
            try:
                self.client.abort_multipart_upload(Bucket=self.bucket.name, Key=upload.key, UploadId=upload.number)
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") != "NoSuchUpload":
                    raise

    def clear(self, backup: str, uploads: list[Upload]) -> int:
        """Delete all of a backup that has no manifest; the owner's name last, so that it is found again meanwhile."""
        for upload in uploads:
            if upload.backup == backup:
                self.abort(upload)
        freed = 0
        for found in sorted(self.listed(backup), key=lambda one: one.part == OWNER):
            self.delete(backup, found.part)
            freed += found.bytes if found.part != OWNER else 0
        return freed

    def leftovers(self) -> list[Leftover]:
        """What has no manifest."""
        found = list(self.listed())
        complete = {one.backup for one in found if one.part == MANIFEST}
        began: dict[str, datetime] = {}
        total: dict[str, int] = {}
        for one in found:
            began[one.backup] = min(one.changed, began.get(one.backup, one.changed))
            total[one.backup] = total.get(one.backup, 0) + (one.bytes if one.part != OWNER else 0)
        for upload in self.uploads():
            began[upload.backup] = min(upload.began, began.get(upload.backup, upload.began))
        owned = {one.backup for one in found if one.part == OWNER}
        return [
            Leftover(name, at.timestamp(), total.get(name, 0), self._owner(name) if name in owned else "")
            for name, at in sorted(began.items())
            if name not in complete
        ]

    def _owner(self, backup: str) -> str:
        try:
            return self.small(backup, OWNER, 4096).decode(errors="replace").partition("\n")[0]
        except BackupError as error:
            # Deleted meanwhile, by who finished it. Any other answer is none: what seems to have no owner is swept.
            if error.reason != "missing":
                raise
            return ""
