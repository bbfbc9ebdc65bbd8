"""Ports that somebody listens on, which program does, and as whom."""

from collections.abc import Sequence

from collectors.base import CollectError, NoData
from collectors.threads import DaemonPool
from ops.drift.base import Place, Source
from ops.drift.structs import Difference, Item, Value
from ops.drift.system.sockets import Socket, holders, user, waiting

_POOL = DaemonPool(1, name="drift-listening")
_STARTER = "systemd"
_HIDDEN = "which program holds it is only shown to root and to the program's own account"


class ListeningSource(Source):
    """TCP ports on which connections are taken, and UDP ports outside the range that clients are given.

    TCP ports of that range on which only this machine can connect are left out: each start has another one. What
    systemd listens for has systemd as its program, whether it has started the other one or not.
    """

    name = "listening"
    title = "ports that are listened on"
    group = "network"

    def __init__(self, root: str = "/proc") -> None:
        self._root = root

    async def capture(self, place: Place) -> Sequence[Item]:
        """One item for each address and port. Raises NoData where there is no procfs, and CollectError."""
        return await _POOL.run(self._read, place)

    def _read(self, place: Place) -> list[Item]:
        try:
            found = [one for one in waiting(self._root) if place.only in ("", one.name)]
        except FileNotFoundError as error:
            raise NoData(f"there is no {self._root}/net/tcp: this is no Linux, or procfs is not mounted") from error
        except (OSError, ValueError) as error:
            raise CollectError(f"the tables of sockets can't be read: {error}") from error
        held = holders(self._root, {one.inode for one in found})
        by_name: dict[str, list[Socket]] = {}
        for one in found:
            by_name.setdefault(one.name, []).append(one)
        return [_item(name, sockets, held) for name, sockets in by_name.items()]

    def by_hand(self, difference: Difference) -> str:
        """By what differs."""
        port = difference.place.item
        if difference.kind == "added":
            return f"look who listens on {port} (ss -lntup), and stop it where nobody meant it to"
        if difference.kind == "removed":
            return f"start the program that listened on {port}"
        return f"look why another program listens on {port} (ss -lntup)"


def _item(name: str, sockets: Sequence[Socket], held: dict[str, set[str]]) -> Item:
    programs = sorted({program for one in sockets for program in held.get(one.inode, ())})
    programs = [_STARTER] if _STARTER in programs else programs
    facts: dict[str, Value] = {"users": tuple(sorted({user(one.uid) for one in sockets}))}
    if programs:
        return Item(name=name, facts=facts | {"programs": tuple(programs)})
    return Item(name=name, facts=facts, unreadable={"programs": _HIDDEN})
