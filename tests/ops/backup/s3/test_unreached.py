"""An object store that gives no answer: which host it is, what failed, and what to do."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import pytest

from collectors.backup import BackupConfig
from collectors.base import Secret
from ops.backup.errors import BackupError
from ops.backup.s3 import client
from ops.backup.targets.s3 import S3Target

KEYS = {"access_key": Secret("a"), "secret_key": Secret("b")}


async def said(endpoint: str, secrets: dict[str, Secret] = KEYS) -> BackupError:
    config = BackupConfig(name="shop", kind="files", target="s3://b/a", endpoint=endpoint)
    target = S3Target(config, secrets, "")
    try:
        with pytest.raises(BackupError) as raised:
            await target.ids()
    finally:
        await target.close()
    return raised.value


@contextmanager
def port(*, listens: bool) -> Iterator[int]:
    """One that nobody else has; nothing that it takes is ever answered."""
    with socket.socket() as own:
        own.bind(("127.0.0.1", 0))
        if listens:
            own.listen(8)
        yield own.getsockname()[1]


@asynccontextmanager
async def answering(answer: bytes) -> AsyncIterator[int]:
    """A server that says that to everybody, and hangs up."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(answer)
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@pytest.fixture(autouse=True)
def once(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is tried once, and is not waited for."""
    monkeypatch.setattr(client, "TRIES", 1)
    monkeypatch.setattr(client, "READ_S", 0.3)


async def test_a_port_that_nobody_listens_on() -> None:
    with port(listens=False) as number:
        error = await said(f"http://127.0.0.1:{number}")
    assert error.message.endswith(f"can't be reached: 127.0.0.1:{number} refuses the connection")
    assert "`endpoint`" in error.remedy
    assert error.reason == "unreachable"


async def test_a_name_that_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> object:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    error = await said("http://minio.invalid:9000")
    assert "the name of minio.invalid:9000 is not known (Name or service not known)" in error.message
    assert "DNS" in error.remedy


async def test_one_that_never_answers() -> None:
    with port(listens=True) as number:
        error = await said(f"http://127.0.0.1:{number}")
    assert f"127.0.0.1:{number} takes the connection and then says nothing" in error.message


@pytest.mark.parametrize(
    ("scheme", "answer", "words", "remedy"),
    [
        pytest.param("http", b"", "ends the connection without an answer", "its port for S3", id="it hangs up"),
        pytest.param("https", b"220 hello\r\n", "speaks no TLS", "the scheme of `endpoint`", id="no TLS is spoken"),
    ],
)
async def test_one_that_is_no_object_store(scheme: str, answer: bytes, words: str, remedy: str) -> None:
    async with answering(answer) as number:
        error = await said(f"{scheme}://127.0.0.1:{number}")
    assert f"127.0.0.1:{number} " in error.message
    assert words in error.message
    assert remedy in error.remedy


async def test_where_no_credentials_are_given_that_is_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, "/nowhere/at/all")
    error = await said("http://127.0.0.1:1", {})
    assert "there are no credentials for it" in error.message
    assert error.reason == "auth"


async def test_a_password_in_the_address_is_not_told() -> None:
    error = await said("http://ann:word@127.0.0.1:1")
    assert "word" not in error.message
