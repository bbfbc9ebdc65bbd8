"""Puts a backup back: read through first, with what is there now kept by a safety backup, compared afterwards."""

import time
from collections.abc import Sequence

from msgspec.structs import replace

from ops.backup.base import Restored, Source, Wish
from ops.backup.doing.drill import judged
from ops.backup.doing.run import taken
from ops.backup.doing.session import Account, Session, session, worded, written_down
from ops.backup.doing.verify import found, opened, proven, watched
from ops.backup.doing.work import Work
from ops.backup.errors import BackupError
from ops.backup.hooks import hook
from ops.backup.structs import Kept, Manifest, Overwrite
from ops.verdicts.backup_words import READ_FIRST

FRESH_S = 86400.0
"""A proof that is no older than this is not made again before a restore."""
NOTHING = ("not there", "empty")
"""What `Overwrite.now` says of a place with nothing in it."""
_MOST = 100


async def restore(work: Work, backup: str, wish: Wish, *, safety: bool = True) -> Restored:
    """Restore one, or what is wished of it, to where it came from or to another place.

    Nothing is touched before it was read through; without `safety` what is there is not backed up before. Raises
    BackupError: "damaged", "refused" where what is there can't be kept. What was restored and differs is told in what
    is given, and the book has it as failed.
    """
    async with session(work, "restore") as one:
        account = Account(what="restore")
        with written_down(one, account):
            kept = await found(one, backup)
            account.backup = kept.id
            source = await _whole(one, kept, account)
            with worded():
                changes = await one.kind.overwrites(one.place, source.manifest, wish)
                places = frozenset(line.what for line in changes)
                changes = await one.kind.looked_up(source, wish, changes)
            for line in changes:
                one.work.say(f"{line.what}: {line.now} → {line.then}{f', loses {line.loses}' if line.loses else ''}")
            if safety and await _is_home(one, source, wish, places):
                if needs_safety(changes, replace(wish, to="")):
                    await _kept_safe(one)
                else:
                    one.work.say("nothing of it is there now that a safety backup could keep: none is taken")
            return await _restored(one, source, wish, account)


def needs_safety(changes: Sequence[Overwrite], wish: Wish) -> bool:
    """Whether something would be written over that a backup of the set keeps; it keeps its own place only."""
    return not wish.to and any(line.now not in NOTHING for line in changes)


async def _is_home(one: Session, source: Source, wish: Wish, places: frozenset[str]) -> bool:
    """Whether any of the places is one that the set is taken from, by whatever name `to` leads there."""
    if not wish.to:
        return True
    try:
        with worded():
            own = await one.kind.overwrites(one.place, source.manifest, replace(wish, to="", empty=True))
    except BackupError as error:
        # What the set is taken from is away, or none that this backup goes to: the places, which answered, are others.
        one.work.say(
            f"what the set is taken from can't be asked ({error.message}): "
            "where this goes counts as another place, and no safety backup is made"
        )
        return False
    return any(line.what in places for line in own)


async def _whole(one: Session, kept: Kept, account: Account) -> Source:
    """The backup, read through now or lately."""
    source = await opened(one, kept.id, account)
    if kept.verified_at is not None and 0 <= one.work.clock() - kept.verified_at <= FRESH_S and not kept.broken:
        one.work.say(f"{kept.id} was verified within a day")
        return source
    if kept.verified_at is None:
        one.work.say(READ_FIRST)
    check = Account(what="verify", backup=kept.id)
    with written_down(one, check):
        await proven(one, kept.id, check)
    if check.bad:
        raise BackupError(f"nothing was touched: {check.bad}", check.remedy, reason="damaged")
    return source


async def _kept_safe(one: Session) -> Manifest:
    one.work.say("takes a safety backup of what is there now")
    try:
        made = await taken(replace(one, place=replace(one.place, lost_ok=True)), why="safety")
        one.work.say(f"it is {made.id}")
        check = Account(what="verify", backup=made.id)
        with written_down(one, check):
            await proven(one, made.id, check)
    except BackupError as error:
        raise _not_safe(error.message) from error
    if check.bad:
        raise _not_safe(check.bad)
    return made


def _not_safe(why: str) -> BackupError:
    return BackupError(
        f"nothing was restored, as what is there now could not be backed up before: {why}",
        "put that right, or restore without a safety backup (--no-safety) where what is there is worth nothing",
        reason="refused",
    )


async def _restored(one: Session, source: Source, wish: Wish, account: Account) -> Restored:
    one.meter.begin("restores", source.manifest.plain_bytes)
    began = time.monotonic()
    with worded():
        done = await one.kind.restore(one.place, watched(source, one.meter), wish)
    account.took_s = time.monotonic() - began
    # At once: whatever happens from here on, who reads the output can go back.
    for line in lines_of(done):
        one.work.say(line)
    account.plain_bytes, account.bytes = one.meter.bytes, source.manifest.stored_bytes
    judged(account, done.compared)
    if not account.bad and not one.kind.hooks:
        await _hooked(one, source, done)
    return done


def lines_of(done: Restored) -> list[str]:
    """What a person needs to know of a restore that is done."""
    lines = [*done.compared.notes[:_MOST], *done.compared.differences[:_MOST]]
    if done.aside:
        lines.append(f"what was there before is {done.aside}")
    back = "to have that back" if done.aside else "to undo this"
    lines += [f"{back}: {line}" for line in done.back[:_MOST]]
    lines += [f"to drop it once nobody needs it: {line}" for line in done.drop[:_MOST]]
    return [*lines, equal_of(done)]


def equal_of(done: Restored) -> str:
    """How much was held against the manifest: rows, keys or files."""
    if done.compared.equal == 1:
        return "1 row, key or file was counted and is as it was taken"
    return f"{done.compared.equal:,} rows, keys or files were counted and are as they were taken"


async def _hooked(one: Session, source: Source, done: Restored) -> None:
    about = {"SET": one.work.name, "ID": source.manifest.id}
    try:
        await hook(one.work.backup.restored, about, one.work.say)
    except BackupError as error:
        words = f"it is restored, and then {error.message}"
        raise BackupError(
            words, f"{error.remedy}; to go back: {'; '.join(done.back)}" if done.back else error.remedy
        ) from error
