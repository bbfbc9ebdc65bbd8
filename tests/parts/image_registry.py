"""A registry of images with one image, as much of its API as an engine asks for when it pulls."""

import gzip
import hashlib
import io
import json
import tarfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.parts.docker import image_tar

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def layer_with(name: str, content: bytes) -> bytes:
    """A layer with one file."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        info = tarfile.TarInfo(name)
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


class Registry:
    """Serves `name`:`tag` on loopback; `put` makes the image that the tag stands for."""

    def __init__(self, port: int) -> None:
        self.name = f"127.0.0.1:{port}/watchfloor-test"
        self._blobs: dict[str, bytes] = {}
        self._manifests: dict[str, bytes] = {}

    def put(self, tag: str, *, config: Mapping[str, Any], mark: bytes) -> str:
        """Make `tag` an image of busybox with a file of its own; gives its full name."""
        layers = [image_tar(), layer_with("mark", mark)]
        packed = [gzip.compress(layer, 1, mtime=0) for layer in layers]
        described = {
            "architecture": "amd64", "os": "linux", "config": dict(config), "created": "2026-11-01T00:00:00Z",
            "rootfs": {"type": "layers", "diff_ids": [_digest(layer) for layer in layers]},
        }  # fmt: skip
        whole = json.dumps(described).encode()
        self._blobs |= {_digest(blob): blob for blob in (whole, *packed)}
        self._manifests[tag] = json.dumps({
            "schemaVersion": 2, "mediaType": MANIFEST,
            "config": {"mediaType": "application/vnd.docker.container.image.v1+json", "size": len(whole),
                       "digest": _digest(whole)},
            "layers": [{"mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip", "size": len(blob),
                        "digest": _digest(blob)} for blob in packed],
        }).encode()  # fmt: skip
        return f"{self.name}:{tag}"

    def answer(self, path: str) -> tuple[bytes, str] | None:
        """Body and type for a path of /v2/."""
        kind, _, what = path.removeprefix("/v2/watchfloor-test/").partition("/")
        if path == "/v2/":
            return b"{}", "application/json"
        if kind == "manifests":
            by_digest = {_digest(one): one for one in self._manifests.values()}
            found = self._manifests.get(what) or by_digest.get(what)
            return (found, MANIFEST) if found else None
        blob = self._blobs.get(what)
        return (blob, "application/octet-stream") if blob else None


@contextmanager
def image_registry() -> Iterator[Registry]:
    """A registry that runs until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = registry.answer(self.path)
            body, kind = found or (b'{"errors":[{"code":"MANIFEST_UNKNOWN","message":"unknown"}]}', "application/json")
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Docker-Content-Digest", _digest(body))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        do_HEAD = do_GET  # noqa: N815 - the name is the base class's

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - so is this
            """Be quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    registry = Registry(server.server_port)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield registry
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
