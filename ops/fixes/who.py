"""Who acts, from the process itself: the account that the kernel knows, its terminal, where its SSH line began."""

import os
import pwd
import socket
from collections.abc import Mapping
from typing import Literal

from collectors.text import clean
from ops.jobs.structs import By

POLICY = "policy"
"""The user that acts without a person …"""
SCHEDULE = "schedule"
"""… and the one that takes backups when they are due."""


def me(via: Literal["screen", "command", "policy", "schedule"], environ: Mapping[str, str] | None = None) -> By:
    """Who runs this process. Under sudo the account says who became it: "root (sudo: alice)"."""
    environ = os.environ if environ is None else environ
    alone = via in (POLICY, SCHEDULE)
    name = via if alone else _with_sudo(account(os.getuid()), environ)
    return By(
        user=name,
        uid=os.getuid(),
        via=via,
        tty="" if alone else _tty(),
        origin="" if alone else _origin(environ),
        host=clean(socket.gethostname()),
        pid=os.getpid(),
    )


def account(uid: int) -> str:
    """The account's name; its number where it has none."""
    try:
        return clean(pwd.getpwuid(uid).pw_name)
    except KeyError:
        return f"uid {uid}"


def names(by: By) -> tuple[str, ...]:
    """The accounts that somebody acts as: the own one first, then who became it by sudo."""
    own, _, sudo = by.user.partition(" (sudo: ")
    return (own, sudo.removesuffix(")")) if sudo else (own,)


def person(user: str) -> str:
    """Who is behind the user of a By: "alice" of "root (sudo: alice)"."""
    own, _, sudo = user.partition(" (sudo: ")
    return sudo.removesuffix(")") or own


def _with_sudo(name: str, environ: Mapping[str, str]) -> str:
    before = environ.get("SUDO_USER", "")
    return f"{name} (sudo: {clean(before)})" if before and before != name else name


def _tty() -> str:
    """The terminal of standard input; "" without one."""
    try:
        return os.ttyname(0)
    except OSError:
        return ""


def _origin(environ: Mapping[str, str]) -> str:
    """Where the SSH line comes from: the first word of $SSH_CONNECTION ("address port address port")."""
    words = environ.get("SSH_CONNECTION", "").split()
    return clean(words[0]) if words else ""
