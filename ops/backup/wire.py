"""What is asked of the program that reads backups for a floor, and what it answers: one line of JSON each.

An empty line is a sign of life. A line that begins with "=" tells how it ended; every other is one thing of what was
asked for. Names that are no UTF-8 have surrogates, which only Python's own JSON knows.
"""

import json
from typing import Literal, TypeVar

import msgspec

from ops.backup.base import Wish
from ops.backup.errors import Reason
from ops.backup.structs import Standing

END = b"="
LINE_BYTES = 2**26
"""How long a line may be: the manifest of a backup with a million tables fits."""
T = TypeVar("T")


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A method of BackupSource, and what it is given."""

    what: Literal["standing", "kept", "expiring", "overwrites", "contents"]
    set: str
    backup: str = ""
    pattern: str = ""
    wish: Wish = Wish()


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """How it went; with an error it is a BackupError."""

    error: str = ""
    remedy: str = ""
    reason: Reason = "error"
    standing: Standing | None = None
    """Without its backups, which came before, one by one."""


def written(value: msgspec.Struct) -> bytes:
    """Its line."""
    try:
        return msgspec.json.encode(value) + b"\n"
    except UnicodeEncodeError:
        return json.dumps(msgspec.to_builtins(value)).encode() + b"\n"


def read(line: bytes, kind: type[T]) -> T:
    """What `written` wrote. Raises ValueError for anything else."""
    try:
        return _read(line, kind)
    except (msgspec.MsgspecError, ValueError) as error:
        raise ValueError(f"it is no {kind.__name__}") from error


def _read(line: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(line, type=kind)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:
        return msgspec.convert(json.loads(line), kind)
