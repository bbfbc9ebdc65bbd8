"""Object stores: addresses, credentials, sizes of pieces, bodies that break off, and buckets that are not there."""

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.backup import BackupConfig
from collectors.base import Secret
from ops.backup.errors import BackupError
from ops.backup.s3.client import bucket_of
from ops.backup.s3.objects import Objects
from ops.backup.s3.uploading import MIB, MOST_PARTS, part_bytes
from ops.backup.target import Target
from ops.backup.targets.s3 import S3Target
from tests.parts.backup_targets import ID, OWNER, S3Stage, Stage, pieces, staged, whole


@pytest.fixture
def stage() -> Iterator[Stage]:
    """A server."""
    with staged("s3") as made:
        yield made


@pytest.mark.parametrize(
    ("address", "bucket"),
    [
        ("s3://b", ("b", "")),
        ("s3://b/", ("b", "")),
        ("s3://my.bucket/a/b/", ("my.bucket", "a/b/")),
        ("s3://b//a", ("b", "a/")),
    ],
)
def test_addresses(address: str, bucket: tuple[str, str]) -> None:
    assert bucket_of(address) == bucket


@pytest.mark.parametrize(
    "address", ["s3:b/a", "s3:///a", "s3://key:word@b/a", "s3://b/../c", "s3://b/a?x", "s3://h:9000/b"]
)
def test_addresses_that_name_no_bucket(address: str) -> None:
    with pytest.raises(BackupError) as raised:
        bucket_of(address)
    assert raised.value.reason == "refused"
    assert "word" not in raised.value.message


@given(st.integers(0, 5 * 2**40))
def test_an_upload_has_room_for_what_is_expected(expected: int) -> None:
    sizes = [part_bytes(number, expected) for number in range(1, MOST_PARTS + 1)]
    assert sum(sizes) >= max(expected, 250 * 2**30)
    assert sizes == sorted(sizes)
    assert min(sizes) >= 8 * MIB, "S3 takes no smaller piece but the last"
    assert expected > 290 * 2**30 or max(sizes) <= 32 * MIB, "which is what is held in memory twice"


async def test_one_of_two_keys_is_missing() -> None:
    config = BackupConfig(name="shop", kind="files", target="s3://b/a", endpoint="http://127.0.0.1:1")
    with pytest.raises(BackupError) as raised:
        await S3Target(config, {"access_key": Secret("a")}, "").ids()
    assert raised.value.reason == "auth"


def test_a_password_in_the_endpoint_is_never_shown() -> None:
    config = BackupConfig(name="shop", kind="files", target="s3://b/a", endpoint="https://ann:word@h:9000")
    assert "word" not in S3Target(config, {}, "").shown


async def test_a_bucket_that_is_not_there(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(S3Stage, "address", "s3://elsewhere/a")
    for call in (stage.target().ids(), stage.target().begin(ID, 0)):
        with pytest.raises(BackupError) as raised:
            await call
        assert raised.value.reason == "missing"
        assert "bucket" in raised.value.remedy


async def test_a_manifest_that_was_written_though_its_answer_was_lost(stage: Stage) -> None:
    target = stage.target()
    assert isinstance(target, S3Target)
    writing = await target.begin(ID, 0)
    await writing.put("a.tar", pieces(b"x"))
    target._objects.write(ID, "manifest.json", b"{}")
    await writing.commit(b"{}")
    assert list(await target.ids()) == [ID]


async def test_another_s_manifest_is_neither_written_over_nor_deleted(stage: Stage) -> None:
    target = stage.target()
    assert isinstance(target, S3Target)
    writing = await target.begin(ID, 0)
    await writing.put("a.tar", pieces(b"x"))
    target._objects.write(ID, "manifest.json", b"another")
    with pytest.raises(BackupError) as raised:
        await writing.commit(b"{}")
    assert raised.value.reason == "refused"
    await writing.abandon()
    assert await target.manifest(ID) == b"another"


class _Cutting(socketserver.BaseRequestHandler):
    """Hands on to the server, and hangs up after so many bytes of an answer."""

    def handle(self) -> None:
        server = self.server
        assert isinstance(server, _Proxy)
        with socket.create_connection(server.to) as there:
            back = threading.Thread(target=self._back, args=(there, server), daemon=True)
            back.start()
            while data := self.request.recv(65536):
                there.sendall(data)
            there.shutdown(socket.SHUT_WR)
            back.join(10)

    def _back(self, there: socket.socket, server: "_Proxy") -> None:
        sent = 0
        while data := there.recv(65536):
            self.request.sendall(data)
            sent += len(data)
            if server.cuts and sent > 3_000_000:
                server.cuts -= 1
                break
        self.request.shutdown(socket.SHUT_RDWR)


class _Proxy(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, to: tuple[str, int], cuts: int) -> None:
        super().__init__(("127.0.0.1", 0), _Cutting)
        self.to, self.cuts = to, cuts

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no error."""


@contextmanager
def _cut(stage: Stage, cuts: int) -> Iterator[Target]:
    at = urlsplit(str(stage.settings["endpoint"]))
    with _Proxy((str(at.hostname), int(at.port or 0)), cuts) as proxy:
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        stage.settings = {**stage.settings, "endpoint": f"http://127.0.0.1:{proxy.server_address[1]}"}
        yield stage.target()
        proxy.shutdown()


async def test_a_body_that_breaks_off_is_read_on(stage: Stage, tmp_path: Path) -> None:
    body = bytes(range(256)) * 40_000
    await stage.keep(stage.target(), ID, body)
    with _cut(stage, cuts=2) as target:
        assert await whole(target.read(ID, "a.tar")) == body
        assert await whole(target.read(ID, "a.tar", 100, 9_000_000)) == body[100:9_000_100]


async def test_a_body_that_breaks_off_again_and_again_is_told(stage: Stage) -> None:
    await stage.keep(stage.target(), ID, bytes(50_000_000))
    with _cut(stage, cuts=1000) as target:
        stream = target.read(ID, "a.tar")
        assert len(await whole(stream)) == 50_000_000, "each try gets further"


async def test_a_body_that_is_deleted_while_it_is_read(stage: Stage) -> None:
    await stage.keep(stage.target(), ID, bytes(10_000_000))
    with _cut(stage, cuts=1) as target:
        stream = aiter(target.read(ID, "a.tar"))
        await anext(stream)
        await stage.target().remove(ID)
        with pytest.raises(BackupError) as raised:
            await whole(stream)
        assert raised.value.reason == "lost"


async def test_whose_owner_cannot_be_read_is_not_taken_for_abandoned(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = stage.target()
    await (await target.begin(ID, 0)).put("a.tar", pieces(b"x"))

    def away(*_: object) -> bytes:
        raise BackupError("503", reason="unreachable")

    with monkeypatch.context() as patched:
        patched.setattr(Objects, "small", away)
        with pytest.raises(BackupError):
            await target.leftovers()
    (left,) = await target.leftovers()
    assert left.owner == OWNER


async def test_what_was_swept_while_it_was_written_never_becomes_visible(stage: Stage) -> None:
    target = stage.target()
    writing = await target.begin(ID, 0)
    await writing.put("a.tar", pieces(b"x"))
    await stage.target("db2/1/1").sweep([ID])
    await writing.put("b.tar", pieces(b"y"))
    with pytest.raises(BackupError) as raised:
        await writing.commit(b"{}")
    assert raised.value.reason == "lost"
    await writing.abandon()
    assert [list(await target.ids()), list(await target.leftovers())] == [[], []]


async def test_an_account_that_may_only_write_takes_whole_backups(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = stage.target()
    writing = await target.begin(ID, 0)
    await writing.put("a.tar", pieces(b"x"))

    def forbidden(*_: object) -> bytes:
        raise BackupError("AccessDenied", reason="auth")

    with monkeypatch.context() as patched:
        patched.setattr(Objects, "delete", forbidden)
        patched.setattr(Objects, "small", forbidden)
        await writing.commit(b"{}")
    assert list(await target.ids()) == [ID]
    assert await target.sizes(ID) == {"a.tar": 1}


async def test_what_is_missing_is_not_said_to_be_the_bucket(stage: Stage) -> None:
    with pytest.raises(BackupError) as raised:
        await stage.target().manifest(ID)
    assert (raised.value.reason, "list" in raised.value.remedy) == ("missing", True)
