"""What restic complains of, as errors of backups; pure, from its last words and exit code."""

import re

from ops.backup.errors import BackupError, Reason

_RULES: tuple[tuple[str, Reason, str], ...] = (
    ("wrong password or no key found", "auth", "look at password_env, password_file or password_command of the set"),
    ("unable to create lock", "held", "wait for the other restic; `restic unlock` takes locks of dead ones away"),
    ("remove stale locks", "held", "wait for the other restic; `restic unlock` takes locks of dead ones away"),
    ("already locked", "held", "wait for the other restic; `restic unlock` takes locks of dead ones away"),
    ("no space left", "full", "make room there, or let `watchfloor backup prune` delete what has expired"),
    ("quota exceeded", "full", "make room there, or let `watchfloor backup prune` delete what has expired"),
    ("dial tcp", "unreachable", "see whether that server answers"),
    ("connection refused", "unreachable", "see whether that server answers"),
    ("no such host", "unreachable", "correct the address of the repository"),
    ("i/o timeout", "unreachable", "see whether that server answers"),
    ("subprocess ssh", "unreachable", "try it by hand: sftp to that host must work without a password"),
    ("access denied", "auth", "look at access_key and secret_key, and at what that account may do"),
    ("invalidaccesskeyid", "auth", "look at access_key and secret_key, and at what that account may do"),
    ("signaturedoesnotmatch", "auth", "look at access_key and secret_key, and at what that account may do"),
    ("permission denied", "auth", "give the account that runs watchfloor the right to write there"),
    ("unable to open config file", "missing", "see whether its disk is mounted; the first backup makes a repository"),
    ("is there a repository at", "missing", "see whether its disk is mounted; the first backup makes a repository"),
    ("no matching id found", "missing", "`watchfloor backup list` shows which there are"),
    ("ciphertext verification failed", "damaged", "run `restic check --read-data` on that repository"),
    ("does not match id", "damaged", "run `restic check --read-data` on that repository"),
    ("no such file or directory", "lost", "see whether its disk is still mounted, and who deletes there"),
    ("unable to load", "lost", "run `restic check` on that repository"),
)
_FREED = re.compile(rb"^total prune:\s+\d+ blobs / ([0-9.]+) (B|KiB|MiB|GiB|TiB)\s*$", re.MULTILINE)
_UNITS = {b"B": 0, b"KiB": 1, b"MiB": 2, b"GiB": 3, b"TiB": 4}


def fault(error: BackupError, shown: str) -> BackupError:
    """The same with what it means; one that means something already stays as it is."""
    said = error.message.lower()
    if error.reason != "error":
        return error
    for words, reason, remedy in _RULES:
        if words in said:
            return BackupError(f"{shown}: {error.message}", remedy, reason=reason)
    return BackupError(f"{shown}: {error.message}", error.remedy)


def freed(out: bytes) -> int:
    """Bytes that a prune says to have freed; 0 where it says nothing of it."""
    found = _FREED.search(out)
    return int(float(found[1]) * 1024 ** _UNITS[found[2]]) if found else 0
