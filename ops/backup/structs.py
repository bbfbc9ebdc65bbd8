"""What a backup is made of, as it is kept: frozen structs that are written beside it and shown."""

from collections.abc import Mapping
from typing import Literal

import msgspec

FORMAT = 1
"""Of the manifest; a newer one is refused with a sentence."""
Format = Literal["pg_custom", "sql", "rdb", "tar", "json", "toml", "text", "sqlite"]


class Sealing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How its parts are encrypted: each backup has a data key of its own, which is wrapped."""

    cipher: Literal["aes-256-gcm"] = "aes-256-gcm"
    chunk_bytes: int = 2**20
    """Plain bytes of each authenticated chunk but the last."""
    key_id: str = ""
    """First 16 hex digits of a hash of the key; "" where it is sealed for recipients."""
    recipients: tuple[str, ...] = ()
    """Public keys of age."""
    wrapped: str = ""
    """The data key, encrypted by the key or for the recipients; base64."""


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One stream of a backup: one database, one volume, one list of roles."""

    name: str
    """Also its file's: lower-case letters, digits and "._-", without a folder: "db.shop.dump", "globals.sql"."""
    what: str
    """For people: "database shop", "roles and settings of the server"."""
    format: Format
    plain_bytes: int
    """Before compression."""
    stored_bytes: int
    digest: str
    """SHA-256 of the stored bytes, hex."""
    plain_digest: str
    """SHA-256 before compression and encryption."""
    compressed: bool = True
    """By zstd."""
    sealed: bool = False
    entries: int = 0
    """Files, tables, keys, objects in it, where that is known."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that is known of one backup when it is complete. It is written last: a backup is there when it is."""

    format: int = FORMAT
    id: str
    """Sorted by time: "20261121T020000Z-1a2b3c"."""
    set: str
    """Name of its `[[backup]]`."""
    kind: str
    subject: str = ""
    """What it is of, exactly, without secrets: "postgres:shop at 127.0.0.1:5432"; compared before a restore."""
    at: float
    """UTC seconds of the moment that it shows: the snapshot's, not the end's."""
    ended_at: float
    took_s: float
    host: str
    environment: str = ""
    by: str = ""
    """User and way: "ann (screen)"."""
    why: Literal["schedule", "asked", "safety"] = "asked"
    """safety: taken before a restore wrote over what was there."""
    due: tuple[str, ...] = ()
    """Which of "every", "daily", "weekly", "monthly" it was taken for."""
    versions: Mapping[str, str] = {}
    """"watchfloor", "server", "pg_dump", …"""
    commit: str = ""
    """Of the repository that the config stands in."""
    parts: tuple[Part, ...] = ()
    counts: Mapping[str, int] = {}
    """Rows, keys or files by what has them, at the same snapshot: "shop.public.orders", "db0", "media"."""
    facts: Mapping[str, str | int | float | bool] = {}
    """More of its kind: "server_version", "encoding", "superuser"."""
    needs: tuple[str, ...] = ()
    """Ids of backups that it can't be restored without."""
    notes: tuple[str, ...] = ()
    """What is not in it though one may expect it, one sentence each."""
    sealing: Sealing | None = None

    @property
    def stored_bytes(self) -> int:
        """Of all parts."""
        return sum(part.stored_bytes for part in self.parts)

    @property
    def plain_bytes(self) -> int:
        """Of all parts."""
        return sum(part.plain_bytes for part in self.parts)


class Event(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that was done to a set, well or not: one line of the book that is kept in the state folder."""

    what: Literal["run", "verify", "drill", "restore", "prune", "delete"]
    set: str
    backup: str = ""
    """Id; "" where there was none yet, or of several."""
    at: float
    """UTC seconds of its end; of its beginning where it was killed."""
    took_s: float = 0.0
    ok: bool
    words: str = ""
    """How it went, one sentence, sanitized."""
    remedy: str = ""
    reason: str = ""
    """As `BackupError.reason`: "damaged" and "mismatch" speak of the backup, all others of the try."""
    bytes: int = 0
    """Stored bytes that were written, read or deleted."""
    plain_bytes: int = 0
    fraction: tuple[int, int] = (1, 1)
    """Of a verification: which part (from 1) of how many was read."""
    rows: int = 0
    """Counted and equal, of a drill or restore."""
    by: str = ""
    due: tuple[str, ...] = ()
    target: str = ""
    """Of a run: where it went, as it is shown."""
    deleted: tuple[str, ...] = ()
    digest: str = ""
    """SHA-256 of the manifest that a proof is of: another manifest under the same id is not proven by it."""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """One backup that is there, with all that its book knows of it."""

    manifest: Manifest
    verified_at: float | None = None
    """When all of it was read through last, and well."""
    drilled_at: float | None = None
    restore_s: float | None = None
    """Measured by its last drill."""
    broken: str = ""
    """Why it is none: what the last proof that failed said; "" where none failed."""
    remedy: str = ""
    reasons: tuple[str, ...] = ()
    """Why it stays ("daily 2026-11-20", "the last verified one"); none where it has expired."""
    expires: str = ""
    """Why it goes, where no reason keeps it."""

    @property
    def id(self) -> str:
        """Of its manifest."""
        return self.manifest.id


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """What is being done to a set right now."""

    what: str
    """"run", "verify", "drill", "restore", "prune"."""
    job: int = 0
    since: float = 0.0
    bytes: int = 0
    total_bytes: int = 0
    """Expected, by the backup before; 0 where nothing is known."""
    bytes_per_s: float = 0.0
    eta_s: float | None = None
    words: str = ""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How one set stands."""

    set: str
    kind: str
    target: str
    """As it is shown, without secrets."""
    at: float
    """When it was looked at, UTC seconds."""
    time_zone: str = "UTC"
    """Of its schedule, whose days those of its calendar are."""
    kept: tuple[Kept, ...] = ()
    """Newest first."""
    events: tuple[Event, ...] = ()
    """Newest first, at most 200."""
    last: Event | None = None
    """The last run, well or not."""
    next_at: float | None = None
    next_due: tuple[str, ...] = ()
    age_s: float | None = None
    """Of the newest verified one, by the moment that it shows; None where there is none."""
    rpo_s: float = 0.0
    rto_s: float = 0.0
    restore_s: float | None = None
    """Measured by the last good drill or restore …"""
    restore_now_s: float | None = None
    """… and what it would take now, by how the size has grown since."""
    worst_loss_s: float | None = None
    """What would be lost if the source were gone now: age of the newest verified one."""
    anomalies: tuple[str, ...] = ()
    """What is odd of the newest: "half as large as usual: 12 MB, usually 24 MB"."""
    gone: str = ""
    """That backups which its rule keeps are not in the target any more; "" where none is missing."""
    killed: str = ""
    """What was being done to it when its process died, and nothing since: "run"; "" for nothing …"""
    killed_at: float = 0.0
    """… and when that had begun."""
    key: str = ""
    """Why the key that is given does not open the newest one, or is none; "" where it does."""
    leftovers: int = 0
    """Unfinished ones of dead processes that still lie in the target."""
    unreachable: str = ""
    """Why the target could not be asked; the book still tells what it knows."""
    remedy: str = ""
    running: Running | None = None


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """One thing inside a backup: a file, a table, a key."""

    part: str
    name: str
    """Sanitized by whoever shows it: it is from the world."""
    kind: Literal["file", "folder", "link", "table", "schema", "object", "key", "text"] = "file"
    bytes: int | None = None
    rows: int | None = None
    changed_at: float | None = None


class Overwrite(msgspec.Struct, frozen=True, kw_only=True):
    """What a restore would change, read before it: one line each."""

    what: str
    """"database shop", "/srv/media"."""
    now: str
    """"4 tables, 12,040 rows, last written 3 min ago", "not there"."""
    then: str
    """"4 tables, 11,998 rows as of 02:00"."""
    loses: str = ""
    """What is gone for good though a safety backup is taken; "" for nothing."""
