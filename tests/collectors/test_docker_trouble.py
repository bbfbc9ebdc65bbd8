"""Engines that can't be asked: each with its own sentence and remedy, in time, and well again afterwards."""

import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from collectors.base import CollectError
from collectors.docker_api.url import Place, place
from collectors.docker_engine import DockerConfig, DockerEngine
from collectors.ssh.address import Address
from tests.parts.dockerd import Dockerd, may_start
from tests.parts.mute import mute_server
from tests.parts.need import need


@asynccontextmanager
async def reading(url: str) -> AsyncIterator[DockerEngine]:
    """A collector that is closed afterwards."""
    collector = DockerEngine(DockerConfig(name="x", url=url), {})
    try:
        yield collector
    finally:
        await collector.close()


async def trouble(url: str) -> CollectError:
    """What a poll raises."""
    async with reading(url) as collector:
        with pytest.raises(CollectError) as caught:
            await collector.collect()
    return caught.value


def refusing(path: Path) -> None:
    """Leave a socket behind at which nobody listens."""
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))


@pytest.mark.parametrize(
    ("prepare", "reason", "sentence", "remedy"),
    [
        pytest.param(lambda _: None, "missing", "no Docker socket at ", "DOCKER_HOST", id="no socket"),
        pytest.param(refusing, "refused", "no engine listens at ", "systemctl start docker", id="nobody listens"),
        pytest.param(Path.mkdir, "refused", "no engine listens at ", "start the engine", id="a folder in its place"),
    ],
)
async def test_a_socket_that_is_no_use(
    tmp_path: Path, prepare: Callable[[Path], None], reason: str, sentence: str, remedy: str
) -> None:
    path = tmp_path / "d.sock"
    prepare(path)
    error = await trouble(f"unix://{path}")
    assert (error.reason, error.retry) == (reason, True)
    assert error.message.startswith(sentence)
    assert str(path) in error.message
    assert remedy in error.remedy


@pytest.fixture
def nobody() -> Iterator[None]:
    """Be an account without rights for a while, where root runs the tests."""
    mine = os.geteuid()
    if mine == 0:
        os.seteuid(65534)
    yield
    os.seteuid(mine)


@pytest.mark.usefixtures("nobody")
async def test_no_permission_names_the_group() -> None:
    folder = Path("/tmp") / f"wf-{os.getpid()}-{time.monotonic_ns()}"
    folder.mkdir(mode=0o755)
    try:
        path = folder / "d.sock"
        async with mute_server(path):
            path.chmod(0o000)
            error = await trouble(str(path))
        assert error.reason == "permission"
        assert error.message == f"no permission to use the Docker socket {path}"
        assert "group docker" in error.remedy
    finally:
        for left in folder.iterdir():
            left.unlink()
        folder.rmdir()


async def test_a_refused_port_says_so() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        error = await trouble(f"tcp://127.0.0.1:{taken.getsockname()[1]}")
    assert error.reason == "refused"
    assert "127.0.0.1" in error.message


async def test_an_engine_that_hangs_leaves_no_request_behind(tmp_path: Path) -> None:
    path = tmp_path / "d.sock"
    async with mute_server(path) as mute, reading(str(path)) as collector:
        for _ in range(3):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(collector.collect(), 0.1)
            assert "version" in collector.phase
        assert mute.most_connected == 1
        began = time.monotonic()
        await collector.close()
        assert time.monotonic() - began < 3


ANSWER = b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
EVIL = b'{"message":"\x1b]52;c;aGk=\x07 no \\u202e"}'


@pytest.mark.parametrize(
    ("status", "body", "reason", "sentence"),
    [
        pytest.param(b"403 Forbidden", b"<html>no</html>", "auth", "forbids it (403): <html>", id="a proxy"),
        pytest.param(b"500 Oops", b'{"message":"no space left"}', "protocol", "answered 500: no space left", id="500"),
        pytest.param(b"500 Oops", EVIL.replace(b"\x1b", b"\\u001b").replace(b"\x07", b"\\u0007"), "protocol",
                     "answered 500: ␛]52;c;aGk=␇ no �", id="a hostile message"),
        pytest.param(b"200 OK", b"<html>hello</html>", "protocol", "makes no sense", id="a web server"),
        pytest.param(b"200 OK", b'{"ApiVersion":"1.12"}', "protocol", "speaks API 1.12", id="too old"),
        pytest.param(b"200 OK", b"{}", "protocol", "speaks API of no version", id="no version"),
    ],
)  # fmt: skip
async def test_answers_that_are_none(tmp_path: Path, status: bytes, body: bytes, reason: str, sentence: str) -> None:
    path = tmp_path / "d.sock"
    async with mute_server(path, ANSWER % (status, len(body), body)):
        error = await trouble(str(path))
    assert error.reason == reason
    assert sentence in error.message
    assert error.message.isprintable()


async def test_an_engine_that_stops_hangs_and_comes_back_is_read_again() -> None:
    reason = may_start()
    need(not reason, reason)
    engine = Dockerd(isolated=True)
    try:
        engine.start()
        async with reading(f"unix://{engine.socket}") as collector:
            assert (await collector.collect()).entities[0].facts["containers"] == 0
            engine.hang()
            for _ in range(2):
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(collector.collect(), 0.2)
            engine.go_on()
            assert (await asyncio.wait_for(collector.collect(), 5)).entities
            engine.stop()
            with pytest.raises(CollectError) as caught:
                await collector.collect()
            assert caught.value.reason in ("missing", "refused")
            engine.start()
            assert (await collector.collect()).entities[0].facts["containers"] == 0
    finally:
        await asyncio.to_thread(engine.remove)


@pytest.mark.parametrize(
    ("url", "environment", "expected"),
    [
        pytest.param("", {}, Place(path="/var/run/docker.sock"), id="the usual socket"),
        pytest.param("", {"DOCKER_HOST": "unix:///run/user/1000/docker.sock"}, Place(path="/run/user/1000/docker.sock"),
                     id="DOCKER_HOST"),
        pytest.param("/a b.sock", {"DOCKER_HOST": "tcp://x:1"}, Place(path="/a b.sock"), id="the config goes first"),
        pytest.param("tcp://127.0.0.1:2375", {}, Place(host="127.0.0.1", port=2375), id="tcp"),
        pytest.param("tcp://engine", {}, Place(host="engine", port=2375), id="tcp with the usual port"),
        pytest.param("tcp://[::1]:99", {}, Place(host="::1", port=99), id="IPv6"),
        pytest.param("ssh://db1", {}, Place(path="/var/run/docker.sock", ssh=Address("db1")), id="ssh"),
        pytest.param("ssh://ops@db1:99/run/user/7/docker.sock", {},
                     Place(path="/run/user/7/docker.sock", ssh=Address("db1", "ops", 99)), id="ssh with all"),
    ],
)  # fmt: skip
def test_addresses(url: str, environment: dict[str, str], expected: Place) -> None:
    assert place(url, environment) == expected


@pytest.mark.parametrize(
    ("url", "environment"),
    [
        ("npipe:////./pipe/docker_engine", {}),
        ("https://host:2376", {}),
        ("tcp://host:2376", {}),
        ("tcp://host:2375", {"DOCKER_TLS_VERIFY": "1"}),
        ("tcp://host:99999", {}),
        ("tcp://user:hunter2@", {}),
        ("unix://", {}),
        ("\x1b[2J", {}),
    ],
)
def test_addresses_that_cannot_be_used_are_said_once(url: str, environment: dict[str, str]) -> None:
    with pytest.raises(CollectError, match="is not a Docker address") as caught:
        place(url, environment)
    assert not caught.value.retry
    assert "ssh://user@host" in caught.value.remedy
    assert caught.value.message.isprintable()
    assert "hunter2" not in caught.value.message
