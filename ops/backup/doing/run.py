"""Takes a backup: every part through the pipeline into the target, then the manifest, and only then is it there."""

import os
import time
from contextlib import aclosing
from importlib import metadata
from typing import Literal

from collectors.base import CollectError
from collectors.git_api.ask import Git
from ops.backup import keys
from ops.backup import manifest as manifests
from ops.backup.base import About, Stream
from ops.backup.doing.session import Account, Session, session, sweep, worded, written_down
from ops.backup.doing.work import Work
from ops.backup.errors import BackupError
from ops.backup.hooks import hook
from ops.backup.keys import DataKey
from ops.backup.known import Known, Read
from ops.backup.names import new_id
from ops.backup.pipeline import Packing, store
from ops.backup.structs import Manifest, Part, Sealing
from ops.backup.target import Writing
from ops.config.drifted import host_name
from ops.figures import duration, size

Why = Literal["schedule", "asked", "safety"]


async def run(work: Work, *, why: Why = "asked", due: tuple[str, ...] = ()) -> Manifest:
    """Take one. Raises BackupError; nothing incomplete counts as a backup afterwards, and no older one is touched."""
    async with session(work, "run") as one:
        return await taken(one, why=why, due=due)


async def taken(one: Session, *, why: Why, due: tuple[str, ...] = ()) -> Manifest:
    """The same where the set is ours already: before a restore."""
    with written_down(one, Account(what="run", due=due, target=one.target.shown)) as account:
        backup = new_id(one.work.clock())
        account.backup = backup
        outcome = "failed"
        try:
            await hook(one.work.backup.before, _about(one, backup), one.work.say)
            made = await _take(one, backup, why, due, account)
            outcome = "ok"
        finally:
            await _afterwards(one, backup, outcome)
    return made


async def _afterwards(one: Session, backup: str, outcome: str) -> None:
    """The hook that runs however it went. Where it fails after a good backup, that is good all the same, and told."""
    try:
        await hook(one.work.backup.after, _about(one, backup) | {"OUTCOME": outcome}, one.work.say)
    except BackupError as error:
        one.work.say(error.message)


def _about(one: Session, backup: str) -> dict[str, str]:
    return {"SET": one.work.name, "ID": backup, "KIND": one.kind.name}


async def _take(one: Session, backup: str, why: Why, due: tuple[str, ...], account: Account) -> Manifest:
    began, clocked = time.monotonic(), one.work.clock()
    sealing, data_key = _sealed(one, backup)
    await sweep(one)
    with worded():
        plain_bytes = await one.kind.estimate(one.place)
    before = Known(one.work.folder).newest(one.work.name)
    one.meter.begin("takes", plain_bytes or (before.plain_bytes if before else 0))
    writing = await one.target.begin(backup, _expected(plain_bytes, before))
    whole = False
    try:
        about = About()
        with worded():
            parts = await _parts(one, writing, about, Packing.of(
                one.work.backup, backup, data_key, seals=one.target.seals
            ))  # fmt: skip
        made = Manifest(
            id=backup, set=one.work.name, kind=one.kind.name, subject=about.subject,
            at=clocked if about.at is None else about.at, ended_at=one.work.clock(),
            took_s=time.monotonic() - began, host=host_name(), environment=one.work.config.settings.environment,
            by=one.work.by, why=why, due=due, versions={"watchfloor": metadata.version("watchfloor")} | about.versions,
            commit=await commit_of(one.work.config.path), parts=tuple(parts), counts=about.counts, facts=about.facts,
            notes=(*about.notes, *_clock_notes(clocked, before)), sealing=sealing,
        )  # fmt: skip
        text = manifests.written(made, data_key)
        one.meter.says("makes it durable")
        await writing.commit(text)
        whole = True
    finally:
        if not whole:
            await _abandoned(one, writing)
    account.digest = manifests.digest_of(text)
    account.bytes, account.plain_bytes = made.stored_bytes, made.plain_bytes
    account.words = _words(made)
    Known(one.work.folder).learn(one.work.name, Read(manifest=made, digest=account.digest))
    return made


def _sealed(one: Session, backup: str) -> tuple[Sealing | None, DataKey | None]:
    """A target that encrypts itself gets plain parts: sealed and compressed ones would only defeat it."""
    if one.target.seals:
        return None, None
    found = keys.new_data_key(one.work.backup, one.work.spec.secrets, backup)
    return (found[1], found[0]) if found else (None, None)


async def _parts(one: Session, writing: Writing, about: About, packing: Packing) -> list[Part]:
    parts: list[Part] = []
    async with aclosing(one.kind.take(one.place, about)) as streams:  # type: ignore[type-var]
        async for stream in streams:
            _check_new(stream, parts)
            one.meter.says(f"takes {stream.what}")
            parts.append(await store(stream, writing, packing, one.meter.stream()))
    if not parts:
        raise BackupError(f"{one.work.name} has nothing to take", "look whether it can be read", reason="empty")
    return parts


def _check_new(stream: Stream, parts: list[Part]) -> None:
    if any(part.name == stream.name for part in parts):
        raise BackupError(f"two parts are called {stream.name}", "report this with the config that it came from")


async def _abandoned(one: Session, writing: Writing) -> None:
    try:
        await writing.abandon()
    except BackupError as error:
        one.work.say(f"what was begun can't be taken away now ({error.message}): it is invisible, and is swept later")


def _expected(plain_bytes: int, before: Manifest | None) -> int:
    """Stored bytes to be expected, by how well the one before could be compressed; 0 where nothing is known."""
    if not plain_bytes or before is None or not before.plain_bytes:
        return 0
    return int(plain_bytes * before.stored_bytes / before.plain_bytes)


def _clock_notes(now: float, before: Manifest | None) -> tuple[str, ...]:
    if before is None or before.at <= now:
        return ()
    return (f"the clock of this host is {duration(before.at - now)} behind the moment of {before.id}",)


def _words(made: Manifest) -> str:
    ratio = f", {made.plain_bytes / made.stored_bytes:.1f}:1" if made.stored_bytes else ""
    return f"{made.id}: {size(made.plain_bytes)} as {size(made.stored_bytes)}{ratio} in {duration(made.took_s)}"


async def commit_of(config: str) -> str:
    """The commit of the repository that a config stands in; "" where it stands in none."""
    if not config:
        return ""
    try:
        ended = await Git(_folder_of(config)).run("rev-parse", "HEAD")
    except CollectError:
        return ""
    return "" if ended.code else ended.out.decode("ascii", "replace").strip()[:64]


def _folder_of(config: str) -> str:
    return os.path.dirname(os.path.abspath(config))
