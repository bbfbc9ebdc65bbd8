"""Reads how the backups of one set stand, by a program of its own that asks their target.

Clients of object stores and SSH cost much memory: in a process of its own they cost the floor none, and what hangs or
crashes there is killed with it. Between two questions ages go on by themselves.
"""

import os
import sys
import time
from collections.abc import Mapping
from typing import Literal

import msgspec

from collectors.base import CollectError, Collector, Entity, Reading, Secret, TargetConfig, Value
from collectors.programs.run import run
from collectors.redact import mask_passwords
from collectors.text import clean
from collectors.units import Duration, Size

PROGRAM = "ops.backup.child"
ASK_S = 300.0
"""After so long the target is asked again, also where nothing was done to the set here."""
_SPARE_S = 5.0
"""Of its time a reading leaves so much to the program's start and end."""
_OUTPUT_BYTES = 2**20

KINDS = ("postgres", "redis", "rabbitmq", "volume", "files", "configuration", "system", "store")
Kind = Literal["postgres", "redis", "rabbitmq", "volume", "files", "configuration", "system", "store"]


class Schedule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`schedule = { daily = "02:00", weekly = "sun 03:00", monthly = "1 04:00" }`: when `monitor` takes one."""

    every: Duration | None = None
    """"1h": so long after the last one began."""
    daily: str = ""
    """"02:00"."""
    weekly: str = ""
    """"sun 03:00"."""
    monthly: str = ""
    """"1 04:00": day of the month, its last one where it has fewer days."""
    verify: str = ""
    """"daily 05:00": when the newest is read through; "" after each backup."""
    drill: str = ""
    """"weekly sun 06:00": when the newest is restored for proof; "" for never by itself."""
    time_zone: str = "UTC"
    """A name of the IANA database."""
    jitter: Duration = Duration(0)
    """Begun at a moment of this span that is drawn for each set and time, always the same for both."""


class Keep(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`keep = { daily = 7, weekly = 4, monthly = 12 }`: which backups stay. -1 means all."""

    rule: Literal["restic", "borg", "within"] = "restic"
    """restic: rules are ORed, one backup may count for several; borg: what an earlier rule kept does not count for a
    later one; within: all that are at most so old."""
    last: int = 0
    hourly: int = 0
    daily: int = 0
    weekly: int = 0
    monthly: int = 0
    yearly: int = 0
    within: Duration = Duration(0)
    """With `rule = "within"`: all of this span, and one a day, week and month as the next three say."""
    within_daily: Duration = Duration(0)
    within_weekly: Duration = Duration(0)
    within_monthly: Duration = Duration(0)
    minimum: int = 1
    """So many verified ones stay whatever the rule says."""
    prune: bool = False
    """Whether `monitor` deletes what has expired, after each backup that was verified."""


class BackupConfig(TargetConfig, frozen=True, kw_only=True):
    """`[[backup]]`: one set: what is taken, where it goes, how long it stays, how fast it must be back."""

    kind: Kind
    target: str
    """"file:///var/backups/watchfloor", "s3://bucket/prefix", "sftp://user@host/path", "rsync://user@host/path",
    "restic:/srv/restic" (any repository that restic knows)."""
    source: str = ""
    """Name of the `[[postgres]]`, `[[redis]]`, `[[rabbitmq]]` or `[[docker]]` that it is of; may be left out where
    there is one only."""
    user: str = ""
    """Of PostgreSQL: who may read and restore all of it, where the `[[postgres]]` only watches …"""
    user_password_env: str = ""
    user_password_file: str = ""
    user_password_command: tuple[str, ...] = ()
    """… and that user's password."""
    databases: tuple[str, ...] = ()
    """Of PostgreSQL: which; "*" for all. The one of the dsn where nothing is said."""
    volumes: tuple[str, ...] = ()
    """Of `volume`: names, or globs of names, of volumes of the engine."""
    paths: tuple[str, ...] = ()
    """Of `files` and `configuration`: files and folders; "**" goes down through folders."""
    env_files: tuple[str, ...] = ()
    """Of `configuration`: files with secrets, which are only taken with `encrypt`."""
    exclude: tuple[str, ...] = ()
    """Globs of paths that are left out."""
    container: str = ""
    """Take it with the programs inside this container of `docker`, for servers of other versions than are here."""
    docker: str = ""
    """Name of the `[[docker]]` with that container; may be left out where there is one only."""
    programs: str = ""
    """Folder with pg_dump, pg_restore and initdb; found by the server's version where nothing is said."""
    schedule: Schedule = Schedule()
    keep: Keep = Keep()
    rpo: Duration = Duration(0)
    """How old the newest verified backup may be; 0 takes the longest gap of the schedule and a quarter, else a day."""
    rto: Duration = Duration(4 * 3600)
    """How long restoring may take."""
    checks: tuple[str, ...] = ()
    """SQL that a drill runs in the restored database; each must give true in its first column."""
    encrypt: bool = False
    """Encrypt with the key, or for the recipients; always so where either is given."""
    key_env: str = ""
    key_file: str = ""
    key_command: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    """Public keys of age ("age1…") that may read it, in place of a key."""
    identity_env: str = ""
    identity_file: str = ""
    identity_command: tuple[str, ...] = ()
    """The private key of age, which only verify, drill and restore need."""
    compression: int = 3
    """Level of zstd, 1 to 19; 0 for none."""
    endpoint: str = ""
    """Of S3: the server, where it is not Amazon's."""
    region: str = ""
    ca_file: str = ""
    access_key_env: str = ""
    access_key_file: str = ""
    access_key_command: tuple[str, ...] = ()
    secret_key_env: str = ""
    secret_key_file: str = ""
    secret_key_command: tuple[str, ...] = ()
    password_env: str = ""
    password_file: str = ""
    password_command: tuple[str, ...] = ()
    """Of a restic repository."""
    ssh_config: str = ""
    """Of SFTP and rsync: another file of settings for ssh than the user's own."""
    before: tuple[str, ...] = ()
    """A program with arguments that is run before taking; when it fails nothing is taken."""
    after: tuple[str, ...] = ()
    """One that is run afterwards, however it went: WATCHFLOOR_BACKUP_OUTCOME says how."""
    restored: tuple[str, ...] = ()
    """One that is run on what was restored, before users get it: migrations."""
    bandwidth: Size = Size(0)
    """Bytes a second that are written to the target at most; 0: no limit."""
    nice: int = 10
    """Niceness of the programs that take it."""
    interval: Duration = Duration(5)
    """A look at the book alone, as long as nothing was done to the set."""
    timeout: Duration = Duration(30)
    failures: int = 1
    successes: int = 1
    file: str = ""
    """The config that this stands in; filled in when it is read."""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What the program writes to its standard output, as JSON: how a set stands, or why nothing is known."""

    facts: Mapping[str, Value] = {}
    since: Mapping[str, float] = {}
    """Facts that are ages, as the moments that they count from, UTC seconds."""
    until: Mapping[str, float] = {}
    """Facts that are left, as the moments that they count to."""
    texts: Mapping[str, str] = {}
    hints: tuple[str, ...] = ()
    book: str = ""
    """The file that changes whenever something is done to the set."""
    error: str = ""
    remedy: str = ""


class Backup(Collector[BackupConfig]):
    """Backups of one set: when the last one was taken and proven, when the next one is due, how long a restore takes.

    `watchfloor backup run` takes one now, B shows all of them.
    """

    name = "backup"
    section = "backup"
    title = "Backups"
    Config = BackupConfig
    source_only = True

    def __init__(self, config: BackupConfig, secrets: Mapping[str, Secret]) -> None:
        super().__init__(config, secrets)
        self._told: Told | None = None
        self._asked = float("-inf")
        self._seen: tuple[int, ...] = ()

    async def collect(self) -> Reading:
        """What was told last, with ages as of now; asked again once its book has changed, or after five minutes."""
        told = self._told
        if told is None or time.monotonic() - self._asked >= ASK_S or _stamp(told.book) != self._seen:
            began = time.monotonic()
            told = await self._ask()
            # What was written meanwhile is asked for by the next reading.
            self._told, self._asked = told, began
        return Reading((self._entity(told, time.time()),))

    async def _ask(self) -> Told:
        self.set_phase("asking its target")
        within_s = max(1.0, float(self.config.timeout) - _SPARE_S)
        arguments = [sys.executable, "-P", "-m", PROGRAM, self.config.file, self.config.name, f"{within_s:g}"]
        before = _stamp(self._told.book) if self._told else ()
        ended = await run(arguments, extra=dict(os.environ), limit=_OUTPUT_BYTES)  # secrets of targets may stand there
        if ended.code != 0:
            words = clean(mask_passwords(ended.err.decode("utf-8", "replace").strip().rpartition("\n")[2]), 300)
            raise CollectError(f"what reads the backups ended with {ended.code}: {words or 'no word'}", reason="broken")
        try:
            told = msgspec.json.decode(ended.out, type=Told)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise CollectError("what reads the backups wrote something else than how they stand") from error
        if told.error:
            raise CollectError(told.error, remedy=told.remedy)
        self._seen = before or _stamp(told.book)
        return told

    def _entity(self, told: Told, now: float) -> Entity:
        facts = dict(told.facts)
        facts |= {name: max(0.0, now - at) for name, at in told.since.items()}
        facts |= {name: max(0.0, at - now) for name, at in told.until.items()}
        age, rpo = facts.get("age_s"), facts.get("rpo_s")
        if isinstance(age, float) and isinstance(rpo, float | int) and rpo:
            facts["age_ratio"] = round(age / rpo, 3)
        return Entity(kind=self.section, name=self.config.name, facts=facts, texts=told.texts, hints=told.hints)


def _stamp(file: str) -> tuple[int, ...]:
    """What changes with a file; the same as long as there is none."""
    try:
        about = os.stat(file)
    except OSError:
        return (0,)
    return about.st_ino, about.st_size, about.st_mtime_ns
