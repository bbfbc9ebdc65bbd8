"""Effects as data: each call says what it does to what, and can be shown exactly as it will be made.

Calls name configured targets, never addresses or secrets: whoever makes the call looks those up in the config. So a
call can be shown, stored and put on record as it is; `told` masks what is marked as secret.
"""

import shlex
from collections.abc import Iterator, Mapping
from typing import Literal

import msgspec


class Call(msgspec.Struct, frozen=True, kw_only=True, tag_field="call"):
    """One effect on something outside."""

    timeout_s: float = 30.0

    @property
    def told(self) -> str:
        """The exact call in one line, sanitized by whoever shows it."""
        raise NotImplementedError


class Program(Call, frozen=True, kw_only=True, tag="program"):
    """Start a program: arguments, never a shell's line. Its output streams to the job; other codes than `good` fail."""

    argv: tuple[str, ...]
    folder: str = ""
    environment: Mapping[str, str] = {}
    """Beside the minimal one; no secrets."""
    good: tuple[int, ...] = (0,)

    @property
    def told(self) -> str:
        """As one would type it."""
        return shlex.join(self.argv) + (f"   (in {self.folder})" if self.folder else "")


class Docker(Call, frozen=True, kw_only=True, tag="docker"):
    """A request to the API of a configured engine (`[[docker]]`, `[[swarm]]`, `[[host]]` with an engine)."""

    target: str
    """Target id: "docker:local"."""
    method: Literal["POST", "DELETE", "PUT"]
    path: str
    """Without the version: "/containers/3f2a…/restart"; parts of it are percent-encoded by the caller of `quote`."""
    query: Mapping[str, str] = {}
    body: msgspec.Raw | None = None
    """JSON."""
    shown: str = ""
    """What to show in place of the body, where that is long or holds secrets (a container's environment)."""

    @property
    def told(self) -> str:
        """Method, path and query, and what the body says."""
        query = "&".join(f"{key}={value}" for key, value in self.query.items())
        body = self.shown or (bytes(self.body).decode() if self.body is not None else "")
        return f"{self.method} {self.path}{'?' + query if query else ''} {body}".rstrip() + f"   ({self.target})"


class Sql(Call, frozen=True, kw_only=True, tag="sql"):
    """One statement to a configured PostgreSQL, with parameters beside it, never inside it."""

    target: str
    statement: str
    parameters: tuple[str | int | float | None, ...] = ()

    @property
    def told(self) -> str:
        """The statement, then its parameters."""
        values = ", ".join(repr(value) for value in self.parameters)
        return f"{self.statement}{'   with ' + values if values else ''}   ({self.target})"


class Redis(Call, frozen=True, kw_only=True, tag="redis"):
    """Commands to a configured Redis, in one go."""

    target: str
    commands: tuple[tuple[str | bytes, ...], ...]
    shown: str = ""
    """What to show where the commands are many: "UNLINK of 500 keys such as session:1"."""

    @property
    def told(self) -> str:
        """The commands as in redis-cli."""
        lines = "; ".join(" ".join(_word(word) for word in command) for command in self.commands)
        return f"{self.shown or lines}   ({self.target})"


class Memcached(Call, frozen=True, kw_only=True, tag="memcached"):
    """One line of the text protocol to a configured memcached."""

    target: str
    line: str

    @property
    def told(self) -> str:
        """The line."""
        return f"{self.line}   ({self.target})"


class Rabbitmq(Call, frozen=True, kw_only=True, tag="rabbitmq"):
    """A request to the management API of a configured RabbitMQ."""

    target: str
    method: Literal["POST", "DELETE", "PUT"]
    path: str
    """Below the API: "/queues/%2F/orders/contents"; parts of it are percent-encoded by the caller of `quote`."""
    reason: str = ""
    """Told to the client whose connection is closed."""
    body: msgspec.Raw | None = None
    """JSON, without secrets."""

    @property
    def told(self) -> str:
        """Method, path, and what the body says."""
        body = f" {bytes(self.body).decode()}" if self.body is not None else ""
        return f"{self.method} {self.path}{body}   ({self.target})"


class Http(Call, frozen=True, kw_only=True, tag="http"):
    """A request to a hook of the config's own; no redirect is followed, a status of 400 and more fails."""

    fix: str
    """The `[[fix]]` with the url, headers and secrets."""
    method: str
    url: str
    body: str = ""

    @property
    def told(self) -> str:
        """Method, url and body."""
        return f"{self.method} {self.url} {self.body}".rstrip()


class Signal(Call, frozen=True, kw_only=True, tag="signal"):
    """A signal to one process, which must still be the same: its start is looked at again right before."""

    pid: int
    started: str
    """Clock ticks since boot from /proc/<pid>/stat, as text."""
    signal: str
    """"TERM"."""
    proc: str = "/proc"

    @property
    def told(self) -> str:
        """As one would type it."""
        return f"kill -{self.signal} {self.pid}   (the one that started at tick {self.started})"


class File(Call, frozen=True, kw_only=True, tag="file"):
    """Change one file, link or folder of this host, followed through no link.

    What "write", "link" and "aside" replace or take away is kept in the floor's own folder.
    """

    path: str
    how: Literal["truncate", "rotate", "write", "link", "folder", "mode", "owner", "aside"]
    text: str = ""
    """What is written, or where the link leads; no secrets."""
    mode: str = ""
    """As in chmod: "0644"."""
    owner: str = ""
    group: str = ""
    expect: str = ""
    """SHA-256 of what must be in it right now, of a link of where it leads; "" where nothing may be there."""

    @property
    def told(self) -> str:
        """What becomes of which file."""
        if self.how == "write":
            text = self.text.encode("utf-8", "surrogateescape")
            return f"write {self.path} anew: {len(text)} bytes, {self.mode} {self.owner}:{self.group}"
        words = {
            "link": f"ln --symbolic -- {shlex.quote(self.text)} {shlex.quote(self.path)}",
            "folder": f"mkdir --mode={self.mode} -- {shlex.quote(self.path)}   (for {self.owner}:{self.group})",
            "mode": f"chmod {self.mode} -- {shlex.quote(self.path)}",
            "owner": f"chown {self.owner}:{self.group} -- {shlex.quote(self.path)}",
            "aside": f"move {self.path} away; what is in it is kept",
        }
        return words.get(self.how, f"{self.how} {self.path}")


class Amqp(Call, frozen=True, kw_only=True, tag="amqp"):
    """Move messages from one queue to others: each is published with confirmation, then acknowledged."""

    target: str
    vhost: str
    queue: str
    to: str
    """The queue that all go to; "" with `back`."""
    most: int
    back: bool = False
    """Each to the queue that it died in first, as its header x-death says, and nowhere else."""

    @property
    def told(self) -> str:
        """From where to where, how many."""
        to = "the queues that they died in" if self.back else repr(self.to)
        return f"move up to {self.most} messages from {self.queue!r} to {to}   ({self.target} {self.vhost})"


class Backup(Call, frozen=True, kw_only=True, tag="backup"):
    """Take, prove, restore or delete backups of one `[[backup]]`, by the engine of backups."""

    timeout_s: float = 86_400.0
    set: str
    """Name of the `[[backup]]`."""
    how: Literal["run", "verify", "drill", "restore", "prune", "delete"]
    backup: str = ""
    """Exact id; "" for run and prune, or where there is none yet: then the newest is meant."""
    params: Mapping[str, str] = {}
    """run: "due" ("daily weekly") and "why"; verify: "fraction" ("2/7"); prune: "agreed", which go (as
    `keeping.going` has it); restore: "to", "only" (as `names_of` reads it), "empty" and "safety" ("yes", "no"); all
    others are a kind's own."""

    @property
    def told(self) -> str:
        """As one would type it."""
        words = ["watchfloor", "backup", self.how, self.set, *filter(None, (self.backup,))]
        due = self.params.get("due", "")
        return shlex.join((*words, *self._options())) + (f"   (due: {due})" if due else "")

    def _options(self) -> Iterator[str]:
        for name, value in self.params.items():
            if name in ("empty", "safety"):
                if (name, value) in (("empty", "yes"), ("safety", "no")):
                    yield "--over" if name == "empty" else "--no-safety"
            elif value and name not in ("due", "why", "agreed"):
                yield from (f"--{name}", value)


AnyCall = Program | Docker | Sql | Redis | Memcached | Rabbitmq | Http | Signal | File | Amqp | Backup


def _word(word: str | bytes) -> str:
    text = word.decode("utf-8", "backslashreplace") if isinstance(word, bytes) else word
    return text if text and text.isprintable() and " " not in text else repr(text)
