"""Who waits for connections on this machine: reads Linux's tables of sockets, and the processes that hold them."""

import os
import pwd
from collections.abc import Iterable, Iterator, Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address
from socket import ntohl
from struct import pack
from typing import NamedTuple

from collectors.linux import procfs
from ops.drift.named import safe_name

TABLES: Mapping[str, str] = {"tcp": "tcp", "tcp6": "tcp", "udp": "udp", "udp6": "udp"}
"""Files of /proc/net, with the protocol that they are of."""
_LIMIT = 8 * 2**20
_WAITING = {"tcp": "0A", "udp": "07"}
"""The state of a socket that waits for anybody (include/net/tcp_states.h): LISTEN, and for UDP CLOSE."""
_PASSING = (32768, 60999)
"""Ports that a client is given for its questions where ip_local_port_range can't be read."""


class Socket(NamedTuple):
    """One socket that waits."""

    protocol: str
    address: str
    port: int
    uid: int
    inode: str

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach it."""
        return ip_address(self.address).is_loopback

    @property
    def name(self) -> str:
        """ "tcp/0.0.0.0:80"."""
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"{self.protocol}/{host}:{self.port}"


def parse(text: str, protocol: str) -> Iterator[Socket]:
    """The waiting sockets of a table as proc_net_tcp(5) tells it; a line that is none is left out."""
    for line in text.splitlines()[1:]:
        fields = line.split()
        if len(fields) < 10 or fields[3] != _WAITING[protocol]:
            continue
        address, _, port = fields[1].partition(":")
        try:
            yield Socket(protocol, _address(address), int(port, 16), int(fields[7]), fields[9])
        except ValueError:
            continue


def _address(hexadecimal: str) -> str:
    """Each 32 bits are written in the machine's own order. Raises ValueError."""
    words = [int(hexadecimal[start : start + 8], 16) for start in range(0, len(hexadecimal), 8)]
    raw = b"".join(pack("!I", ntohl(word)) for word in words)
    return str(IPv4Address(raw) if len(raw) == 4 else IPv6Address(raw))


def waiting(root: str) -> list[Socket]:
    """All that wait for anybody on a port that somebody chose. Raises OSError without a procfs.

    From the range that clients are given the kernel chooses anew each time: what waits there by UDP, or for this
    machine alone, has another port after each start.
    """
    first, last = passing_ports(root)
    found = list[Socket]()
    for table, protocol in TABLES.items():
        text = procfs.read(f"{root}/net/{table}", _LIMIT)
        if text is None and table == "tcp":
            raise FileNotFoundError(f"{root}/net/{table}")
        found += parse((text or b"").decode("ascii", "replace"), protocol)
    return [one for one in found if not first <= one.port <= last or (one.protocol == "tcp" and not one.is_local)]


def passing_ports(root: str) -> tuple[int, int]:
    """First and last port that clients are given."""
    words = (procfs.read(f"{root}/sys/net/ipv4/ip_local_port_range") or b"").split()
    return (int(words[0]), int(words[1])) if len(words) == 2 else _PASSING


def holders(root: str, inodes: Iterable[str]) -> dict[str, set[str]]:
    """Names of the programs that hold each socket, as far as we may see them."""
    wanted = {f"socket:[{inode}]": inode for inode in inodes}
    found: dict[str, set[str]] = {}
    for pid in procfs.pids(root):
        for link in _links(f"{root}/{pid}/fd"):
            inode = wanted.get(link)
            if inode is not None:
                found.setdefault(inode, set()).add(_program(root, pid))
    return found


def _links(folder: str) -> Iterator[str]:
    try:
        names = os.listdir(folder)
    except OSError:
        return
    for name in names:
        try:
            yield os.readlink(f"{folder}/{name}")
        except OSError:
            continue


def _program(root: str, pid: int) -> str:
    return safe_name((procfs.read(f"{root}/{pid}/comm") or b"unknown").rstrip(b"\n"))


def user(uid: int) -> str:
    """The account's name; its number where it has none."""
    try:
        return safe_name(pwd.getpwuid(uid).pw_name)
    except KeyError:
        return str(uid)
