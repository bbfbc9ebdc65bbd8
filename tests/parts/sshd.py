"""A real sshd on loopback with keys of its own, for what must work over SSH."""

import getpass
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.parts.need import need

_CONFIG = """
Port {port}
ListenAddress 127.0.0.1
HostKey {directory}/host
AuthorizedKeysFile {directory}/client.pub
PidFile {directory}/sshd.pid
UsePAM no
PermitRootLogin yes
StrictModes no
AcceptEnv LANG COLORTERM
"""
_NO_PASSWORDS = ("PasswordAuthentication no", "KbdInteractiveAuthentication no")
_CLIENT = """
Host *
    IdentityFile {directory}/client
    IdentitiesOnly yes
    IdentityAgent none
    UserKnownHostsFile {directory}/known_hosts
    GlobalKnownHostsFile none
    KexAlgorithms curve25519-sha256
"""
"""The exchange of keys is the one that takes the least time: a login costs two thirds of what it would."""
_OPS = "ops:x:64321:64321::/tmp:/bin/sh"
_ELSEWHERE = 'mount --bind "$1" /run; mount --bind "$2" /etc/passwd; mount --bind "$3" /etc/shadow; shift 3; exec "$@"'
"""Gives what follows another /run, and accounts with one that has no rights; in a mount namespace of its own."""


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _make_key(path: Path) -> None:
    for old in (path, path.with_suffix(".pub")):
        old.unlink(missing_ok=True)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)


class Sshd:
    """A server in a directory: its process, its sessions, its keys, and the ssh config of one who may enter."""

    def __init__(self, directory: Path) -> None:
        program = shutil.which("sshd", path=os.environ["PATH"] + ":/usr/sbin")
        need(program and shutil.which("ssh") and shutil.which("ssh-keygen"), "sshd: openssh-server and openssh-client")
        assert program
        self._program, self._directory, self.port = program, directory, _free_port()
        self.config = directory / "ssh_config"
        self.config.write_text(_CLIENT.format(directory=directory))
        self._server: subprocess.Popen[bytes] | None = None
        for name in ("host", "client"):
            _make_key(directory / name)
        self.trust()

    def url(self, path: str = "", user: str = "") -> str:
        """Where it is, as a config names it."""
        return f"ssh://{user or getpass.getuser()}@127.0.0.1:{self.port}{path}"

    def trust(self) -> None:
        """Take its present host key for the right one."""
        key = (self._directory / "host.pub").read_text()
        (self._directory / "known_hosts").write_text(f"[127.0.0.1]:{self.port} {key}")

    def forget(self) -> None:
        """Know no host key of it."""
        (self._directory / "known_hosts").write_text("")

    def change_host_key(self) -> None:
        """Show another host key from now on."""
        _make_key(self._directory / "host")

    def lock_out(self) -> None:
        """Accept no key from now on."""
        (self._directory / "client.pub").rename(self._directory / "was")

    def let_in(self) -> None:
        """Accept the key again."""
        if (self._directory / "was").exists():
            (self._directory / "was").rename(self._directory / "client.pub")

    def start(self, *settings: str, run: Path | None = None) -> None:
        """Start it with more settings, and wait until it answers. `run` is what it sees as /run."""
        lines = settings or _NO_PASSWORDS
        text = _CONFIG.format(port=self.port, directory=self._directory) + "\n".join(lines) + "\n"
        (self._directory / "config").write_text(text)
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        command = [self._program, "-D", "-f", str(self._directory / "config"), "-E", str(self._directory / "log")]
        server = subprocess.Popen([*self._elsewhere(run), *command], stdin=subprocess.DEVNULL)
        self._server = server
        end = time.monotonic() + 10
        while not _answers(self.port):
            assert server.poll() is None, (self._directory / "log").read_text()
            assert time.monotonic() < end, "sshd does not answer"
            time.sleep(0.05)

    def _elsewhere(self, run: Path | None) -> Sequence[str]:
        if run is None:
            return ()
        need(os.geteuid() == 0 and shutil.which("unshare"), "root, for a mount namespace")
        for name, line in (("passwd", _OPS), ("shadow", "ops:*:20000:0:99999:7:::")):
            (self._directory / name).write_text(f"{line}\n" + Path("/etc", name).read_text())
        return (
            "unshare", "--mount", "sh", "-e", "-c", _ELSEWHERE, "elsewhere",
            str(run), str(self._directory / "passwd"), str(self._directory / "shadow"),
        )  # fmt: skip

    def sessions(self) -> list[psutil.Process]:
        """The processes of those who have logged in."""
        return psutil.Process(self._server.pid).children(recursive=True) if self._server else []

    def cut(self) -> None:
        """Kill every session; the server goes on."""
        for process in self.sessions():
            process.kill()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the server and all sessions."""
        assert self._server
        for process in [*self.sessions(), psutil.Process(self._server.pid)]:
            process.send_signal(number)

    def stop(self) -> None:
        """Kill the server with all sessions."""
        if self._server is None:
            return
        left = self.sessions()
        self._server.kill()
        self._server.wait(10)
        for process in left:
            if process.is_running():
                process.kill()
        self._server = None


@contextmanager
def sshd(directory: Path) -> Iterator[list[str]]:
    """Start sshd; gives the argument list of an `ssh` that logs in with a terminal."""
    server = Sshd(directory)
    try:
        server.start()
        yield [
            "ssh", "-tt", "-F", "none", "-p", str(server.port), "-i", str(directory / "client"),
            "-o", "SendEnv=LANG", "-o", "SendEnv=COLORTERM",
            "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
            f"{getpass.getuser()}@127.0.0.1",
        ]  # fmt: skip
    finally:
        server.stop()


@pytest.fixture
def ssh_server() -> Iterator[Sshd]:
    """A server that is not started yet, in a directory that every account can enter."""
    directory = Path(tempfile.mkdtemp(prefix="wf-sshd-", dir="/tmp"))
    directory.chmod(0o755)
    server = Sshd(directory)
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(directory)
