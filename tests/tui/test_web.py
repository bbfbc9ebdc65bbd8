"""The floor in a browser: only with the token, only from its own page, and really a floor."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientWebSocketResponse, WSServerHandshakeError
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Application, Request
from textual_serve.download_manager import DownloadManager

from ops.errors import OpsError, UsageError
from tests.parts.command import watchfloor
from tests.parts.wait import until_async
from tui import web
from tui.cli.parser import build
from tui.cli.serve import floor_options, run

TOKEN = "a-token-for-this-test-only"
CONFIG = """
[watchfloor]
name = "shop-web"
[store]
record = false
[[tcp]]
name = "nobody"
host = "127.0.0.1"
port = 9
"""
Client = TestClient[Request, Application]


@asynccontextmanager
async def served(*options: str) -> AsyncIterator[Client]:
    """A browser without a token, before a floor with these options."""
    floor = web.WebFloor(options, TOKEN, host="127.0.0.1", port=0, public_url=None)
    async with TestClient(TestServer(await floor._make_app())) as client:
        yield client


async def let_in(client: Client) -> None:
    """Open the address that was printed."""
    answer = await client.get("/", params={"token": TOKEN}, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (302, "/")
    assert {"HttpOnly", "SameSite=Strict"} <= set(answer.headers["Set-Cookie"].split("; "))


@pytest.mark.parametrize("path", ["/", "/?token=", "/?token=another", "/ws", "/static/js/textual.js", "/download/x"])
async def test_nothing_is_there_without_the_token(path: str) -> None:
    async with served() as client:
        answer = await client.get(path, allow_redirects=False)
        assert answer.status == 403
        assert TOKEN not in await answer.text()


async def test_a_cookie_that_is_no_text_is_refused_as_any_other() -> None:
    async with served() as client:
        reader, writer = await asyncio.open_connection(client.host, client.port)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nCookie: watchfloor=\xff\xfe\r\nConnection: close\r\n\r\n")
        assert (await reader.read()).startswith(b"HTTP/1.1 403 ")
        writer.close()


async def test_its_page_takes_nothing_from_elsewhere() -> None:
    async with served() as client:
        await let_in(client)
        answer = await client.get("/")
        assert answer.status == 200
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'self'")
        assert TOKEN not in await answer.text()


async def test_another_page_can_not_use_its_cookie() -> None:
    async with served() as client:
        await let_in(client)
        with pytest.raises(WSServerHandshakeError, match="403"):
            await client.ws_connect("/ws", origin="http://elsewhere.example")


async def _until(socket: ClientWebSocketResponse, words: bytes) -> None:
    seen = b""
    async with asyncio.timeout(30):
        while words not in seen:
            seen += await socket.receive_bytes()


async def test_a_browser_sees_the_floor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "watchfloor.toml"
    config.write_text(CONFIG)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    async with served("--config", str(config), "--read-only") as client:
        await let_in(client)
        async with client.ws_connect("/ws?width=100&height=30") as socket:
            await _until(socket, b"shop-web")
            await _until(socket, b"read-only")


async def test_a_floor_that_does_not_end_is_ended_whoever_holds_its_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(_: object = None) -> None:
        return

    monkeypatch.setattr(web, "PATIENCE_S", 0.2)
    mark = tmp_path / "pid"
    floor = web._Floor(
        f"setsid sh -c 'echo $$ > {mark}.new; mv {mark}.new {mark}; exec sleep 600' & exec sleep 600",
        write_bytes=nothing, write_str=nothing, close=nothing, download_manager=DownloadManager(),
    )  # fmt: skip
    await floor.start(80, 24)
    await until_async(mark.exists, "its child to be there")
    try:
        await floor.stop()
    finally:
        os.kill(int(mark.read_text()), signal.SIGKILL)
    assert floor._process is not None
    assert floor._process.returncode == -signal.SIGKILL


async def test_only_so_many_browsers_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "MOST", 0)
    async with served() as client:
        await let_in(client)
        with pytest.raises(WSServerHandshakeError, match="503"):
            await client.ws_connect("/ws")


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        pytest.param("serve", "say what to serve", id="nothing to serve"),
        pytest.param("serve --web --host 0.0.0.0", "in the open", id="a token in the open"),
        pytest.param("serve --web --host 10.0.0.1 --public-url http://x", "in the open", id="a proxy without TLS"),
        pytest.param("serve --web --wall --write", "--wall changes nothing", id="a wall that acts"),
        pytest.param("serve --web --port 70000", "is no port", id="no port"),
    ],
)
def test_what_can_not_be_served_is_told(line: str, wrong: str) -> None:
    with pytest.raises(UsageError, match=wrong):
        run(build(("serve",)).parse_args(line.split()))


@pytest.mark.parametrize(
    ("line", "options"),
    [
        pytest.param("serve --web", ["--read-only"], id="read-only by default"),
        pytest.param("serve --web --wall", ["--wall"], id="a wall"),
        pytest.param("serve --web --write", [], id="acting when it was said"),
        pytest.param("serve --web --config /a.toml", ["--config", "/a.toml", "--read-only"], id="of a config"),
    ],
)
def test_the_floor_of_a_browser(line: str, options: list[str]) -> None:
    assert floor_options(build(("serve",)).parse_args(line.split())) == options


def test_a_short_token_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHFLOOR_WEB_TOKEN", "short")
    with pytest.raises(OpsError, match="at least 16 signs"):
        run(build(("serve",)).parse_args(["serve", "--web"]))


def test_the_help_names_it(tmp_path: Path) -> None:
    assert "--web" in watchfloor("serve", "--help", cwd=tmp_path).stdout
