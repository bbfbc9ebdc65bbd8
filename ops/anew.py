"""Reads the config of a floor anew where its file has changed since it was read."""

import asyncio
import os
import time
from collections.abc import Callable

from collectors.text import LINE_LIMIT, clean
from collectors.threads import DaemonPool
from ops.config.structs import Config
from ops.errors import OpsError
from ops.store.places import store_folder

LOAD_S = 3.0
"""So long a config has to be read, the commands that give its secrets too."""


class Anew:
    """Looks whether there is another config than the one that is used, and takes it where it is right."""

    def __init__(self, config: Config, load: Callable[[], Config] | None) -> None:
        """`load` reads the config again and raises OpsError; without it the config stays as it is."""
        self._file, self._load = config.path, load
        self._stamp = _stamp_of(self._file)
        self._since = time.strftime("%H:%M:%S", time.gmtime())
        self.note = ""
        """What became of the last change; "" before there was one."""

    async def config(self, used: Config) -> Config:
        """The config to go on with: the one in use where nothing has changed or the new one is wrong."""
        stamp = _stamp_of(self._file)
        if self._load is None or stamp == self._stamp:
            return used
        self._stamp = stamp
        pool = DaemonPool(1, name="watchfloor-config")
        try:
            async with asyncio.timeout(LOAD_S):
                config = await pool.run(self._load)
        except TimeoutError:
            self.note = self._stays(f"its secrets could not be had within {LOAD_S:g} s")
        except OpsError as error:
            first = next(iter(error.message.splitlines()), "")
            self.note = self._stays(f"the new one is refused: {clean(first, LINE_LIMIT)}")
        else:
            if config.store.record and store_folder(config) == store_folder(used):
                self.note = "the config has changed since this floor was opened: it watches by the new one"
                self._since = time.strftime("%H:%M:%S", time.gmtime())
                return config
            self.note = self._stays("the new one has its history elsewhere")
        return used

    def _stays(self, why: str) -> str:
        how = "`watchfloor board` says what is wrong; open the floor anew to take the new one"
        return f"the config has changed, but this floor watches by that of {self._since} UTC: {why}; {how}"


def _stamp_of(file: str) -> tuple[int, int, int] | None:
    """What changes with the file; None where it can't be looked at."""
    try:
        found = os.stat(file)
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
