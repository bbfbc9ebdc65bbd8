"""What a service tells systemd (sd_notify(3)), and the unit that runs `watchfloor monitor`."""

import os
import socket
from collections.abc import MutableMapping, Sequence
from contextlib import suppress

import msgspec

WATCHDOG_S = 30
_LAST = 65536


class Manager:
    """The systemd that runs this process, if one does; else nobody hears what is told."""

    def __init__(self, environ: MutableMapping[str, str]) -> None:
        """Take the address out of the environment, so that programs which are started don't speak for us."""
        address = environ.pop("NOTIFY_SOCKET", "")
        pause, pid = environ.pop("WATCHDOG_USEC", ""), environ.pop("WATCHDOG_PID", "")
        self._address = "\0" + address[1:] if address.startswith("@") else address
        ours = pid in ("", str(os.getpid()))
        self.every_s = int(pause) / 2e6 if address and ours and pause.isdigit() else 0.0
        """How often it wants to hear that we live: half of the time after which it ends us; 0: never."""

    def tell(self, *lines: str) -> None:
        """Tell it something ("READY=1"). One that does not listen is nothing that a service could mend."""
        if not self._address:
            return
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as line:
            line.sendto("\n".join(lines).encode()[:_LAST], self._address)


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """What the unit of a monitor depends on."""

    name: str
    """The floor's."""
    command: Sequence[str]
    folder: str
    """The config's: where the monitor works."""
    user: str = ""
    """"" is root."""
    environment: Sequence[tuple[str, str]] = ()

    @property
    def text(self) -> str:
        """The unit file (systemd.service(5)).

        A config that is wrong is not tried again; a floor or monitor that leads already is waited for. Jobs outlive
        the monitor that began them, and so does KillMode=process let them.
        """
        quoted = " ".join(_argument(word) for word in self.command)
        settings = [f"Environment={_quoted(f'{name}={value}')}" for name, value in self.environment]
        user = [f"User={_escaped(self.user)}"] if self.user else []
        return "\n".join(
            (
                "[Unit]",
                f"Description=watchfloor monitor of {_escaped(self.name)}",
                "Wants=network-online.target",
                "After=network-online.target",
                "StartLimitIntervalSec=0",
                "",
                "[Service]",
                "Type=notify",
                f"ExecStart={quoted}",
                "ExecReload=/bin/kill -HUP $MAINPID",
                f"WorkingDirectory={_escaped(self.folder)}",
                *user,
                *settings,
                "# Secrets that the config names as variables, one NAME=value a line; the file may be missing.",
                f"EnvironmentFile=-{_escaped(self.folder)}/watchfloor.env",
                f"WatchdogSec={WATCHDOG_S}",
                "Restart=always",
                "RestartSec=5",
                "RestartPreventExitStatus=64 78",
                "KillMode=process",
                "TimeoutStopSec=15",
                "",
                "[Install]",
                "WantedBy=multi-user.target",
                "",
            )
        )


def _escaped(text: str) -> str:
    return text.replace("%", "%%")


def _quoted(text: str) -> str:
    return '"' + _escaped(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _argument(word: str) -> str:
    return _quoted(word).replace("$", "$$")
