"""A database that is made for one proof or one restore, and dropped again whatever happens."""

import re
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from hashlib import sha256

from ops.backup.errors import BackupError
from ops.backup.locks import here as ourselves
from ops.backup.locks import is_dead
from ops.backup.postgres import roles
from ops.backup.postgres.restored import make_database
from ops.backup.postgres.server import PREFIX
from ops.backup.postgres.session import Address, Session, beside, quoted

_NAME = re.compile(rf"{PREFIX}([0-9a-f]{{8}})_(\d+)_(\d+)_[0-9a-f]{{8}}")
_FORCED = 130000


def new_name() -> str:
    """A name that no other database has, and that says who made it to whoever comes after a crash."""
    host, pid, start = ourselves().rsplit("/", 2)
    return f"{PREFIX}{_digest(host)}_{pid}_{start}_{secrets.token_hex(4)}"


def is_left(name: str) -> bool:
    """Whether a process of this host made it that has ended."""
    match, host = _NAME.fullmatch(name), socket.gethostname()
    return bool(match and match[1] == _digest(host) and is_dead(f"{host}/{match[2]}/{match[3]}"))


def _digest(host: str) -> str:
    return sha256(host.encode()).hexdigest()[:8]


class Scratch:
    """One that was made."""

    def __init__(self, name: str, note: str) -> None:
        self.name, self.note = name, note
        self.kept = False
        """Set by whoever took it over: it is not dropped then."""


@asynccontextmanager
async def scratch_database(address: Address, like: roles.Database | None, *, owner: str = "") -> AsyncIterator[Scratch]:
    """An empty database as long as the context lasts; what dead processes left of theirs goes first.

    Raises BackupError.
    """
    made, failed = Scratch(new_name(), ""), False
    try:
        async with beside(address) as session:
            await sweep(session)
            made.note = await make_database(session, made.name, like, owner=owner)
        yield made
    except BackupError:
        failed = True
        raise
    finally:
        if not made.kept:
            # What went wrong first is what is told: a server that is gone by now lets nothing be dropped.
            with suppress(*((BackupError,) if failed else ())):
                async with beside(address) as session:
                    await drop(session, made.name)


async def sweep(session: Session) -> int:
    """Drop what processes of this host that died left and we may drop; how many. Raises BackupError."""
    rows = await session.run(
        "SELECT datname::text AS name FROM pg_database "
        "WHERE datname LIKE 'wf\\_verify\\_%' AND pg_has_role(datdba, 'MEMBER')"
    )
    dead = [row["name"] for row in rows if is_left(row["name"])]
    for name in dead:
        await drop(session, name)
    return len(dead)


async def drop(session: Session, name: str) -> None:
    """Drop one of ours with whoever is in it. Raises BackupError; never touches another name."""
    if not name.startswith(PREFIX):
        raise ValueError(f"{name} is none of ours")
    if session.version >= _FORCED:
        await session.run(f"DROP DATABASE IF EXISTS {quoted(name)} WITH (FORCE)")
        return
    await session.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", name)
    await session.run(f"DROP DATABASE IF EXISTS {quoted(name)}")
