"""HTTP over real sockets: reuse, replacement, bounds, sentences, streams, cancelling."""

import asyncio
import gc
import random
import socket
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest

from collectors.base import CollectError
from collectors.net import wire as wire_module
from collectors.net.wire import Wire, split_url
from tests.parts import servers
from tests.parts.certificates import certify
from tests.parts.need import need
from tests.parts.servers import Exchange, Talk, running
from tests.parts.wait import until_async


async def test_the_steps_are_measured_and_make_up_the_whole() -> None:
    async def slow(exchange: Exchange) -> None:
        await asyncio.sleep(0.05)
        await exchange.answer()

    async with running(slow) as server:
        wire = Wire(server.url)
        timing = (await wire.get("/")).timing
        await wire.close()
    assert timing.tls_s is None
    assert timing.resolve_s >= 0
    assert timing.connect_s > 0
    assert 0.04 < timing.first_byte_s < timing.total_s
    assert timing.resolve_s + timing.connect_s + timing.first_byte_s <= timing.total_s


async def test_a_body_is_posted_once_over_a_connection_of_its_own() -> None:
    got: list[bytes] = []

    async def take(exchange: Exchange) -> None:
        got.append(await exchange.reader.readexactly(int(exchange.headers["content-length"])))
        await (exchange.answer(status=202, body=b"taken") if len(got) < 3 else servers.vanish(exchange))

    async with running(take) as server:
        wire = Wire(server.url)
        for body in (b"first", b""):
            answer = await wire.post("/hook", body, {"Content-Type": "text/plain"})
            assert (answer.status, answer.body) == (202, b"taken")
        with pytest.raises(CollectError):
            await wire.post("/hook", b"lost")
        await wire.close()
        assert (got, server.connections) == ([b"first", b"", b"lost"], 3)
        assert server.exchanges[0].headers["content-type"] == "text/plain"


async def test_one_connection_is_kept_for_many_requests() -> None:
    async with running(servers.ok) as server:
        wire = Wire(server.url)
        answers = [await wire.get("/") for _ in range(20)]
        await wire.close()
        assert server.connections == 1
    assert {answer.status for answer in answers} == {200}
    assert all(answer.timing.connect_s == 0 for answer in answers[1:])


async def test_requests_at_once_each_have_a_connection_and_one_is_kept() -> None:
    async with running(servers.ok) as server:
        wire = Wire(server.url)
        await asyncio.gather(*(wire.get("/") for _ in range(5)))
        assert server.connections == 5
        await wire.get("/")
        assert server.connections == 5
        await until_async(lambda: server.open == 1, "the others to be closed")
        await wire.close()


async def test_a_kept_connection_that_the_server_closed_is_replaced_unseen() -> None:
    async with running(servers.ok) as server:
        wire = Wire(server.url)
        await wire.get("/")
        server.hang_up()
        await until_async(lambda: server.open == 0, "the connection to end")
        assert (await wire.get("/")).status == 200
        assert server.connections == 2
        await wire.close()


def every_second(failing: Talk) -> Talk:
    """Answer the odd requests of a server and fail the even ones."""

    async def talk(exchange: Exchange) -> None:
        await (servers.ok(exchange) if exchange.number % 2 else failing(exchange))

    return talk


@pytest.mark.parametrize("failing", [servers.vanish, servers.reset], ids=["closed", "reset"])
async def test_a_kept_connection_that_ends_under_the_request_is_replaced_once(failing: Talk) -> None:
    async with running(every_second(failing)) as server:
        wire = Wire(server.url)
        assert [(await wire.get("/")).status for _ in range(3)] == [200, 200, 200]
        assert server.connections == 3
        await wire.close()


async def test_a_kept_connection_does_not_outlive_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[str] = ["127.0.0.1"]

    def look_up(host: str, port: int, flags: int = 0, **_: object) -> list[tuple[int, int, int, str, tuple[str, int]]]:
        if host != "localhost" or not found or flags & socket.AI_NUMERICHOST:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(wire_module, "RESOLVE_AGAIN_S", 0.0)
    async with running(servers.ok) as server:
        wire = Wire(f"http://localhost:{server.port}")
        assert [(await wire.get("/")).address for _ in range(3)] == ["127.0.0.1"] * 3
        assert server.connections == 1, "a name that leads there still costs no connection"
        found.clear()
        for _ in range(2):
            with pytest.raises(CollectError, match="the name localhost does not exist"):
                await wire.get("/")
        await until_async(lambda: server.open == 0, "the kept connection to be closed")
        found[:] = ["127.0.0.1"]
        await wire.get("/")
        found[:] = ["127.0.0.2"]
        with pytest.raises(CollectError, match=r"refused|127\.0\.0\.2"):
            await wire.get("/")
        await wire.close()


async def test_a_new_certificate_is_seen_after_a_while(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(wire_module, "TLS_AGAIN_S", 0.0)
    async with running(servers.ok, tls=certify(["localhost"]).server(tmp_path)) as server:
        wire = Wire(f"https://localhost:{server.port}", verify_tls=False)
        for _ in range(2):
            await wire.get("/")
        assert server.connections == 2
        await wire.close()


async def test_a_post_is_never_sent_twice() -> None:
    async with running(every_second(servers.vanish)) as server:
        wire = Wire(server.url)
        await wire.get("/", method="POST")
        with pytest.raises(CollectError, match="without an answer"):
            await wire.get("/", method="POST")
        assert len(server.exchanges) == 2
        await wire.close()


async def test_an_answer_that_nobody_asked_for_is_not_taken_for_the_next() -> None:
    async def talkative(exchange: Exchange) -> None:
        await exchange.answer()
        await exchange.send(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")

    async with running(talkative) as server:
        wire = Wire(server.url)
        for _ in range(3):
            assert (await wire.get("/")).status == 200
            await asyncio.sleep(0.01)
        await wire.close()


async def test_close_is_obeyed_when_the_server_asks_for_it() -> None:
    async def closing(exchange: Exchange) -> None:
        await exchange.answer(Connection="close")

    async with running(closing) as server:
        wire = Wire(server.url)
        assert [(await wire.get("/")).status for _ in range(3)] == [200, 200, 200]
        assert server.connections == 3
        await wire.close()


@pytest.mark.parametrize(
    ("talk", "reason", "sentence"),
    [
        pytest.param(servers.vanish, "reset", "closed the connection without an answer", id="closes without a word"),
        pytest.param(servers.reset, "reset", "reset the connection while waiting for the first byte", id="resets"),
        pytest.param(servers.garbage, "protocol", "is not HTTP", id="speaks another protocol and waits"),
        pytest.param(servers.half, "reset", "before its answer was complete", id="cut body"),
    ],
)
async def test_each_failure_has_its_sentence(talk: Talk, reason: str, sentence: str) -> None:
    async with running(talk) as server:
        with pytest.raises(CollectError) as told:
            await Wire(server.url).get("/")
        await until_async(lambda: server.open == 0, "the connection to be closed")
    assert told.value.reason == reason
    assert sentence in told.value.message
    assert "owned" not in told.value.message


async def test_broken_http_is_told_without_its_bytes() -> None:
    async def broken(exchange: Exchange) -> None:
        await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: \x1b[2Jmany\r\n\r\n")

    async with running(broken) as server:
        with pytest.raises(CollectError, match="breaks the rules of HTTP") as told:
            await Wire(server.url).get("/")
    assert told.value.message.isprintable()


async def test_a_closed_port_refuses() -> None:
    with pytest.raises(CollectError, match="refused the connection") as told:
        await Wire(f"http://127.0.0.1:{servers.free_port()}").get("/")
    assert told.value.reason == "refused"


async def test_an_endless_body_is_read_up_to_the_limit_with_flat_memory() -> None:
    async with running(servers.endless) as server:
        wire = Wire(server.url)
        await wire.get("/", limit=1000)
        gc.collect()
        tracemalloc.start()
        answers = [await wire.get("/") for _ in range(3)]
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        await until_async(lambda: server.open == 0, "the connections to be closed")
    assert all(answer.cut and len(answer.body) == 2**20 for answer in answers)
    assert peak < 12 * 2**20


async def test_a_body_of_just_the_limit_is_whole() -> None:
    async with running(servers.body(b"12345")) as server:
        wire = Wire(server.url)
        answer = await wire.get("/", limit=5)
        await wire.get("/", limit=5)
        assert not answer.cut
        assert answer.body == b"12345"
        assert server.connections == 1
        await wire.close()


async def test_a_header_without_end_is_refused() -> None:
    async def headers(exchange: Exchange) -> None:
        await exchange.send(b"HTTP/1.1 200 OK\r\nX: ")
        while True:
            await exchange.send(b"y" * 65536)

    async with running(headers) as server:
        with pytest.raises(CollectError) as told:
            await Wire(server.url).get("/")
    assert told.value.reason == "protocol"


@pytest.mark.parametrize(
    ("talk", "phase"),
    [
        pytest.param(servers.hang, "waiting for the first byte", id="hangs after the request"),
        pytest.param(servers.drip, "reading the body", id="drips its body"),
    ],
)
async def test_a_cancelled_request_closes_its_connection(talk: Talk, phase: str) -> None:
    phases: list[str] = []
    async with running(talk) as server:
        wire = Wire(server.url, phase=phases.append)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await wire.get("/")
        await until_async(lambda: server.open == 0, "the connection to be closed")
    assert phases[-1] == phase
    assert phases[:2] == ["resolving 127.0.0.1", f"connecting to 127.0.0.1:{server.port}"]


async def test_after_a_cancelled_request_the_next_one_works() -> None:
    async with running(every_second(servers.hang)) as server:
        wire = Wire(server.url)
        await wire.get("/")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await wire.get("/")
        assert (await wire.get("/")).status == 200
        await wire.close()


async def test_head_and_empty_answers_leave_the_connection_usable() -> None:
    async def nothing(exchange: Exchange) -> None:
        await exchange.send(b"HTTP/1.1 204 No Content\r\n\r\n")

    async with running(every_second(nothing)) as server:
        wire = Wire(server.url)
        assert [(await wire.get("/", method="HEAD")).status for _ in range(4)] == [200, 204, 200, 204]
        assert server.connections == 1
        assert server.exchanges[0].method == "HEAD"
        await wire.close()


async def test_own_headers_replace_ours_whatever_their_case() -> None:
    async with running(servers.ok) as server:
        wire = Wire(server.url)
        await wire.get("/a?b=c", {"user-agent": "me", "X-Key": "k"})
        await wire.close()
        (exchange,) = server.exchanges
    assert exchange.target == "/a?b=c"
    assert exchange.headers["user-agent"] == "me"
    assert exchange.headers["x-key"] == "k"
    assert exchange.headers["host"] == f"127.0.0.1:{server.port}"
    assert exchange.headers["accept-encoding"] == "identity"


async def test_ipv6_has_brackets_in_the_host_header() -> None:
    try:
        listening = running(servers.ok, "::1")
        async with listening as server:
            wire = Wire(f"http://[::1]:{server.port}")
            answer = await wire.get("/")
            await wire.close()
            assert server.exchanges[0].headers["host"] == f"[::1]:{server.port}"
    except OSError as error:
        need(False, f"IPv6 on loopback ({error})")
    assert answer.address == "::1"


@pytest.fixture
async def unix_server(tmp_path: Path) -> AsyncIterator[tuple[Path, servers.Server]]:
    """A server on a Unix socket."""
    server = servers.Server(servers.ok)
    path = tmp_path / "engine.sock"
    listening = await asyncio.start_unix_server(server.serve, path)
    yield path, server
    listening.close()


async def test_a_unix_socket_is_asked_like_a_port(unix_server: tuple[Path, servers.Server]) -> None:
    path, server = unix_server
    wire = Wire(uds=str(path))
    assert [(await wire.get("/_ping")).status for _ in range(2)] == [200, 200]
    assert server.connections == 1
    await wire.close()
    await until_async(lambda: server.open == 0, "the connection to end")


async def test_a_missing_unix_socket_is_named(tmp_path: Path) -> None:
    with pytest.raises(CollectError, match="there is no socket at") as told:
        await Wire(uds=str(tmp_path / "no.sock")).get("/")
    assert told.value.reason == "missing"


async def test_a_stream_gives_pieces_as_they_come_and_closes_with_its_reader() -> None:
    async with running(servers.drip) as server:
        async with aclosing(Wire(server.url).stream("/")) as pieces:
            got = [await anext(pieces) for _ in range(3)]
            assert server.open == 1
        await until_async(lambda: server.open == 0, "the connection to be closed")
    assert set(b"".join(got)) == set(b".")


async def test_a_stream_ends_with_its_body() -> None:
    async with running(servers.body(b"line\n" * 3)) as server:
        assert b"".join([piece async for piece in Wire(server.url).stream("/")]) == b"line\n" * 3


async def test_a_stream_of_something_missing_says_so() -> None:
    async with running(servers.body(b"no", status=404)) as server:
        with pytest.raises(CollectError, match="status 404") as told:
            await anext(Wire(server.url).stream("/"))
    assert told.value.reason == "missing"


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        pytest.param("ftp://shop.example", "begins with", id="another scheme"),
        pytest.param("shop.example/health", "begins with", id="no scheme"),
        pytest.param("http://", "names no host", id="no host"),
        pytest.param("http://a:b@shop.example", "headers_env", id="a password in it"),
        pytest.param("http://shop.example:0", "port 0", id="port 0"),
        pytest.param("http://shop.example:99999", "[Pp]ort", id="a port that is none"),
        pytest.param("http://[::1", "IPv6", id="half an IPv6 address"),
        pytest.param("http://a%00b", "characters", id="a host with a control character"),
        pytest.param("http://ä..ä", "label", id="a host that no encoding can name"),
    ],
)
def test_a_url_that_cannot_be_asked_is_refused(url: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        split_url(url)


_GOOD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"


def _damaged(chance: random.Random) -> bytes:
    data = bytearray(_GOOD)
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(data))
        data[place : place + chance.randint(0, 3)] = chance.randbytes(chance.randint(0, 4))
    return bytes(data)


async def test_a_thousand_damaged_answers_end_as_answers_or_sentences() -> None:
    chance = random.Random(7)

    async def damaged(exchange: Exchange) -> None:
        await exchange.send(_damaged(chance))
        raise ConnectionError

    sentences = set()
    async with running(damaged) as server:
        wire = Wire(server.url)
        for _ in range(1000):
            try:
                await wire.get("/")
            except CollectError as error:
                sentences.add(error.message)
        await wire.close()
    assert 2 <= len(sentences) < 8
    assert all(sentence.isprintable() for sentence in sentences)
