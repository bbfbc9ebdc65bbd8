"""The errors of this room: each has one sentence for the operator, and the status that a command ends with.

OpsError          something that was asked for can't be done
├── UsageError    the command line asks for what does not exist (64)
├── OutputError   the output or a file could not be written (73)
└── ConfigError   the config is wrong (78); in ops.config.problems
"""

from typing import ClassVar


class OpsError(Exception):
    """What was asked for can't be done. `message` is one sentence for the operator."""

    exit_status: ClassVar[int] = 70
    """sysexits.h: EX_SOFTWARE. Never 0 to 3, which say how things stand."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class UsageError(OpsError):
    """The command line is wrong."""

    exit_status = 64
    """sysexits.h: EX_USAGE."""


class OutputError(OpsError):
    """Something could not be written."""

    exit_status = 73
    """sysexits.h: EX_CANTCREAT."""
