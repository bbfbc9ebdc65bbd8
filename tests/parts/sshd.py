"""A real sshd on loopback with a key of its own, for what must work over SSH."""

import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.parts.need import need

_CONFIG = """
Port {port}
ListenAddress 127.0.0.1
HostKey {directory}/host
AuthorizedKeysFile {directory}/client.pub
PidFile {directory}/sshd.pid
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin yes
StrictModes no
AcceptEnv LANG COLORTERM
"""


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def sshd(directory: Path) -> Iterator[list[str]]:
    """Start sshd; gives the argument list of an `ssh` that logs in with a terminal."""
    program = shutil.which("sshd", path=os.environ["PATH"] + ":/usr/sbin")
    need(program and shutil.which("ssh") and shutil.which("ssh-keygen"), "sshd: openssh-server and openssh-client")
    assert program
    for name in ("host", "client"):
        key = str(directory / name)
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    port = _free_port()
    (directory / "config").write_text(_CONFIG.format(port=port, directory=directory))
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    server = subprocess.Popen(
        [program, "-D", "-f", str(directory / "config"), "-E", str(directory / "log")], stdin=subprocess.DEVNULL
    )
    try:
        end = time.monotonic() + 10
        while not _answers(port):
            assert server.poll() is None, (directory / "log").read_text()
            assert time.monotonic() < end, "sshd does not answer"
            time.sleep(0.05)
        yield [
            "ssh", "-tt", "-F", "none", "-p", str(port), "-i", str(directory / "client"),
            "-o", "SendEnv=LANG", "-o", "SendEnv=COLORTERM",
            "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
            f"{getpass.getuser()}@127.0.0.1",
        ]  # fmt: skip
    finally:
        server.terminate()
        server.wait(10)
