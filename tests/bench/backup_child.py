"""Takes one backup as a job does, with no more imported: `python -m tests.bench.backup_child FOLDER`.

Says as JSON how long that took, in seconds, and the most memory that the process had, in MiB.
"""

import asyncio
import json
import os
import resource
import sys
import time
from pathlib import Path

from collectors.heap import one_heap
from ops.backup.doing.run import run
from ops.backup.doing.work import Work, backups_folder
from ops.config.load import load_file


def main(folder: Path) -> None:
    """Take it."""
    one_heap()
    config = load_file(folder / "watchfloor.toml", os.environ)
    (spec,) = (one for one in config.targets if one.id.startswith("backup:"))
    begun = time.perf_counter()
    asyncio.run(run(Work(config=config, spec=spec, folder=backups_folder(config), by="bench")))
    took_s = time.perf_counter() - begun
    print(json.dumps([took_s, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
