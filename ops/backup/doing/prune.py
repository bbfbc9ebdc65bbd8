"""Takes away what a set's rule lets go, and one that is named: never the last proven one, and never unasked."""

from collections.abc import Sequence
from contextlib import suppress

from ops.backup import manifest as manifests
from ops.backup.doing.session import Account, Session, session, sweep, written_down
from ops.backup.doing.verify import all_kept, among, check_there, newest_event
from ops.backup.doing.work import Work
from ops.backup.errors import BackupError
from ops.backup.keeping import expired, going, needed, proven
from ops.backup.known import Known
from ops.backup.structs import Event, Kept
from ops.figures import several, size

_NEXT = "verify a newer one first"


async def prune(work: Work, agreed: str = "") -> Event:
    """Delete what has expired, oldest first, and what dead processes left; gives the line of the book.

    Where it was `agreed` which go, as `keeping.going` has it, others are refused. Raises BackupError: "refused",
    "damaged" where the newest proven one is not whole any more; nothing goes then.
    """
    async with session(work, "prune") as one:
        account = Account(what="prune")
        with written_down(one, account):
            await sweep(one)
            kept = await all_kept(one)
            if agreed and agreed != going(kept):
                words = "other backups have expired by now than it was agreed to delete"
                raise BackupError(words, "look at what goes now, and agree to that", reason="refused")
            if found := expired(kept):
                await _check_newest(one, kept)
                await _deleted(one, found, account)
            account.words = f"{several(len(account.deleted), 'backup')} deleted, {size(account.bytes)} freed"
        return newest_event(one)


async def delete(work: Work, backup: str) -> Event:
    """Delete one that is named; gives the line of the book.

    Raises BackupError "refused" for the only one that is verified, also where there is no other, and for what another
    needs.
    """
    async with session(work, "delete") as one:
        account = Account(what="delete")
        with written_down(one, account):
            kept = await all_kept(one)
            named = among(one, kept, backup)
            account.backup = named.id
            if (refusal := needed(named, kept)) is not None:
                raise refusal
            await _deleted(one, [named], account)
            account.words = f"{named.id} deleted, {size(account.bytes)} freed"
        return newest_event(one)


async def _check_newest(one: Session, kept: Sequence[Kept]) -> None:
    """The one that makes the others needless must still lie there, all of it."""
    good = proven(kept)
    if not good:
        raise BackupError("no backup is verified, so nothing is deleted", _NEXT, reason="refused")
    newest = max(good, key=lambda each: (each.manifest.at, each.id))
    text = await one.target.manifest(newest.id)
    read = Known(one.work.folder).all(one.work.name)
    if newest.id not in read or manifests.digest_of(text) != read[newest.id].digest:
        raise BackupError(f"the manifest of {newest.id} is another one than was verified", _NEXT, reason="damaged")
    await check_there(one, newest.manifest)


async def _deleted(one: Session, backups: Sequence[Kept], account: Account) -> None:
    """One after the other; each that is gone stands in the account, also when its bytes stay or the next fails."""
    one.meter.begin("deletes", sum(each.manifest.stored_bytes for each in backups))
    tell = one.meter.stream()
    try:
        for each in backups:
            one.work.say(f"deletes {each.id}: {each.expires or 'asked for'}")
            account.bytes += await _removed(one, each.id, account)
            tell(account.bytes)
    finally:
        Known(one.work.folder).forget(one.work.name, account.deleted)


async def _removed(one: Session, backup: str, account: Account) -> int:
    try:
        freed = await one.target.remove(backup)
    except BackupError:
        # It is made invisible first: what failed after that is no backup any more, and its bytes are swept later.
        with suppress(BackupError):
            if backup not in await one.target.ids():
                account.deleted += (backup,)
        raise
    account.deleted += (backup,)
    return freed
