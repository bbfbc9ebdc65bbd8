"""The thin line of the bench: as slow as it says, and gone afterwards."""

import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.bench.thin_link import HERE, ThinLink, Thinness, missing, thin_link
from tests.parts.need import need

_READ = (
    "import socket,sys,time\n"
    "begun = time.monotonic()\n"
    "peer = socket.create_connection((sys.argv[1], int(sys.argv[2])))\n"
    "reached = time.monotonic() - begun\n"
    "begun, count = time.monotonic(), 0\n"
    "while data := peer.recv(65536): count += len(data)\n"
    "print(reached, time.monotonic() - begun, count)\n"
)


def _read(link: ThinLink, port: int) -> tuple[float, float, int]:
    command = ["ip", "netns", "exec", link.namespace, sys.executable, "-c", _READ, HERE, str(port)]
    reached, spent, count = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return float(reached), float(spent), int(count)


def test_it_is_as_slow_as_it_says_and_goes_away() -> None:
    reason = missing()
    need(not reason, reason)
    with thin_link(Thinness(delay_s=0.1, bits_per_s=160_000)) as link, socket.create_server((HERE, 0)) as server:

        def send() -> None:
            peer, _ = server.accept()
            with peer:
                peer.sendall(bytes(20_000))

        sender = threading.Thread(target=send)
        sender.start()
        reached, spent, count = _read(link, server.getsockname()[1])
        sender.join()
        assert count == 20_000
        assert reached == pytest.approx(0.1, abs=0.08)
        assert 1.0 <= spent < 2.0
        assert link.sent_bytes() > 20_000
    assert not Path("/sys/class/net", link.interface).exists()
    listed = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout
    assert link.namespace not in listed
