"""The floor in a browser: textual-serve, behind a token, with nothing from elsewhere in its page."""

import asyncio
import hmac
import shlex
import sys
from collections.abc import Sequence
from contextlib import suppress
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from textual_serve.app_service import AppService
from textual_serve.server import Server, to_int

COOKIE = "watchfloor"
MOST = 4
"""Browsers at once: each has a floor of its own."""
PATIENCE_S = 5.0
"""How long a floor has to end."""
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'"
)


class WebFloor(Server):
    """Serves one floor to each browser that has the token."""

    def __init__(self, options: Sequence[str], token: str, *, host: str, port: int, public_url: str | None) -> None:
        # textual-serve hands its command to a shell: every word of it is quoted, and the shell gives way to it.
        command = f"exec {shlex.join([sys.executable, '-m', 'tui', *options])}"
        super().__init__(command, host=host, port=port, title="watchfloor", public_url=public_url)
        self._token = token
        self._browsers: set[asyncio.Task[object]] = set()

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()
        app.middlewares.append(self._guarded())
        return app

    async def on_startup(self, app: web.Application) -> None:
        """Say nothing: who started it has said where it is."""

    async def on_shutdown(self, app: web.Application) -> None:
        """End the floor of each browser."""
        browsers = set(self._browsers)
        for task in browsers:
            task.cancel()
        if browsers:
            await asyncio.wait(browsers, timeout=2 * PATIENCE_S)

    def initialize_logging(self) -> None:
        """Log nothing: addresses would have the token in them."""

    def _guarded(self) -> Middleware:
        @web.middleware
        async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
            if request.path == "/" and self._is_token(request.query.get("token", "")):
                raise self._let_in()
            if not self._is_token(request.cookies.get(COOKIE, "")):
                raise web.HTTPForbidden(text="the token is missing or wrong: open the address that was printed\n")
            if request.path == "/ws" and not _same_origin(request):
                raise web.HTTPForbidden(text="this page is not of this floor\n")
            response = await handler(request)
            if not response.prepared:
                response.headers["Content-Security-Policy"] = POLICY
                response.headers["Referrer-Policy"] = "no-referrer"
                response.headers["Cache-Control"] = "no-store"
            return response

        return guarded

    def _is_token(self, given: str) -> bool:
        # A cookie may have bytes that are no text, which aiohttp hands on as surrogates.
        return hmac.compare_digest(given.encode(errors="surrogateescape"), self._token.encode())

    def _let_in(self) -> web.HTTPFound:
        """Take the token out of the address, so that it stays in no history of a browser."""
        response = web.HTTPFound("/")
        secure = self.public_url.startswith("https")
        response.set_cookie(COOKIE, self._token, httponly=True, samesite="Strict", secure=secure, path="/")
        return response

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """Start a floor for this browser, unless there are too many already; it ends with the connection."""
        if len(self._browsers) >= MOST:
            raise web.HTTPServiceUnavailable(text=f"{MOST} browsers watch already\n")
        socket = web.WebSocketResponse(heartbeat=15)
        await socket.prepare(request)
        floor = _Floor(
            self.command,
            write_bytes=socket.send_bytes,
            write_str=socket.send_str,
            close=socket.close,  # type: ignore[arg-type]  # its answer is of no use to anybody
            download_manager=self.download_manager,
        )
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 — aiohttp runs every handler in a task
        self._browsers.add(task)
        try:
            await floor.start(to_int(request.query.get("width", ""), 80), to_int(request.query.get("height", ""), 24))
            await self._process_messages(socket, floor)
        finally:
            self._browsers.discard(task)
            await floor.stop()
            await socket.close()
        return socket


class _Floor(AppService):
    async def stop(self) -> None:
        """End the floor, and see that it has ended."""
        end = asyncio.get_running_loop().time() + PATIENCE_S
        with suppress(TimeoutError):
            async with asyncio.timeout_at(end):  # Textual's swallows that: it does not raise TimeoutError
                await super().stop()
        if (process := self._process) is None:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout_at(end):
                await process.wait()
        # Kills it where it still runs, and lets go of its pipes, which something that it left behind may hold.
        process._transport.close()  # type: ignore[attr-defined]  # asyncio has no other way to do that
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                await process.wait()


def _same_origin(request: web.Request) -> bool:
    """Whether the page that asks is ours; a program without an Origin is none of a browser."""
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.host
