"""The program that asks a target for the floor: `python -m ops.backup.child CONFIG SET SECONDS`.

It writes one `collectors.backup.Told` as JSON to its standard output and ends with 0, also where the set could not be
looked at: what it says then is a sentence. What hangs in a thread of it does not keep it.
"""

import asyncio
import os
import sys
from collections.abc import Callable, Sequence

import msgspec

from collectors.backup import BackupConfig, Told
from ops.backup.errors import BackupError
from ops.backup.rows import told_of
from ops.backup.source import BackupSource
from ops.backup.structs import Standing
from ops.backup.unanswered import silent, unanswered
from ops.config.structs import Config
from ops.errors import OpsError
from ops.redact import shown

_NICE = 5
Make = Callable[[Config], BackupSource]


async def tell(file: str, name: str, within_s: float, make: Make | None = None) -> Told:
    """What to write: how the set of that name stands, by what its target says within so many seconds."""
    from ops.config.load import load

    try:
        config = load(file or None)
        settings = next((spec.config for spec in config.targets if spec.id == f"backup:{name}"), None)
        if not isinstance(settings, BackupConfig):
            return Told(error=f"the config has no [[backup]] called {shown(name)} any more")
        standing = await _standing((make or _desk)(config), name, within_s)
        return told_of(standing, settings, _book(config, name))
    except BackupError as error:
        return Told(error=shown(error.message), remedy=shown(error.remedy))
    except (OpsError, ValueError) as error:
        return Told(error=shown(str(error).partition("\n")[0]), remedy="`watchfloor board` says what is wrong")


async def _standing(desk: BackupSource, name: str, within_s: float) -> Standing:
    """By the target, and where that does not answer in time by the book alone, which says so."""
    try:
        async with asyncio.timeout(within_s):
            return await desk.standing(name)
    except TimeoutError:
        known = await desk.standing(name, ask=False)
        return silent(known, unanswered(known.target, within_s))


def _desk(config: Config) -> BackupSource:
    from ops.backup.desk import BackupDesk

    return BackupDesk(config)


def _book(config: Config, name: str) -> str:
    from ops.backup.book import SUFFIX
    from ops.backup.doing.work import backups_folder

    return str(backups_folder(config) / f"{name}{SUFFIX}")


async def _done(arguments: Sequence[str]) -> None:
    """Ends the program itself: the end of the loop would wait for its own threads."""
    file, name, within = arguments
    said = await tell(file, name, float(within))
    sys.stdout.buffer.write(msgspec.json.encode(said))
    sys.stdout.buffer.flush()
    os._exit(0)


def main(arguments: Sequence[str]) -> None:
    """Write what there is to say, and end at once: a thread that hangs is left."""
    os.umask(0o077)
    os.nice(_NICE)
    asyncio.run(_done(arguments))


if __name__ == "__main__":
    main(sys.argv[1:])
