"""Opens the floor under test as `watchfloor` opens its own: `python -m tests.bench.floor 0.5` changes half of it.

`--refresh 2` takes a Board every 2 s, `--containers 500` has so many of them, `--failing` has a service that is down.
"""

import sys

from tui.terminal import memory, skeleton

if __name__ == "__main__":
    skeleton.paint()
    memory.hold()
    from tests.bench.scripted import show
    from tui.__main__ import leave

    leave(show(sys.argv[1:]))
