"""Keeps what is replaced or taken away: in a folder of the floor's own, for its owner alone, the oldest go first."""

import os
import time
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from urllib.parse import quote_from_bytes

from collectors.text import clean
from ops.actions.errors import Refused
from ops.durable import replace_file

MOST_BYTES = 512 * 2**20
MOST_FILES = 500
_NAME_SIGNS = 160


class Aside:
    """The folder; it is made when the first is kept."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, path: str, content: bytes) -> Path:
        """Write it down, durably, and tell where. Raises Refused where that can't be: nothing is lost for want of room.

        The name is the time (UTC), and the path with what is no plain sign percent-encoded.
        """
        moment = time.strftime("%Y%m%dT%H%M%S", time.gmtime())
        named = quote_from_bytes(os.fsencode(path), safe="")[-_NAME_SIGNS:]
        file = self._folder / f"{moment}-{token_hex(4)}-{named}"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._make_room(len(content))
            replace_file(file, content)
        except OSError as error:
            raise Refused(
                f"what is in {clean(path)} can't be kept in {self._folder}: {clean(error.strerror or error)}",
                "make room there, or let this user write there: nothing was done",
                reason="full",
            ) from error
        return file

    def _make_room(self, length: int) -> None:
        """Drop the oldest until this one fits. Raises OSError. Another job may keep and drop at the same time."""
        found = list[tuple[Path, int]]()
        for file in sorted(self._folder.iterdir()):
            with suppress(FileNotFoundError):
                found.append((file, file.lstat().st_size))
        while found and (len(found) >= MOST_FILES or sum(size for _, size in found) + length > MOST_BYTES):
            found.pop(0)[0].unlink(missing_ok=True)
