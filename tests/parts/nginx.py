"""A real nginx for tests, unprivileged, in a folder of its own on a loopback port, and an upstream behind it."""

import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from ops.demo.child import free_port
from tests.parts.databases import open_folder
from tests.parts.need import need
from tests.parts.wait import until

TIMED = (
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" '
    "$request_time $upstream_response_time"
)
"""The usual combined format with two times behind it."""
_CONFIG = """
daemon off;
error_log error.log info;
pid nginx.pid;
events {{ worker_connections 64; }}
http {{
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    log_format timed '{timed}';
    log_format json escape=json '{{"at":"$time_iso8601","status":$status,"request_time":$request_time,'
        '"upstream":"$upstream_response_time","body_bytes_sent":$body_bytes_sent,"request_method":"$request_method",'
        '"request_uri":"$request_uri","agent":"$http_user_agent"}}';
    access_log combined.log;
    access_log timed.log timed;
    access_log json.log json;
    server {{
        listen 127.0.0.1:{port};
        location / {{ proxy_pass http://127.0.0.1:{upstream}; }}
        location = /gone {{ return 404; }}
        location = /moved {{ return 301 /; }}
    }}
}}
"""


class _Answers(BaseHTTPRequestHandler):
    """Answers /x?status=500&sleep=0.2&bytes=10 as it is asked to."""

    def do_GET(self) -> None:
        wanted = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        time.sleep(float(wanted.get("sleep", 0)))
        body = b"x" * int(wanted.get("bytes", 2))
        self.send_response(int(wanted.get("status", 200)))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


class Nginx:
    """A running nginx with its logs: combined.log, timed.log and json.log."""

    def __init__(self, folder: Path, binary: str) -> None:
        self.folder = folder
        self.port = free_port()
        self._upstream = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
        threading.Thread(target=self._upstream.serve_forever, daemon=True).start()
        config = _CONFIG.format(port=self.port, upstream=self._upstream.server_address[1], timed=TIMED)
        (folder / "nginx.conf").write_text(config)
        self._command = [binary, "-p", str(folder), "-c", "nginx.conf", "-e", "error.log"]
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **_account(),
        )
        until((folder / "nginx.pid").exists, "nginx to start")
        until(self._answers, "nginx to answer")

    def log(self, name: str) -> Path:
        """The path of one of its logs."""
        return self.folder / f"{name}.log"

    def lines(self, name: str = "combined") -> int:
        """How many lines a log has."""
        return self.log(name).read_bytes().count(b"\n")

    def get(self, path: str) -> int:
        """Ask for something over a connection of its own; gives the status."""
        from http.client import HTTPConnection

        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path, headers={"User-Agent": 'a "quoted" agent'})
            answer = connection.getresponse()
            answer.read()
            return answer.status
        finally:
            connection.close()

    def send(self, signal: str) -> None:
        """Tell it something: "reopen"."""
        subprocess.run([*self._command, "-s", signal], check=True, capture_output=True, **_account())

    def stop_upstream(self) -> None:
        """End what answers behind it."""
        self._upstream.shutdown()
        self._upstream.server_close()

    def stop(self) -> None:
        """End it and its upstream."""
        self._process.terminate()
        self._process.wait(10)
        self.stop_upstream()

    def _answers(self) -> bool:
        try:
            return self.get("/gone") == 404
        except OSError:
            return False


def _account() -> dict[str, Any]:
    """It runs as Debian's account for it where we are root."""
    return {"user": "www-data", "group": "www-data", "extra_groups": []} if os.getuid() == 0 else {}


@pytest.fixture
def nginx() -> Iterator[Nginx]:
    """A real nginx for one test, with fresh logs."""
    binary = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/sbin")
    need(binary, "an nginx (Debian package nginx-light)")
    assert binary is not None
    with open_folder() as folder:
        if os.getuid() == 0:
            shutil.chown(folder, "www-data")
        server = Nginx(folder, binary)
        try:
            yield server
        finally:
            server.stop()
