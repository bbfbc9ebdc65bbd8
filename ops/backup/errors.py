"""What goes wrong with backups: one sentence for the operator, and what to do about it."""

from typing import Literal

Reason = Literal[
    "error", "missing", "held", "key", "damaged", "newer", "unsafe", "full", "unreachable", "auth", "version", "empty",
    "mismatch", "refused", "timeout", "lost",
]  # fmt: skip
"""missing: no such set, backup, part; held: another process does something to the set; key: none, or the wrong one;
damaged: bytes are not those that were written; newer: written by a newer watchfloor; unsafe: a path that climbs out, a
folder that others may write; version: a program that is too old; empty: nothing to take; mismatch: restored and not the
same; lost: what was there went away in the middle."""


class BackupError(Exception):
    """It can't be done, or went wrong. Nothing that is incomplete counts as a backup afterwards."""

    def __init__(self, message: str, remedy: str = "", *, reason: Reason = "error") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.reason: Reason = reason
