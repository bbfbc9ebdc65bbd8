"""Opens the floor on real targets: `python -m tests.bench.polled COUNT FILE PORT…` polls COUNT of them, each 5 s.

Two thirds are HTTP services, one third are TCP ports. With a FILE other than "-" the pieces of work on the event loop
are timed, which costs CPU itself, and written there at the end.
"""

import sys
from pathlib import Path

from tui.terminal import memory, skeleton

INTERVAL = "5s"


def config_text(count: int, ports: list[int]) -> str:
    """The config: names that are unlike, so that they are polled at different moments."""
    parts = ['[watchfloor]\nname = "bench"\n', "[store]\nrecord = false\n"]
    for number in range(count):
        port = ports[number % len(ports)]
        kind = "tcp" if number % 3 == 2 else "service"
        where = f'host = "127.0.0.1"\nport = {port}' if kind == "tcp" else f'url = "http://127.0.0.1:{port}/health"'
        parts.append(f'[[{kind}]]\nname = "{kind}-{number:03}"\n{where}\ninterval = "{INTERVAL}"\ntimeout = "2s"\n')
    return "\n".join(parts)


def show(count: int, ports: list[int], file: str) -> int:
    """Open the floor until it is left."""
    from ops.config.decode import decode
    from tests.bench.turns import timed
    from tui.app import FloorApp

    app = FloorApp(decode(config_text(count, ports), "bench.toml").config)
    return app.run_in_terminal() if file == "-" else timed(app, Path(file))


if __name__ == "__main__":
    skeleton.paint()
    memory.hold()
    from tui.__main__ import leave

    leave(show(int(sys.argv[1]), [int(port) for port in sys.argv[3:]], sys.argv[2]))
