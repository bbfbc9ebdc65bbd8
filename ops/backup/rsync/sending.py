"""One rsync that sends one file to a host, and goes on where a broken line has left it."""

import asyncio
import shlex
from collections.abc import Sequence

from collectors.ssh.address import Address
from collectors.ssh.faults import ssh_fault
from ops.backup.errors import BackupError
from ops.backup.programs import Ended, need, ran
from ops.backup.sftp.session import backup_fault, ssh_arguments
from ops.backup.started import failed

PAUSES_S = (1.0, 3.0, 6.0)
"""Between one try and the next."""
_SILENCE_S = 120
_BROKEN = (10, 12, 30, 35, 255)
"""Exit codes of a line that broke: socket, stream, timeouts, ssh."""


async def send(source: str, address: Address, config_file: str, path: str, *, bytes_per_s: int = 0) -> None:
    """Send it, no faster than that (0: no limit); what has arrived when it fails stays, unfinished.

    Raises BackupError "missing", "full", "auth", "unreachable".
    """
    argv = arguments(need("rsync"), source, address, config_file, path, bytes_per_s)
    for pause in (*PAUSES_S, None):
        ended = await ran(argv, name="rsync", good=None)
        if ended.code == 0:
            return
        fault = said(ended, address)
        if pause is None or ended.code not in _BROKEN or fault.reason in ("auth", "missing", "refused"):
            raise fault
        await asyncio.sleep(pause)


def arguments(
    program: str, source: str, address: Address, config_file: str, path: str, bytes_per_s: int = 0
) -> Sequence[str]:
    """Its arguments. The source is a link to a file without a name, so links are followed."""
    user = ["-l", address.user] if address.user else []
    port = ["-p", str(address.port)] if address.port else []
    shell = shlex.join([*ssh_arguments(address, config_file), *user, *port])
    # In KiB, where 0 would be no limit at all.
    slow = [f"--bwlimit={max(1, bytes_per_s // 1024)}"] if bytes_per_s else []
    host = f"[{address.host}]" if ":" in address.host else address.host
    return [
        program, "--append-verify", "--copy-links", "--perms", "--chmod=F600", "-s",
        *slow, f"--timeout={_SILENCE_S}", f"--rsh={shell}", "--", source, f"{host}:{path}",
    ]  # fmt: skip


def said(ended: Ended, address: Address) -> BackupError:
    """What an rsync that failed complained of."""
    if b"No space left" in ended.err or b"Disk quota exceeded" in ended.err:
        words = f"{address.host} has no room left"
        return BackupError(words, "make room there, or let `watchfloor backup prune` delete", reason="full")
    if b"rsync: command not found" in ended.err or b"rsync: not found" in ended.err or ended.code == 127:
        return BackupError(f"there is no program rsync on {address.host}", "install it there", reason="missing")
    if b"Permission denied (" not in ended.err and ended.code in (10, 12, 30, 35):
        fault = failed("rsync", ended.code, ended.err)
        return BackupError(fault.message, "check the line to that host", reason="unreachable")
    if ended.code == 255 or b"Permission denied (" in ended.err:
        return backup_fault(ssh_fault(ended.err, address))
    return failed("rsync", ended.code, ended.err)
