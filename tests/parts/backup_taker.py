"""A process that takes backups of a stage until it is killed: `python -m tests.parts.backup_taker FOLDER`."""

import asyncio
import sys
from pathlib import Path

from collectors.backup import Keep
from ops.backup.doing.prune import prune
from ops.backup.doing.run import run
from ops.backup.doing.verify import verify
from tests.parts.backup_sets import Stage


async def main(folder: Path) -> None:
    """Take, verify and prune, again and again."""
    stage = Stage(folder).sealed()
    stage.settings["keep"] = Keep(last=2)
    print("ready", flush=True)
    while True:
        made = await run(stage.work())
        await verify(stage.work(), made.id)
        await prune(stage.work())


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
