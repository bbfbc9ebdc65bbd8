"""Takes the first backups of a shop and verifies them, as a process that ends when that is done: `… DIRECTORY`."""

import asyncio
import os
import sys
from pathlib import Path

from ops.backup.doing.run import run
from ops.backup.doing.verify import verify
from ops.backup.doing.work import Work, backups_folder
from ops.backup.errors import BackupError
from ops.config.backed import sets
from ops.config.load import load

_NICE = 10
"""The floor is opened at the same time."""


async def main(directory: Path) -> int:
    """Exit status 0 when all sets have one, 1 when one has none; why stands in the log. All are taken at once."""
    config = load(directory / "watchfloor.toml")
    works = [Work(config=config, spec=spec, folder=backups_folder(config), by="the demo") for spec in sets(config)]
    return max(await asyncio.gather(*[_one(work) for work in works]))


async def _one(work: Work) -> int:
    try:
        await verify(work, (await run(work)).id)
    except BackupError as error:
        sys.stderr.write(f"{work.name}: {error.message}; {error.remedy}\n")
        return 1
    return 0


if __name__ == "__main__":
    os.nice(_NICE)
    sys.exit(asyncio.run(main(Path(sys.argv[1]))))
