"""Leads to the socket of a Docker engine on another host, through the SSH connection that all its readers share."""

import asyncio
from typing import NamedTuple

from collectors.base import CollectError
from collectors.docker_api.url import DEFAULT_SOCKET
from collectors.net.links import Phase
from collectors.ssh.faults import lost_fault
from collectors.ssh.link import Link
from collectors.ssh.remote import Remote

_LOOK = (
    "exec sh -c 's=/var/run/docker.sock; test -e $s || { echo absent; exit; }; "
    "test -r $s -a -w $s || { echo denied; exit; }; "
    'grep -q "00010000 .*/docker[.]sock$" /proc/net/unix && echo forbidden || echo silent\''
)
"""Says over there what is wrong with the usual socket; constant, so no path of a config gets into a shell.

An sshd that forbids to forward says the same as one that finds no listener; the kernel knows whether there is one.
"""
_COMPLAINT_S, _LOOKS = 0.05, 6
"""How long ssh may take to complain; it does so before it hangs up, but by another pipe."""
_FORBIDDEN = b"administratively prohibited"
_NOT_OPENED = b"open failed"


class _Way(NamedTuple):
    """A link with a forwarded socket, and how much it had complained of before it was last asked for."""

    link: Link
    complained: int


class Tunnel:
    """The way to one socket of one host."""

    def __init__(self, remote: Remote, path: str) -> None:
        self._remote, self._path = remote, path
        self._way: _Way | None = None

    async def open(self, phase: Phase) -> str:
        """The path of a socket here that leads there. Raises CollectError when there is no connection."""
        link = await self._remote.link(phase)
        near = await link.forward(self._path)
        self._way = _Way(link, len(link.complaint))
        return near

    async def explain(self, error: CollectError) -> CollectError:
        """Why a request through it really failed: the connection, its rules, the socket there, or the engine's own."""
        way = self._way
        if way is None or error.reason not in ("reset", "refused", "missing"):
            return error
        if not way.link.alive:
            return await way.link.fault()
        host = self._remote.address.host
        complaint = await self._complaint(way)
        if _NOT_OPENED not in complaint and (complaint or not way.link.alive):
            return lost_fault(complaint, self._remote.address)
        if not complaint:
            return CollectError(f"the Docker engine on {host} hung up", reason="reset", remedy="see its log there")
        if _FORBIDDEN in complaint:
            self._remote.renew()
            return _forbidden(host, "", self._path)
        found = await self._look(way.link)
        # Membership of a group counts from the next login on.
        self._remote.renew()
        return _SAID[found](host, self._remote.address.user or "this user", self._path)

    async def close(self) -> None:
        """Need it no more."""
        await self._remote.close()

    async def _complaint(self, way: _Way) -> bytes:
        """What ssh complained of since it was last asked for the socket."""
        for _ in range(_LOOKS):
            if len(way.link.complaint) > way.complained or not way.link.alive:
                break
            await asyncio.sleep(_COMPLAINT_S)
        return way.link.complaint[way.complained :]

    async def _look(self, link: Link) -> str:
        if self._path != DEFAULT_SOCKET:
            return "unknown"
        said = (await link.run(_LOOK, 4096)).out.decode("ascii", "replace").split()
        return said[-1] if said and said[-1] in _SAID else "unknown"


def _absent(host: str, user: str, path: str) -> CollectError:
    return CollectError(
        f"no Docker socket at {path} on {host}",
        reason="missing",
        remedy=f"start the engine there, or name its socket: ssh://{host}/path/docker.sock",
    )


def _denied(host: str, user: str, path: str) -> CollectError:
    return CollectError(
        f"{user} has no permission to use the Docker socket {path} on {host}",
        reason="permission",
        remedy=f"let {user} join the group docker there: usermod -aG docker {user}",
    )


def _silent(host: str, user: str, path: str) -> CollectError:
    return CollectError(
        f"no engine listens at the Docker socket {path} on {host}",
        reason="refused",
        remedy="start the engine there (systemctl start docker)",
    )


def _forbidden(host: str, user: str, path: str) -> CollectError:
    return CollectError(
        f"{host} forbids to forward its sockets over SSH",
        reason="permission",
        remedy="set AllowStreamLocalForwarding yes (and no DisableForwarding) in its sshd_config, "
        "and no restrict for the key in authorized_keys",
    )


def _unknown(host: str, user: str, path: str) -> CollectError:
    return CollectError(
        f"{host} can't open {path}: nothing listens there, or {user} may not use it",
        reason="missing",
        remedy="correct the path in the url, start the engine, give the user the right to its socket, "
        "or set AllowStreamLocalForwarding yes in the sshd_config there",
    )


_SAID = {"absent": _absent, "denied": _denied, "silent": _silent, "forbidden": _forbidden, "unknown": _unknown}
