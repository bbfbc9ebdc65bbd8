"""A little application for recoveries: it answers /health as its settings say, and is restarted like a service.

`python recovery_app.py serve FOLDER PORT` answers; `… restart FOLDER PORT` ends the one that runs and starts it anew.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

_WITHIN_S = 10.0


def _serve(folder: Path, port: int) -> None:
    # Read once, at the start, as most applications do.
    answer = json.dumps({"status": json.loads((folder / "settings.json").read_text())["status"]}).encode()
    status = 200 if b"healthy" in answer else 500

    class Handler(BaseHTTPRequestHandler):
        """Answers everything alike."""

        def do_GET(self) -> None:
            """As the settings say."""
            self.send_response(status)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_words: object) -> None:
            """Nobody reads it."""

    HTTPServer(("127.0.0.1", port), Handler).serve_forever()


def stop(pid_file: Path) -> None:
    """End the one that runs, and wait until its port is free."""
    if pid_file.exists():
        with suppress(ProcessLookupError):
            os.kill(int(pid_file.read_text()), signal.SIGKILL)
        pid_file.unlink()


def restart(folder: Path, port: int) -> None:
    """End the one that runs, and wait until the new one answers. The new one lives on."""
    pid_file = folder.parent / "app.pid"
    stop(pid_file)
    words = [sys.executable, str(Path(__file__).resolve()), "serve", str(folder), str(port)]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(words, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)
    pid_file.write_text(str(process.pid))
    end = time.monotonic() + _WITHIN_S
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit("it does not answer")


if __name__ == "__main__":
    {"serve": _serve, "restart": restart}[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]))
