"""`watchfloor serve --web`: the floor in a browser, read-only and on this machine unless told otherwise."""

import argparse
import ipaddress
import os
import secrets
from pathlib import Path

from ops.errors import OpsError, UsageError
from tui.cli.settings import load_config

SUMMARY = "show the floor in a browser"
EXAMPLES = (
    ("watchfloor serve --web", "prints an address with a token; read-only, on this machine"),
    ("watchfloor serve --web --wall", "the wall: the floor and the war rooms take turns"),
    ("ssh -L 8732:localhost:8732 db1 watchfloor serve --web", "of another machine, through SSH"),
)
PORT = 8732
TOKEN = "WATCHFLOOR_WEB_TOKEN"  # noqa: S105 — the name of a variable
LEAST_TOKEN = 16
"""Signs that a token of one's own must have."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("--web", action="store_true", help="in a browser, through textual-serve")
    parser.add_argument("--host", default="localhost", help="address to listen at (default: this machine alone)")
    parser.add_argument("--port", type=int, default=PORT, help=f"port to listen at (default {PORT})")
    parser.add_argument("--public-url", metavar="URL", help="the address as browsers see it, behind a proxy with TLS")
    parser.add_argument("--wall", action="store_true", help="take turns between the floor and the war rooms")
    parser.add_argument("--write", action="store_true", help="let who has the token act; otherwise it is read-only")


def run(args: argparse.Namespace) -> int:
    """Serve until interrupted. Raises UsageError for what can't be served, OpsError where its extra is missing."""
    _check(args)
    token = os.environ.pop(TOKEN, "") or secrets.token_urlsafe(24)
    if len(token) < LEAST_TOKEN:
        raise UsageError(f"${TOKEN} must have at least {LEAST_TOKEN} signs; without it one is made")
    try:
        from tui.web import WebFloor
    except ImportError as error:
        raise OpsError(f"the browser needs {error.name}: pip install 'watchfloor[web]'") from error
    load_config(args.config)  # what is wrong with it is told here, and not in each browser
    floor = WebFloor(floor_options(args), token, host=args.host, port=args.port, public_url=args.public_url)
    print(f"{floor.public_url}/?token={token}", flush=True)
    print("who has this address sees the floor" + (" and acts on it" if args.write else ""), flush=True)
    try:
        floor.serve()
    except OSError as error:
        raise OpsError(
            f"{args.host}:{args.port} can't be listened at: {error.strerror}; name another --port"
        ) from error
    return 0


def _check(args: argparse.Namespace) -> None:
    if not args.web:
        raise UsageError("say what to serve: watchfloor serve --web")
    if args.wall and args.write:
        raise UsageError("--wall changes nothing and --write does: choose one of them")
    if not 0 < args.port < 65536:
        raise UsageError(f"{args.port} is no port: 1 to 65535")
    plain = not (args.public_url or "").startswith("https://")
    if plain and not _is_loopback(args.host):
        raise UsageError(
            f"{args.host} is not this machine, and the token would go over the network in the open; "
            "listen at localhost and go through SSH, or say --public-url https://… of a proxy with TLS"
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def floor_options(args: argparse.Namespace) -> list[str]:
    """The command line of the floor in each browser."""
    named = getattr(args, "config", None)
    config = ["--config", str(Path(named).absolute())] if named else []
    if args.write:
        return config
    return [*config, "--wall" if args.wall else "--read-only"]
