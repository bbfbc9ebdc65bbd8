"""A PostgreSQL of our own for one proof: in a folder, reached by a socket only, gone afterwards whatever happens."""

import asyncio
import os
import re
import secrets
import shutil
import signal
import stat
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from collectors.base import Secret
from collectors.threads import DaemonPool
from ops.backup.base import Place
from ops.backup.errors import BackupError
from ops.backup.locks import here as ourselves
from ops.backup.locks import is_dead
from ops.backup.postgres.session import Address
from ops.backup.postgres.tools import Here, fitting, here
from ops.backup.programs import Started, beside, fed, find
from ops.demo.account import Account, unprivileged

USER = "wf_verify"
_NAME = re.compile(r"wf_verify_(.+)_(\d+)_(\d+)_[0-9a-f]{8}")
_READY_S = 60.0
_LOOK_S = 0.05
_PATH_LIMIT = 107
"""Bytes of a socket's path at most (unix(7))."""
_SOCKET = ".s.PGSQL.5432"
_SETTINGS = {
    "listen_addresses": "", "fsync": "off", "full_page_writes": "off", "synchronous_commit": "off",
    "autovacuum": "off", "wal_level": "minimal", "max_wal_senders": "0", "max_wal_size": "1GB",
    "shared_buffers": "64MB", "maintenance_work_mem": "64MB", "max_connections": "10",
    "dynamic_shared_memory_type": "mmap", "log_min_messages": "fatal", "max_locks_per_transaction": "512",
    "password_encryption": "scram-sha-256", "lc_messages": "C",
}  # fmt: skip
"""Nothing of it must survive; nothing of it is reachable from elsewhere; nothing of it stays in memory when killed."""
_POOL = DaemonPool(2, name="watchfloor-throwaway")


async def programs(place: Place, major: int) -> Here | None:
    """Programs of this host that can run a server for what one of that version had; None where there are none."""
    try:
        account = unprivileged()
    except LookupError:  # we are root, and there is nobody else to run it as
        return None
    if account is not None and not find("setpriv"):
        return None
    found = [one for one in await here("initdb", place.backup.programs, before=_as(account)) if _serves(one)]
    return fitting(found, major)


def _serves(one: Here) -> bool:
    return all(find(name, folder=one.folder) for name in ("postgres", "pg_restore"))


def _as(account: Account | None) -> tuple[str, ...]:
    """PostgreSQL refuses root: what starts it as another account."""
    if account is None:
        return ()
    return (find("setpriv"), f"--reuid={account.uid}", f"--regid={account.gid}", "--clear-groups")


@asynccontextmanager
async def throwaway(place: Place, tools: Here) -> AsyncIterator[Address]:
    """It runs as long as the context lasts. Raises BackupError."""
    account = unprivileged()
    folder = await _POOL.run(_made, place.scratch, account)
    password = Secret(secrets.token_hex(24))
    try:
        place.say(f"a PostgreSQL {tools.words} of its own begins")
        await _initialize(folder, tools, password, account)
        settings = {**_SETTINGS, "unix_socket_directories": str(folder)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        argv = tools.argv(["postgres", "-D", str(folder / "data"), *options])
        async with beside(argv, name="the throwaway PostgreSQL", ends_by=signal.SIGQUIT) as server:
            await _until_ready(folder, server)
            yield Address(target="", dsn=f"host={_escaped(folder)} user={USER} dbname=postgres", password=password)
    finally:
        await asyncio.shield(_POOL.run(_remove, folder))


async def _initialize(folder: Path, tools: Here, password: Secret, account: Account | None) -> None:
    file = await _POOL.run(_password_file, folder, password, account)
    argv = [
        "initdb", f"--pgdata={folder / 'data'}", f"--username={USER}", "--auth=scram-sha-256", f"--pwfile={file}",
        "--encoding=UTF8", "--locale=C", "--no-sync",
    ]  # fmt: skip
    await fed(tools.argv(argv), name="initdb", folder=str(folder))
    file.unlink()


def _password_file(folder: Path, password: Secret, account: Account | None) -> Path:
    file = folder / "password"
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with open(descriptor, "w", encoding="utf-8") as opened:
        opened.write(password.reveal())
    if account is not None:
        os.chown(file, account.uid, account.gid)
    return file


async def _until_ready(folder: Path, server: Started) -> None:
    """Wait for its socket and for the last line of its pid file, which says so."""
    async with asyncio.timeout(_READY_S):
        while not _ready(folder):
            if not server.runs:
                raise server.failed()
            await asyncio.sleep(_LOOK_S)


def _ready(folder: Path) -> bool:
    try:
        lines = (folder / "data" / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return False
    return bool(lines) and lines[-1].strip() == "ready"


def _made(scratch: Path, account: Account | None) -> Path:
    """A folder of mode 0700 that the account can reach; what dead processes left of theirs goes. Raises BackupError."""
    owner = ourselves().rsplit("/", 2)
    name = f"wf_verify_{owner[0]}_{owner[1]}_{owner[2]}_{secrets.token_hex(4)}"
    for base in _bases(scratch, account):
        sweep(base, account)
        folder = base / name
        if len(os.fsencode(folder / _SOCKET)) > _PATH_LIMIT:
            continue
        folder.mkdir(mode=0o700)
        if account is not None:
            os.chown(folder, account.uid, account.gid)
        return folder
    raise BackupError(
        "there is no folder for a PostgreSQL of its own: paths are too long, or closed to the account it runs under",
        "set TMPDIR to a short path that every account can walk through", reason="refused",
    )  # fmt: skip


def _bases(scratch: Path, account: Account | None) -> Sequence[Path]:
    """Where it may lie: on the disk of the state folder, else where temporary files that may be large go."""
    own = [scratch] if account is None or _walkable(scratch, account) else []
    return [base for base in (*own, Path("/var/tmp"), Path(tempfile.gettempdir())) if base.is_dir()]  # noqa: S108


def _walkable(folder: Path, account: Account) -> bool:
    for one in (folder, *folder.parents):
        found = one.stat()
        if not (found.st_mode & stat.S_IXOTH or (found.st_uid == account.uid and found.st_mode & stat.S_IXUSR)):
            return False
    return True


def sweep(base: Path, account: Account | None = None) -> int:
    """Take away what throwaway servers of processes that died left in a folder; how many. Others' are not touched."""
    owners = {os.getuid(), account.uid if account is not None else os.getuid()}
    gone = 0
    for folder in base.glob("wf_verify_*"):
        match = _NAME.fullmatch(folder.name)
        if match and is_dead(f"{match[1]}/{match[2]}/{match[3]}") and _owner(folder) in owners:
            _remove(folder)
            gone += 1
    return gone


def _owner(folder: Path) -> int:
    """Who owns a folder; -1 for what is none, or none any more."""
    try:
        found = folder.lstat()
    except FileNotFoundError:
        return -1
    return found.st_uid if stat.S_ISDIR(found.st_mode) else -1


def _remove(folder: Path) -> None:
    """End a server that still runs there, and delete it all."""
    with suppress(OSError, ValueError, IndexError):
        pid = int((folder / "data" / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])
        if str(folder) in Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace"):
            os.kill(pid, signal.SIGQUIT)
    shutil.rmtree(folder, ignore_errors=True)


def _escaped(folder: Path) -> str:
    doubled = str(folder).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{doubled}'"
