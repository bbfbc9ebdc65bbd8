"""The account that a server runs under when we are root, and the paths that this account must be able to reach."""

import os
import pwd
import stat
import tempfile
from pathlib import Path

import msgspec

_PREFERRED = ("nobody", "postgres")


class Account(msgspec.Struct, frozen=True):
    """An unprivileged account by its numbers."""

    uid: int
    gid: int


def unprivileged() -> Account | None:
    """Choose an account for a server that refuses root; None when we are not root. Raises LookupError without any."""
    if os.geteuid() != 0:
        return None
    for name in _PREFERRED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise LookupError(f"running as root, and none of the accounts {', '.join(_PREFERRED)} exists to drop to")


def give(path: Path, account: Account | None) -> None:
    """Hand a file or folder over to the account, and let it walk through our temporary folders above it.

    Only folders below the system's temporary folder are opened, for walking through (o+x) and not for listing (o+r).
    Raises PermissionError when a folder elsewhere, such as somebody's home, is in the way.
    """
    if account is None:
        return
    os.chown(path, account.uid, account.gid)
    temporary = Path(tempfile.gettempdir()).resolve()
    for parent in path.resolve().parents:
        mode = stat.S_IMODE(parent.stat().st_mode)
        if mode & stat.S_IXOTH or parent.stat().st_uid == account.uid:
            continue
        if temporary not in parent.parents:
            raise PermissionError(
                f"{parent} is closed to the account that the server runs under; set TMPDIR to another"
            )
        parent.chmod(mode | stat.S_IXOTH)
