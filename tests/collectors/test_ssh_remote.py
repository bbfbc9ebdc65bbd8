"""Docker engines and hosts over a real sshd: what is read, every way to be kept out, and what is left behind."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from collectors.docker_api.tunnel import _LOOK
from collectors.docker_engine import DockerConfig, DockerEngine
from collectors.host import Host, HostConfig
from collectors.ssh.remote import _sessions
from tests.house.source import ROOT
from tests.parts.collecting import ended_after, fault, first
from tests.parts.docker import Box
from tests.parts.mute import mute_server
from tests.parts.need import need
from tests.parts.readings import row_when
from tests.parts.sshd import Sshd
from tests.parts.wait import until, until_async

pytestmark = pytest.mark.usefixtures("folder_of_links")


@pytest.fixture
def folder_of_links(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the connections of this test keep their sockets; must be empty after it."""
    with tempfile.TemporaryDirectory(prefix="wf-", dir="/tmp") as folder:
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        yield Path(folder)
        until(lambda: not list(Path(folder).iterdir()), "nothing is left behind")


@pytest.fixture
def another_run() -> Iterator[Path]:
    """A folder for an sshd to take for /run, which every account can enter."""
    with tempfile.TemporaryDirectory(prefix="wf-", dir="/tmp") as there:
        Path(there).chmod(0o755)
        (Path(there) / "sshd").mkdir(0o755)
        yield Path(there)


@pytest.fixture
async def watch(ssh_server: Sshd) -> AsyncIterator[Callable[..., Any]]:
    """Make a collector of the server's machine ("docker" or "host"), closed after the test."""
    made: list[DockerEngine | Host] = []

    def make(kind: str, path: str = "", user: str = "", **settings: Any) -> DockerEngine | Host:
        where: dict[str, Any] = {"name": "db1", "url": ssh_server.url(path, user), "ssh_config": str(ssh_server.config)}
        if kind == "host":
            made.append(Host(HostConfig(**where, **settings), {}))
        else:
            made.append(DockerEngine(DockerConfig(**where, **settings), {}))
        return made[-1]

    yield make
    for collector in made:
        began = time.monotonic()
        await collector.close()
        assert time.monotonic() - began < 3


def ssh_clients() -> list[psutil.Process]:
    """The ssh processes that we have started."""
    found = []
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # it has ended just now
            if child.name() == "ssh":
                found.append(child)
    return found


def connected() -> bool:
    """Whether we hold a connection that lives, as far as we know."""
    return any(session.link and session.link.alive for session in _sessions.values())


async def test_an_engine_and_its_host_are_read_over_one_connection(ssh_server: Sshd, box: Box, watch: Any) -> None:
    ssh_server.start()
    made = box.run()
    docker, host = watch("docker", only=(box.glob,)), watch("host")
    reading, machine = await asyncio.gather(docker.collect(), host.collect())
    assert reading.entities[0].facts["version"] == box.engine.client.version()["Version"]
    assert [part.key for part in reading.entities[1:]] == [made.id]
    await row_when(docker, made.name, lambda found: found.facts["memory_bytes"], "memory comes from the stream")
    facts, memory = machine.entities[0].facts, psutil.virtual_memory()
    assert facts["memory_total_bytes"] == memory.total
    assert facts["memory_percent"] == pytest.approx(memory.percent, abs=3)
    assert facts["cores"] == psutil.cpu_count()
    assert facts["uptime_s"] == pytest.approx(time.time() - psutil.boot_time(), abs=5)
    assert facts["processes"] == pytest.approx(len(psutil.pids()), abs=40)
    (root,) = [part for part in machine.entities if (part.kind, part.name) == ("host.disk", "/")]
    assert root.facts["percent"] == pytest.approx(psutil.disk_usage("/").percent, abs=0.5)
    assert {part.name for part in machine.entities if part.kind == "host.net"} <= set(psutil.net_io_counters(True))
    assert "top" in machine.entities[0].hints[0]
    assert (docker.config.runs_on, host.config.runs_on) == ("127.0.0.1", "db1")
    assert len(ssh_clients()) == 1


async def test_a_killed_connection_is_told_and_replaced(ssh_server: Sshd, watch: Any) -> None:
    ssh_server.start()
    docker, host = watch("docker"), watch("host")
    await asyncio.gather(docker.collect(), host.collect())
    ssh_server.cut()
    await until_async(lambda: not connected(), "the lost connection is noticed")
    assert (await first(docker)).facts["version"]
    assert (await first(host)).facts["load1"] is not None
    ssh_server.stop()
    await until_async(lambda: not connected(), "the lost connection is noticed")
    for collector in (docker, host):
        error = await fault(collector)
        assert (error.reason, error.message) == ("refused", "127.0.0.1 refused the SSH connection")
    ssh_server.start()
    assert (await first(docker)).facts["version"]
    assert (await first(host)).facts["load1"] is not None


async def test_a_connection_that_breaks_in_the_middle_of_a_request(ssh_server: Sshd) -> None:
    path = Path(tempfile.mkdtemp(prefix="wf-", dir="/tmp")) / "d.sock"
    ssh_server.start()
    docker = DockerEngine(
        DockerConfig(name="db1", url=ssh_server.url(str(path)), ssh_config=str(ssh_server.config)), {}
    )
    async with mute_server(path) as mute:
        asking = asyncio.create_task(fault(docker))
        await until_async(lambda: mute.most_connected, "the request is on its way")
        ssh_server.cut()
        error = await asyncio.wait_for(asking, 30)
    assert (error.reason, error.message) == ("reset", "the SSH connection to 127.0.0.1 broke")
    await docker.close()
    path.unlink(missing_ok=True)
    path.parent.rmdir()


async def test_an_sshd_that_hangs_is_left_at_the_deadline(ssh_server: Sshd, watch: Any) -> None:
    ssh_server.start()
    docker, host, late = watch("docker"), watch("host"), watch("docker", timeout=2.0)
    await asyncio.gather(docker.collect(), host.collect())
    ssh_server.signal(signal.SIGSTOP)
    try:
        assert await ended_after(docker, 0.3) < 3
        assert await ended_after(host, 0.3) < 3
        assert host.phase == "waiting for 127.0.0.1"
        await docker.close()
        await host.close()
        error = await fault(late)
        assert (error.reason, error.message) == ("timeout", "127.0.0.1 takes connections but says nothing over SSH")
    finally:
        ssh_server.signal(signal.SIGCONT)
    assert (await first(late)).facts["version"]
    assert (await first(host)).facts["load1"] is not None


@pytest.mark.parametrize(
    ("prepare", "settings", "reason", "sentence", "remedy"),
    [
        pytest.param(Sshd.forget, (), "auth", "is not known here", "compare the fingerprint", id="an unknown host"),
        pytest.param(Sshd.change_host_key, (), "auth", "HAS CHANGED (it shows SHA256:", "only then",
                     id="a changed key"),
        pytest.param(Sshd.lock_out, ("PasswordAuthentication yes",), "auth",
                     "and would ask for a password", "ssh-copy-id", id="it wants a password"),
        pytest.param(lambda _: None, ("AllowStreamLocalForwarding no",), "permission", "forbids to forward",
                     "AllowStreamLocalForwarding yes", id="it forbids to forward"),
        pytest.param(lambda _: None, ("ForceCommand echo hello",), "error", "did not get a shell on 127.0.0.1: hello",
                     "shell that runs commands", id="it runs a command of its own"),
    ],
)  # fmt: skip
async def test_kept_out(
    ssh_server: Sshd, watch: Any, prepare: Any, settings: tuple[str, ...], reason: str, sentence: str, remedy: str
) -> None:
    prepare(ssh_server)
    ssh_server.start(*settings)
    error = await fault(watch("docker"))
    assert error.reason == reason
    assert sentence in error.message
    assert remedy in error.remedy
    ssh_server.stop()
    ssh_server.trust()
    ssh_server.let_in()
    ssh_server.start()
    healed = watch("docker")
    assert (await first(healed)).facts["version"]


async def test_a_host_that_can_not_be_reached(ssh_server: Sshd, watch: Any) -> None:
    config = str(ssh_server.config)
    unknown = DockerEngine(DockerConfig(name="x", url="ssh://nobody.invalid", ssh_config=config), {})
    assert (await fault(unknown)).reason == "dns"
    assert (await fault(watch("host"))).reason == "refused"
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"ssh://127.0.0.1:{silent.getsockname()[1]}"
        mute = Host(HostConfig(name="x", url=url, ssh_config=config, timeout=1.0), {})  # type: ignore[arg-type]
        assert (await fault(mute)).reason == "timeout"
        slow = Host(HostConfig(name="x", url=url, ssh_config=config), {})
        assert await ended_after(slow, 0.2) < 3
        assert slow.phase == "logging in to 127.0.0.1 over SSH"
        await slow.close()


async def test_without_an_ssh_program(ssh_server: Sshd, watch: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    error = await fault(watch("docker"))
    assert (error.reason, error.message) == ("missing", "there is no program ssh here")
    assert "openssh-client" in error.remedy


def leave_socket(folder: Path) -> None:
    """Leave a socket behind at which nobody listens."""
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(folder / "docker.sock"))
    (folder / "docker.sock").chmod(0o660)


@pytest.mark.usefixtures("engine")
def test_a_socket_without_a_listener_is_told_from_one_that_must_not_be_forwarded(another_run: Path) -> None:
    need(os.geteuid() == 0, "root, for namespaces")
    elsewhere = ["unshare", "--net", "--mount", "sh", "-c", f"mount --bind {another_run} /run; {_LOOK}"]
    assert subprocess.run(elsewhere, capture_output=True, check=True).stdout == b"absent\n"
    leave_socket(another_run)
    assert subprocess.run(elsewhere, capture_output=True, check=True).stdout == b"silent\n"
    assert subprocess.run(["sh", "-c", _LOOK], capture_output=True, check=True).stdout == b"forbidden\n"


async def test_what_keeps_us_from_the_socket_over_there(ssh_server: Sshd, watch: Any, another_run: Path) -> None:
    ssh_server.start(run=another_run)
    docker = watch("docker")
    error = await fault(docker)
    assert (error.reason, error.message) == ("missing", "no Docker socket at /var/run/docker.sock on 127.0.0.1")
    leave_socket(another_run)
    error = await fault(watch("docker", user="ops"))
    assert error.message == "ops has no permission to use the Docker socket /var/run/docker.sock on 127.0.0.1"
    assert (error.reason, "usermod -aG docker ops" in error.remedy) == ("permission", True)
    error = await fault(watch("docker", "/no/where.sock"))
    assert error.message == "127.0.0.1 can't open /no/where.sock: nothing listens there, or root may not use it"


async def test_a_reader_in_trouble_does_not_disturb_another_on_the_same_connection(
    ssh_server: Sshd, watch: Any
) -> None:
    ssh_server.start()
    host, docker = watch("host"), watch("docker", "/no/where.sock")
    assert (await first(host)).facts["load1"] is not None
    for _ in range(3):
        told, machine = await asyncio.gather(fault(docker), host.collect())
        assert told.reason == "missing"
        assert machine.entities
    await until_async(lambda: len(ssh_clients()) <= 1, "links that nobody uses have ended")


async def test_a_machine_that_tells_nonsense_is_one_sentence(ssh_server: Sshd, watch: Any) -> None:
    ssh_server.start()
    host = watch("host")
    machine = host._found()

    async def nonsense(command: str, phase: object, limit: int = 0) -> Any:
        return type("Ended", (), {"out": b"\n@@watchfloor stat\nhello\n"})

    machine._remote.run = nonsense
    error = await fault(host)
    assert (error.reason, error.message) == ("protocol", "the host's figures make no sense")


def test_nothing_is_left_behind_when_we_are_killed(ssh_server: Sshd, folder_of_links: Path) -> None:
    ssh_server.start()
    program = textwrap.dedent(f"""
        import asyncio
        from collectors.docker_engine import DockerConfig, DockerEngine

        async def main():
            config = DockerConfig(name="x", url={ssh_server.url()!r}, ssh_config={str(ssh_server.config)!r})
            await DockerEngine(config, {{}}).collect()
            print("reading", flush=True)
            await asyncio.sleep(60)

        asyncio.run(main())
        """)
    environment = {**os.environ, "XDG_RUNTIME_DIR": str(folder_of_links)}
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, cwd=ROOT, env=environment) as victim:
        assert victim.stdout
        assert victim.stdout.readline() == b"reading\n"
        children = psutil.Process(victim.pid).children(recursive=True)
        assert "ssh" in [child.name() for child in children]
        assert list(folder_of_links.iterdir())
        victim.kill()
    until(lambda: not any(child.is_running() for child in children), "its ssh has ended")
    until(lambda: not list(folder_of_links.iterdir()), "its sockets are gone")
    until(lambda: not ssh_server.sessions(), "nobody is logged in any more")
