"""Asks the supervisor of a shop to mend something, as a process: `… DIRECTORY restart PART` or `… DIRECTORY end FAULT`.

For the shop this is what `supervisorctl` or `systemctl` is elsewhere: the fixes of the demo's config start it.
"""

import asyncio
import sys
from pathlib import Path

from ops.demo.shop import DemoError, RemoteDemo


async def mend(directory: Path, what: str, name: str) -> str:
    """Have it done; gives what the supervisor says. Raises DemoError."""
    demo = RemoteDemo(directory)
    return await (demo.restart(name) if what == "restart" else demo.heal(name))


def main(arguments: list[str]) -> int:
    """Exit status 0 when it is done, 1 when it is not, 64 for words that are none."""
    if len(arguments) != 3 or arguments[1] not in ("restart", "end"):
        sys.stderr.write("usage: DIRECTORY restart PART | DIRECTORY end FAULT\n")
        return 64
    try:
        sys.stdout.write(asyncio.run(mend(Path(arguments[0]), arguments[1], arguments[2])) + "\n")
    except DemoError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
