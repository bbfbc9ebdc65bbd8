"""A directory that looks like /proc, for exact figures."""

from pathlib import Path

FILES = {
    "stat": "cpu  100 0 100 700 100 0 0 0 0 0\ncpu0 1 2 3\nbtime 1700000000\n",
    "loadavg": "1.50 0.80 0.20 2/300 4711\n",
    "uptime": "5000.00 9000.00\n",
    "meminfo": "MemTotal:       1000 kB\nMemFree:         100 kB\nMemAvailable:    250 kB\nBuffers:  10 kB\n"
    "Cached:  20 kB\nSwapCached: 5 kB\nSwapTotal:       400 kB\nSwapFree:        300 kB\nHugePages_Total:       0\n",
    "vmstat": "nr_free_pages 1\noom_kill 7\noom_kill_other 9\n",
    "mounts": "/dev/vda / ext4 rw 0 0\nproc /proc proc rw 0 0\n",
    "net/dev": "Inter-|   Receive           |  Transmit\n"
    " face |bytes packets errs drop fifo frame compressed multicast|bytes packets errs drop fifo colls carrier\n"
    "    lo:    1000 10 0 0 0 0 0 0 1000 10 0 0 0 0 0 0\n"
    "  eth0:5000 50 1 0 0 0 0 0 7000 70 2 0 0 0 0 0\n veth1: 9 9 0 0 0 0 0 0 9 9 0 0 0 0 0 0\n"
    " dummy: 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
    "pressure/cpu": "some avg10=12.34 avg60=0.00 avg300=0.00 total=1\nfull avg10=9.99 avg60=0.00 avg300=0.00 total=0\n",
    "pressure/memory": "some avg10=0.00 avg60=0.00 avg300=0.00 total=1\n",
}


def make(root: Path, changes: dict[str, str | None] | None = None) -> Path:
    """Write the files, with some replaced or (None) left out."""
    for name, text in {**FILES, **(changes or {})}.items():
        if text is not None:
            put(root, name, text)
    return root


def put(root: Path, name: str, text: str) -> None:
    """Write or replace one file."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def process(
    root: Path, pid: int, *, name: str = "worker", state: str = "S", parent: int = 1, ticks: int = 0, started: int = 100
) -> None:
    """Write one process, with a command line unless it is a zombie."""
    fields = ["0"] * 50
    fields[0], fields[1], fields[11], fields[17] = state, str(parent), str(ticks), "4"
    fields[19], fields[21], fields[49] = str(started), "25", "9"
    put(root, f"{pid}/stat", f"{pid} ({name}) {' '.join(fields)}\n")
    put(root, f"{pid}/cmdline", "" if state == "Z" else f"/usr/bin/{name}\0--port\0{pid}\0")
