"""Puts new databases in the place of old ones, all in one transaction of renames: before it all is as it was."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256

import msgspec

from collectors.text import clean
from ops.backup.errors import BackupError
from ops.backup.postgres.session import Address, Said, Session, beside, quoted, text

_END_EVERY_S = 0.1
_NAME_BYTES = 63


class Swap(msgspec.Struct, frozen=True, kw_only=True):
    """One database that takes the place of another."""

    new: str
    to: str
    aside: str = ""
    """What the old one is called from then on; "" where there is none."""
    comment: str = ""
    """Of the new one: what the old one had."""

    @property
    def back(self) -> tuple[str, ...]:
        """The statements that have the old one back, from another database, one after the other; () where none is.

        A rename waits 5 s for sessions to go; what comes back at once after its end is kept out by the first. The one
        before the last lets them in again where the rename failed, and then the last fails: that is how it ends.
        """
        if not self.aside:
            return ()
        # The moment in it keeps it apart from the one of another restore.
        restored = _fitting(self.to, f"_restored_{self.aside.rpartition('_')[2]}")
        renames = ((self.to, restored), (self.aside, self.to))
        named = ", ".join(text(name) for name in (self.to, self.aside))
        moves = "; ".join(f"ALTER DATABASE {quoted(old)} RENAME TO {quoted(new)}" for old, new in renames)
        return (
            f"ALTER DATABASE {quoted(self.to)} ALLOW_CONNECTIONS false",
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname IN ({named})",  # noqa: S608 - texts
            moves,
            f"ALTER DATABASE {quoted(self.to)} ALLOW_CONNECTIONS true",
            f"ALTER DATABASE {quoted(restored)} ALLOW_CONNECTIONS true",
        )


def aside_of(name: str, now: float | None = None) -> str:
    """What an old database or table is called: "shop_before_20261121t031500", within the server's limit. Pure."""
    moment = datetime.fromtimestamp(time.time() if now is None else now, UTC)
    return _fitting(name, f"_before_{moment:%Y%m%dt%H%M%S}")


def _fitting(name: str, tail: str) -> str:
    """Both, within the server's limit; names that begin alike stay apart."""
    whole, room = name.encode(), _NAME_BYTES - len(tail.encode())
    if len(whole) <= room:
        return name + tail
    mark = f"_{sha256(whole).hexdigest()[:6]}"
    return whole[: room - len(mark)].decode("utf-8", "ignore") + mark + tail


async def swap(address: Address, swaps: Sequence[Swap]) -> None:
    """Rename all, or none. Sessions in the old ones are ended; who comes meanwhile waits, and gets the new one.

    A rename holds off new sessions from its beginning and waits 5 s for the others to go, which we end meanwhile.
    Raises BackupError where nothing was changed, or where that is not known, which it says.
    """
    old = tuple(one.to for one in swaps if one.aside)
    async with beside(address, old) as mover, beside(address, old) as ender:
        ending = asyncio.create_task(_end_sessions(ender, old))
        try:
            await mover.run("BEGIN")
            for one in swaps:
                await _rename(mover, one)
            await _commit(mover, swaps)
        except Said as error:
            raise _refused(error) from error
        finally:
            ending.cancel()
            await asyncio.gather(ending, return_exceptions=True)


async def _commit(session: Session, swaps: Sequence[Swap]) -> None:
    try:
        await session.run("COMMIT")
    except Said:
        raise
    except BackupError as error:
        mark = clean(swaps[0].aside or swaps[0].to)
        raise BackupError(
            f"{error.message} while {', '.join(clean(one.to) for one in swaps)} was swapped in: it is not known whether"
            " that was done",
            f"look whether there is a database {mark}: then it was done, else nothing was changed", reason="lost",
        ) from error  # fmt: skip


async def _rename(session: Session, one: Swap) -> None:
    if one.aside:
        await session.run(f"ALTER DATABASE {quoted(one.to)} RENAME TO {quoted(one.aside)}")
    await session.run(f"COMMENT ON DATABASE {quoted(one.new)} IS {text(one.comment) if one.comment else 'NULL'}")
    await session.run(f"ALTER DATABASE {quoted(one.new)} RENAME TO {quoted(one.to)}")


async def _end_sessions(session: Session, names: Sequence[str]) -> None:
    """End them again and again: one that we may not end makes the rename say so."""
    while True:
        with suppress(Said):
            await session.run(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ANY(%s)", list(names)
            )
        await asyncio.sleep(_END_EVERY_S)


def _refused(error: Said) -> BackupError:
    remedy = error.remedy
    if error.sqlstate == "55006":
        remedy = "end its other sessions (a pooler's, or a superuser's, which only a superuser may end), then again"
    elif error.sqlstate == "42501":
        remedy = "only the owner of a database, or a superuser, may rename it: use such a user in the config"
    return BackupError(f"nothing was changed: {clean(error.message, 300)}", remedy, reason=error.reason)
