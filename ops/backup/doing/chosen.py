"""Which backup is meant: by its id or the beginning of it, "latest", "verified", or a time."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo

from collectors.text import clean
from ops.backup.errors import BackupError
from ops.backup.keeping import proven, sound
from ops.backup.structs import Kept

_ID = re.compile(r"\d{8}T[0-9A-Za-z-]*", re.ASCII)
_FORMS = ("%Y-%m-%d", "%Y-%m-%d %H", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S")
_SPANS = (timedelta(days=1), timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1))
_NEXT = "`watchfloor backup list` shows which there are"


def chosen(kept: Sequence[Kept], wanted: str, zone: tzinfo = UTC) -> Kept:
    """One of these. A time is of `zone` and names the newest that is not after it: of a day not after the day's end.

    What was taken before a restore is only chosen by its id, or where there is nothing else: it shows what was to be
    got rid of. Where none is proven here, as on a new host, "verified" is the newest that is not known to be
    broken: who restores it reads it through before. Raises BackupError "missing", or "refused" where several ids begin
    so.
    """
    if not kept:
        raise BackupError("there is no backup yet", "`watchfloor backup run` takes one", reason="missing")
    text = wanted.strip()
    regular = [one for one in kept if one.manifest.why != "safety"] or list(kept)
    if text in ("", "latest"):
        return max(regular, key=lambda one: (one.manifest.at, one.id))
    if text == "verified":
        return _newest(proven(kept) or sound(kept), "every backup is broken", "`watchfloor backup run` takes another")
    if _ID.fullmatch(text):
        return _by_id(kept, text)
    until = _end_of(text, zone)
    if until is None:
        raise BackupError(f'"{clean(wanted)[:80]}" names no backup', _NEXT, reason="missing")
    return _newest([one for one in regular if one.manifest.at < until], f"no backup is as old as {clean(text)}", _NEXT)


def _newest(kept: Sequence[Kept], words: str, remedy: str) -> Kept:
    if not kept:
        raise BackupError(words, remedy, reason="missing")
    return max(kept, key=lambda one: (one.manifest.at, one.id))


def _by_id(kept: Sequence[Kept], text: str) -> Kept:
    found = [one for one in kept if one.id.startswith(text)]
    if not found:
        raise BackupError(f"there is no backup {text}", _NEXT, reason="missing")
    if len(found) > 1:
        raise BackupError(f"{len(found)} backups begin with {text}", "say more of the id", reason="refused")
    return found[0]


def _end_of(text: str, zone: tzinfo) -> float | None:
    """The first UTC second after the day, hour, minute or second that is written there; None where it is no time."""
    for form, span in zip(_FORMS, _SPANS, strict=True):
        try:
            # Said in words by a person, who means the clock on the wall.
            return (datetime.strptime(text.replace("T", " "), form).replace(tzinfo=zone) + span).timestamp()
        except ValueError:
            continue
    return None
