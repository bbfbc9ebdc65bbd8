"""Ids of backups and names of their parts: made, and checked wherever they come from the world."""

import re
import secrets
from datetime import UTC, datetime
from hashlib import sha256

from collectors.text import clean
from ops.backup.errors import BackupError
from ops.backup.structs import Part
from ops.backup.target import MANIFEST

_ID = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9a-f]{6}", re.ASCII)
_PART = re.compile(r"[a-z0-9][a-z0-9._-]{0,119}", re.ASCII)
_MOMENT = "%Y%m%dT%H%M%SZ"
_SAFE_LENGTH = 60
ZIPPED, SEALED = ".zst", ".wf"


def new_id(at: float) -> str:
    """An id for a backup that begins at this UTC second; ids sort by time, and no two are alike."""
    return f"{datetime.fromtimestamp(at, UTC):{_MOMENT}}-{secrets.token_hex(3)}"


def is_id(text: str) -> bool:
    """Whether it is written as an id of a moment that there is."""
    if not _ID.fullmatch(text):
        return False
    try:
        _moment(text)
    except ValueError:
        return False
    return True


def checked_id(text: str) -> str:
    """The id itself. Raises BackupError "refused" for what is none, whatever it would lead to as a path."""
    if not is_id(text):
        raise BackupError(
            f'"{clean(text)[:80]}" is no id of a backup', "ids are those that `list` shows", reason="refused"
        )
    return text


def began_at(backup: str) -> float:
    """UTC seconds that an id was made at. Raises BackupError "refused"."""
    return _moment(checked_id(backup)).timestamp()


def _moment(backup: str) -> datetime:
    return datetime.strptime(backup[:16], _MOMENT).replace(tzinfo=UTC)


def is_part(name: str) -> bool:
    """Whether a part may be called so: one name in a folder, everywhere, and none that has a meaning there."""
    return bool(_PART.fullmatch(name)) and ".." not in name and not name.endswith(".") and name != MANIFEST


def checked_part(name: str) -> str:
    """The name itself. Raises BackupError "unsafe"."""
    if not is_part(name):
        raise BackupError(
            f'a part of a backup can\'t be called "{clean(name)[:80]}"',
            "the manifest was not written by watchfloor: nothing of this backup is used",
            reason="unsafe",
        )
    return name


def word(text: str) -> str:
    """Text of the world (a database's or volume's name) as a word for names of parts: others get other words."""
    made = re.sub(r"[^a-z0-9_-]", "_", text.lower(), flags=re.ASCII).strip("_-.")[:_SAFE_LENGTH]
    if made and made == text:
        return made
    digest = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{made}-{digest}" if made else digest


def stored(part: Part) -> str:
    """What a part's file is called in a target. Raises BackupError "unsafe"."""
    return stored_as(part.name, compressed=part.compressed, sealed=part.sealed)


def stored_as(name: str, *, compressed: bool, sealed: bool) -> str:
    """The same for one that is still to be written. Raises BackupError "unsafe"."""
    return f"{checked_part(name)}{ZIPPED if compressed else ''}{SEALED if sealed else ''}"
