"""A thin line made of packets: a network namespace of its own, tied to this one by a link with a delay and a rate.

It does what `tc netem delay 150ms rate 64kbit` does on the server's end, and needs no module of the kernel: two TUN
interfaces, and a process that passes their packets on, late and one after another. TCP and ssh on both ends are real.
"""

import contextlib
import fcntl
import heapq
import multiprocessing
import os
import select
import shutil
import struct
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

HERE, THERE = "198.18.37.1", "198.18.37.2"
"""Addresses of both ends, out of the range for benchmarks (RFC 2544)."""
_TUNSETIFF, _TUN, _NO_INFO = 0x400454CA, 0x0001, 0x1000
_PACKETS_LIMIT = 1000
"""Packets that wait on the way; more are dropped, as netem does by default."""
_MTU = 1500
_PREFIX = "wf-bench-"


class Thinness(NamedTuple):
    """How thin: the delay towards the person, and the rate both ways."""

    delay_s: float = 0.150
    bits_per_s: float = 64_000


class ThinLink(NamedTuple):
    """A link that stands."""

    namespace: str
    """What runs in it reaches this side at `HERE`, and nothing else."""
    interface: str
    """This side's end."""

    def sent_bytes(self) -> int:
        """Bytes that went from here to there, with all headers."""
        return int(Path(f"/sys/class/net/{self.interface}/statistics/tx_bytes").read_text())


def missing() -> str:
    """What keeps this from being made here; empty when nothing does."""
    if os.geteuid() != 0:
        return "only root can make a network namespace"
    if not shutil.which("ip"):
        return "no program ip (Debian package iproute2)"
    return "" if os.path.exists("/dev/net/tun") else "no /dev/net/tun"


def _sweep() -> None:
    """Remove what a bench that was killed has left."""
    for line in subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout.splitlines():
        name = line.split(" ")[0]
        if name.startswith(_PREFIX) and not Path("/proc", name.removeprefix(_PREFIX)).exists():
            _run("ip", "netns", "del", name)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


def _tun(name: str) -> int:
    descriptor = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(descriptor, _TUNSETIFF, struct.pack("16sH22s", name.encode(), _TUN | _NO_INFO, b""))
    return descriptor


class _Way:
    """One direction: packets leave one after another at the rate, and arrive after the delay."""

    def __init__(self, into: int, delay_s: float, bits_per_s: float) -> None:
        self._into, self._delay_s, self._rate = into, delay_s, bits_per_s / 8
        self._free_at = 0.0
        self._waiting: list[tuple[float, int, bytes]] = []
        self._count = 0

    def take(self, packet: bytes, now: float) -> None:
        """Put a packet on its way, or drop it where too many wait."""
        if len(self._waiting) < _PACKETS_LIMIT:
            self._free_at = max(now, self._free_at) + len(packet) / self._rate
            self._count += 1
            heapq.heappush(self._waiting, (self._free_at + self._delay_s, self._count, packet))

    def deliver(self, now: float) -> float | None:
        """Let arrive what is due; gives when the next one is."""
        while self._waiting and self._waiting[0][0] <= now:
            os.write(self._into, heapq.heappop(self._waiting)[2])
        return self._waiting[0][0] if self._waiting else None


def _pass_on(here: int, there: int, thin: Thinness) -> None:
    made_by = os.getppid()
    ways = {here: _Way(there, thin.delay_s, thin.bits_per_s), there: _Way(here, 0.0, thin.bits_per_s)}
    while os.getppid() == made_by:
        now = time.monotonic()
        due = [at for way in ways.values() if (at := way.deliver(now)) is not None]
        ready, _, _ = select.select(list(ways), [], [], max(0.0, min([now + 1, *due]) - now))
        now = time.monotonic()
        for descriptor in ready:
            ways[descriptor].take(os.read(descriptor, _MTU + 100), now)


@contextlib.contextmanager
def thin_link(thin: Thinness) -> Iterator[ThinLink]:
    """Make the link; namespace, interfaces and process are gone afterwards, whatever happens."""
    number = os.getpid()
    _sweep()
    namespace, near, far = f"{_PREFIX}{number}", f"wfn{number}", f"wff{number}"
    with contextlib.ExitStack() as undo:
        _run("ip", "netns", "add", namespace)
        undo.callback(_run, "ip", "netns", "del", namespace)
        here, there = _tun(near), _tun(far)
        undo.callback(os.close, here)
        undo.callback(os.close, there)
        _run("ip", "link", "set", far, "netns", namespace)
        _run("ip", "addr", "add", HERE, "peer", THERE, "dev", near)
        _run("ip", "link", "set", near, "up")
        inside = ("ip", "netns", "exec", namespace, "ip")
        _run(*inside, "addr", "add", THERE, "peer", HERE, "dev", far)
        _run(*inside, "link", "set", far, "up")
        relay = multiprocessing.get_context("fork").Process(target=_pass_on, args=(here, there, thin), daemon=True)
        relay.start()
        undo.callback(relay.join)
        undo.callback(relay.kill)
        yield ThinLink(namespace, near)
