"""Takes /etc/passwd, /etc/group and /etc/shadow apart. Pure; of a password nothing is told but whether there is one."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from ops.drift.structs import Value

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LOCKS = ("!", "*")


class Account(NamedTuple):
    """One line of /etc/passwd."""

    name: str
    uid: int
    gid: int
    home: str
    shell: str


class Group(NamedTuple):
    """One line of /etc/group."""

    name: str
    gid: int
    members: tuple[str, ...]


def accounts(text: str) -> list[Account]:
    """Lines that are none (compat entries, damaged ones) are passed over."""
    found: list[Account] = []
    for line in text.splitlines():
        fields = line.split(":")
        if len(fields) == 7 and fields[0] and fields[2].isdecimal() and fields[3].isdecimal():
            found.append(Account(fields[0], int(fields[2]), int(fields[3]), fields[5], fields[6]))
    return found


def groups(text: str) -> list[Group]:
    """The same for groups."""
    found: list[Group] = []
    for line in text.splitlines():
        fields = line.split(":")
        if len(fields) == 4 and fields[0] and fields[2].isdecimal():
            members = tuple(sorted(name for name in fields[3].split(",") if name))
            found.append(Group(fields[0], int(fields[2]), members))
    return found


def passwords(text: str) -> dict[str, Mapping[str, Value]]:
    """Of each name: "set", "none" or "locked", the day of its last change, and the day when the account ends."""
    found: dict[str, Mapping[str, Value]] = {}
    for line in text.splitlines():
        fields = line.split(":")
        if len(fields) < 8 or not fields[0]:
            continue
        facts: dict[str, Value] = {"password": _state(fields[1])}
        for fact, days in (("password_changed", fields[2]), ("expires", fields[7])):
            if days.isdecimal() and len(days) < 7:
                facts[fact] = f"{_EPOCH + timedelta(days=int(days)):%Y-%m-%d}"
        found[fields[0]] = facts
    return found


def _state(field: str) -> str:
    if not field:
        return "none"
    return "locked" if field.startswith(_LOCKS) else "set"
