"""Says in one sentence, with a remedy, why ssh did not get in or was thrown out; pure, from what it complained of."""

import re
from collections.abc import Callable
from typing import NamedTuple

from collectors.base import CollectError
from collectors.ssh.address import Address
from collectors.text import clean

_METHODS = re.compile(r"Permission denied \(([a-z0-9,-]*)\)")
_FINGERPRINT = re.compile(r"\bSHA256:[A-Za-z0-9+/=]{20,}")


class _Rule(NamedTuple):
    """What ssh writes (any of the texts), and what that means."""

    written: tuple[str, ...]
    reason: str
    sentence: str
    remedy: str
    retry: bool = True


_LOOK = "check the host, its sshd and what filters between"
_RULES = (
    _Rule(
        ("No ED25519 host key is known", "host key is known for", "Host key verification failed"),
        "auth",
        "the host key of {host} is not known here, so nobody can say that it is {host}",
        "log in once by hand (ssh {named}) and compare the fingerprint with the one that the host's owner tells",
        retry=False,
    ),
    _Rule(
        ("Could not resolve hostname",),
        "dns",
        "the name {host} does not resolve",
        "correct the url, or the name's record in the DNS or in the ssh config",
    ),
    _Rule(
        ("timed out during banner exchange", "banner exchange: Connection to"),
        "timeout",
        "{host} takes connections but says nothing over SSH",
        "its sshd may hang or be overloaded; look at it there",
    ),
    _Rule(("Connection timed out", "Operation timed out"), "timeout", "{host} did not answer over SSH", _LOOK),
    _Rule(
        ("Connection refused",),
        "refused",
        "{host} refused the SSH connection",
        "start its sshd (systemctl start ssh), or correct the port in the url",
    ),
    _Rule(
        ("No route to host", "Network is unreachable", "Host is down"),
        "refused",
        "there is no route to {host}",
        "check the network and the host",
    ),
    _Rule(
        ("Too many authentication failures",),
        "auth",
        "{host} was offered too many keys before the right one",
        "name the one key: IdentityFile and IdentitiesOnly yes for {host} in the ssh config",
        retry=False,
    ),
    _Rule(
        ("invalid characters", "invalid format", "Protocol mismatch", "Bad packet length", "line too long"),
        "protocol",
        "what answers at {host} does not speak SSH",
        "check the port in the url",
    ),
    _Rule(
        ("no matching ", "Unable to negotiate"),
        "protocol",
        "{host} has no way of encryption in common with the ssh here",
        "update the older of both, or allow its algorithms in the ssh config",
        retry=False,
    ),
    _Rule(
        ("Bad configuration option", "Can't open user config file", "Bad owner or permissions", "terminating,"),
        "permission",
        "the ssh config here can't be used",
        "correct it: `ssh -G {host}` tells what is wrong",
        retry=False,
    ),
    _Rule(
        ("Session open refused", "session request failed"),
        "limit",
        "{host} allows no further session over one SSH connection",
        "raise MaxSessions in its sshd_config to 3 or more",
    ),
    _Rule(
        ("kex_exchange_identification", "Connection closed by", "Connection reset by"),
        "reset",
        "{host} hung up before anybody could log in over SSH",
        "its sshd may be overloaded (MaxStartups), or something blocks this address; see its log",
    ),
)


def ssh_fault(complaint: bytes, address: Address) -> CollectError:
    """Name why ssh ended, from its standard error; where that is nothing known, its last line is told, cleaned."""
    text = complaint.decode("utf-8", "replace")
    if "REMOTE HOST IDENTIFICATION HAS CHANGED" in text:
        return _changed_key(text, address)
    methods = _METHODS.search(text)
    if methods:
        return _not_let_in(methods[1].split(","), address)
    for rule in _RULES:
        if any(written in text for written in rule.written):
            fill: Callable[[str], str] = lambda words: words.format(host=address.host, named=address.named)  # noqa: E731
            return CollectError(fill(rule.sentence), reason=rule.reason, remedy=fill(rule.remedy), retry=rule.retry)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    said = f": {clean(lines[-1])}" if lines else ""
    return CollectError(
        f"ssh did not get a shell on {address.host}{said}",
        reason="error",
        remedy=f"try it by hand: ssh {address.named}; the account needs a shell that runs commands",
    )


def lost_fault(complaint: bytes, address: Address) -> CollectError:
    """Name why a connection that had logged in ended."""
    if b"not responding" in complaint:
        return CollectError(f"{address.host} fell silent over SSH", reason="timeout", remedy=_LOOK)
    return CollectError(f"the SSH connection to {address.host} broke", reason="reset", remedy=_LOOK)


def _changed_key(text: str, address: Address) -> CollectError:
    found = _FINGERPRINT.search(text)
    shown = f" (it shows {found[0]})" if found else ""
    return CollectError(
        f"the host key of {address.host} HAS CHANGED{shown}: another machine may pose as it, so nothing is read",
        reason="auth",
        remedy=f"ask its owner whether the key was renewed and compare the fingerprint; only then remove the old one: "
        f"ssh-keygen -R {_known_as(address)}",
        retry=False,
    )


def _known_as(address: Address) -> str:
    return f"'[{address.host}]:{address.port}'" if address.port not in (0, 22) else address.host


def _not_let_in(methods: list[str], address: Address) -> CollectError:
    who = address.user or "this user"
    asks = " and would ask for a password" if {"password", "keyboard-interactive"} & set(methods) else ""
    return CollectError(
        f"{address.host} accepts no key that we have for {who}{asks}",
        reason="auth",
        remedy=f"ssh-copy-id {address.named}; or load the right key into the agent (ssh-add), "
        "or name it as IdentityFile in the ssh config",
        retry=False,
    )
