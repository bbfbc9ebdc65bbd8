"""Proves that a backup can be restored: into something made for it, compared with its manifest, and timed."""

import time

from ops.backup.base import Compared
from ops.backup.doing.session import Account, Session, session, worded, written_down
from ops.backup.doing.verify import found, newest_event, opened, watched
from ops.backup.doing.work import Work
from ops.backup.errors import BackupError
from ops.backup.standing import BAD
from ops.backup.structs import Event
from ops.figures import duration, several

NAMED = 3
"""Differences that the book names."""
_SAID = 200


async def drill(work: Work, backup: str) -> Event:
    """Restore one for proof; gives the line of the book, not `ok` where what was restored is not what was taken.

    Raises BackupError where it could not be tried: no key, no target, no program.
    """
    async with session(work, "drill") as one:
        account = Account(what="drill")
        with written_down(one, account):
            kept = await found(one, backup)
            account.backup = kept.id
            await _drilled(one, kept.id, account)
        return newest_event(one)


async def _drilled(one: Session, backup: str, account: Account) -> None:
    try:
        source = await opened(one, backup, account)
        one.meter.begin("restores into a place of its own", source.manifest.plain_bytes)
        began = time.monotonic()
        with worded():
            compared = await one.kind.drill(one.place, watched(source, one.meter))
        account.took_s = time.monotonic() - began
    except BackupError as error:
        if error.reason not in BAD:
            raise
        account.bad, account.reason, account.remedy = error.message, error.reason, error.remedy
        return
    account.plain_bytes, account.bytes = source.manifest.plain_bytes, source.manifest.stored_bytes
    for line in (*compared.notes, *compared.differences)[:_SAID]:
        one.work.say(line)
    judged(account, compared)


def judged(account: Account, compared: Compared) -> None:
    """What was compared, in the account."""
    account.rows = compared.equal
    if compared.differences:
        more = len(compared.differences) - NAMED
        account.bad = "; ".join(compared.differences[:NAMED]) + (f", and {more} more" if more > 0 else "")
        account.reason, account.remedy = "mismatch", "restore another backup, and see why this one differs"
        return
    took = f" in {duration(account.took_s)}" if account.took_s is not None else ""
    account.words = f"{account.backup}: restored{took}, {several(compared.equal, 'count')} equal"
