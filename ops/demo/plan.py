"""What one shop consists of: its services and what each of them needs, its paths, its ports, its secrets."""

import json
import random
import secrets
import socket
from pathlib import Path
from typing import NamedTuple

HOST = "127.0.0.1"
SERVICES = ("web", "checkout", "catalog", "payments")
NEEDS = {"web": ("checkout",), "checkout": ("catalog", "payments"), "catalog": (), "payments": ()}
"""The services that a service calls."""
WORKERS = ("worker", "load")
QUEUE = "emails"
STREAM = "orders"
GROUP = "shipping"
BACKUP_KEY = "backup"
_LOGINS = ("admin", "shop", "watch", "redis")
_PORTS = range(20_000, 32_000)
"""Below Linux's range for outgoing connections, so that nothing takes the port of a part that is down for a while."""


class Plan(NamedTuple):
    """One shop. Its processes read it from a file of mode 600; only the supervisor writes it."""

    directory: str
    ports: dict[str, int]
    """By service name, and "postgres" and "redis"."""
    passwords: dict[str, str]
    """By who logs in: "admin", "shop" and "watch" into PostgreSQL, "redis" into Redis; and the key of the backups."""

    def __repr__(self) -> str:
        return f"Plan({self.directory!r})"

    def private(self, *names: str) -> Path:
        """A path below the folder that is closed to everybody else."""
        return private(Path(self.directory), *names)

    def mode_file(self, service: str) -> Path:
        """Where a service reads how to misbehave: "slow 1.2", "errors" or "hang"; missing = not at all."""
        return self.private("mode", service)

    def pid_file(self, part: str) -> Path:
        """Where the process id of a part stands."""
        return self.private("run", f"{part}.pid")

    @property
    def history(self) -> Path:
        """The folder of what the floor remembers of this shop; it ends with it."""
        return self.private("history")

    @property
    def backups(self) -> Path:
        """The folder that its backups are kept in; it ends with the shop."""
        return self.private("backups")

    def log_file(self, part: str) -> Path:
        """What a part wrote."""
        return self.private("log", f"{part}.log")

    def password_file(self, who: str) -> Path:
        """One secret alone in a file of mode 600, for the generated config."""
        return self.private("secrets", who)


def private(directory: Path, *names: str) -> Path:
    """A path below the folder of a shop that is closed to everybody else."""
    return directory.joinpath("private", *names)


def free_ports(names: tuple[str, ...]) -> dict[str, int]:
    """Find a port on loopback for each name, all different. Raises OSError when hardly any is free."""
    held: dict[str, socket.socket] = {}
    try:
        for name in names:
            held[name] = _hold_any()
        return {name: holder.getsockname()[1] for name, holder in held.items()}
    finally:
        for holder in held.values():
            holder.close()


def _hold_any() -> socket.socket:
    for port in random.SystemRandom().sample(_PORTS, 200):
        holder = socket.socket()
        try:
            holder.bind((HOST, port))
        except OSError:
            holder.close()
        else:
            return holder
    raise OSError("no free port on loopback among 200 tried")


def write_plan(directory: Path) -> Plan:
    """Choose ports and secrets for a shop in an existing, empty directory, make its folders and write it all down."""
    plan = Plan(
        str(directory),
        free_ports((*SERVICES, "postgres", "redis")),
        {who: secrets.token_hex(12) for who in ("admin", "shop", "watch", "redis")}
        | {BACKUP_KEY: secrets.token_hex(32)},
    )
    for folder in ("mode", "run", "log", "secrets"):
        plan.private(folder).mkdir(mode=0o700, parents=True)
    plan.private().chmod(0o700)
    for who, password in plan.passwords.items():
        write_closed(plan.password_file(who), password)
    write_closed(plan.private("plan.json"), json.dumps(plan._asdict()))
    return plan


def read_plan(directory: Path) -> Plan:
    """Read what `write_plan` wrote. Raises OSError without it."""
    return Plan(**json.loads(private(directory, "plan.json").read_text()))


def write_closed(path: Path, text: str) -> None:
    """Write a file that only we can read."""
    path.touch(mode=0o600)
    path.write_text(text)
