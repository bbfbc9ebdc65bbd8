"""Resolves names in a small pool of its own, so that a mute resolver holds up nothing but the checks that need it."""

import asyncio
import socket
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from collectors.base import CollectError
from collectors.threads import DaemonPool

_THREADS = 8
_MOST_ADDRESSES = 8
_UNKNOWN_NAME = (socket.EAI_NONAME, socket.EAI_NODATA)

Lookup = Callable[[str, int], list[tuple[int, int, int, str, tuple[object, ...]]]]


class Address(NamedTuple):
    """Where to connect: the socket family and the address as `socket.connect` wants it."""

    family: int
    sockaddr: tuple[object, ...] | str
    """A Unix socket's is its path."""

    @property
    def text(self) -> str:
        """The IP address alone, or the path."""
        return self.sockaddr if isinstance(self.sockaddr, str) else str(self.sockaddr[0])


def _system_lookup(host: str, port: int) -> list[tuple[int, int, int, str, tuple[object, ...]]]:
    return [tuple(found) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]  # type: ignore[misc]


@lru_cache(maxsize=1024)
def _literal(host: str, port: int) -> tuple[Address, ...]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (socket.gaierror, UnicodeError):
        return ()
    return tuple(Address(family, sockaddr) for family, _, _, _, sockaddr in found)


def _fault(host: str, error: OSError | UnicodeError) -> CollectError:
    if isinstance(error, UnicodeError):
        return CollectError(f"{host} is not a valid host name", reason="dns", retry=False)
    if error.errno in _UNKNOWN_NAME:
        return CollectError(
            f"the name {host} does not exist", reason="dns", remedy="check the spelling and the DNS zone"
        )
    if error.errno == socket.EAI_AGAIN:
        return CollectError(
            f"the resolver failed for the moment on {host} (temporary failure)",
            reason="dns",
            remedy="check the name servers in /etc/resolv.conf",
        )
    return CollectError(f"the resolver failed on {host}: {error.strerror}", reason="dns")


class Resolver:
    """Looks names up through `lookup`, a blocking function; equal requests in flight share one lookup."""

    def __init__(self, lookup: Lookup = _system_lookup, threads: int = _THREADS) -> None:
        self._lookup = lookup
        self._pool = DaemonPool(threads, name="watchfloor-resolver")
        self._flying: dict[tuple[asyncio.AbstractEventLoop, str, int], asyncio.Task[tuple[Address, ...]]] = {}

    async def resolve(self, host: str, port: int) -> tuple[Address, ...]:
        """Give the addresses of `host`, IPv4 and IPv6, in the system's order of preference; at most eight.

        An IP literal needs no lookup. Raises CollectError (reason "dns"). A resolver that never answers keeps its
        thread, but the caller can be cancelled, and asking again joins the lookup that is still under way.
        """
        literal = _literal(host, port)
        if literal:
            return literal
        key = (asyncio.get_running_loop(), host, port)
        task = self._flying.get(key)
        if task is None:
            task = asyncio.create_task(self._ask(host, port))
            self._flying[key] = task
            task.add_done_callback(lambda done: self._landed(key, done))
        return await asyncio.shield(task)

    async def _ask(self, host: str, port: int) -> tuple[Address, ...]:
        try:
            found = await self._pool.run(self._lookup, host, port)
        except (socket.gaierror, UnicodeError) as error:
            raise _fault(host, error) from error
        addresses = dict.fromkeys(Address(family, sockaddr) for family, _, _, _, sockaddr in found)
        return tuple(addresses)[:_MOST_ADDRESSES]

    def _landed(self, key: tuple[asyncio.AbstractEventLoop, str, int], task: asyncio.Task[tuple[Address, ...]]) -> None:
        del self._flying[key]
        if not task.cancelled():
            # Every waiter may have been cancelled; reading the exception says that it was seen.
            task.exception()


_shared = Resolver()


async def resolve(host: str, port: int) -> tuple[Address, ...]:
    """Resolve through the program's one resolver; see `Resolver.resolve`."""
    return await _shared.resolve(host, port)
