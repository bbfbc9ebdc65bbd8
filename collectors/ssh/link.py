"""One running ssh that has logged in: its commands and forwarded sockets share the one connection.

Why so, and not one ssh for each request: a login costs a tenth of a second and a line in the host's log, and a Docker
engine with 200 streams would need 200. `docker system dial-stdio` would need just that, and the client over there.
"""

import asyncio
import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from collectors.base import CollectError
from collectors.programs.run import Ended, Program, run, start
from collectors.ssh.address import Address
from collectors.ssh.faults import lost_fault, ssh_fault
from collectors.waits import within

OPENING_S = 15.0
"""How long a login may take in all; ssh's own limit covers only its first part."""
LAST_WORDS_S = 0.2
"""How long an ssh that has ended may take to tell why."""
_ALIVE_S, _ALIVE_TIMES = 5, 3
"""Seconds between two questions whether the host is still there, and how many may stay unanswered."""
_LONGEST_FOLDER = 60
"""Characters: a Unix socket's path has at most 107, and ssh adds 17 while it makes one."""
_MARK = b"watchfloor-is-in"
_STAY = f"exec sh -c 'echo {_MARK.decode()}; exec cat >/dev/null'"
"""Runs over there: reads its input, which ends with us in whatever way we end."""
_KEEPER = 'ssh "$@"; code=$?; rm -f -- "$0"/*; rmdir -- "$0"; exit $code'
"""Runs here around ssh, its arguments being $@: removes the sockets ($0) when ssh ends, also when we are killed."""
_OPTIONS = {
    "BatchMode": "yes",
    "ConnectionAttempts": "1",
    "ServerAliveInterval": str(_ALIVE_S),
    "ServerAliveCountMax": str(_ALIVE_TIMES),
    "ControlMaster": "yes",
    "ControlPersist": "no",
    "ClearAllForwardings": "yes",
    "PermitLocalCommand": "no",
    "RemoteCommand": "none",
    "EscapeChar": "none",
    "LogLevel": "INFO",
}


class Link:
    """A logged-in ssh. `stop` or `end` must be called whatever happened; both may be called again."""

    def __init__(self, address: Address, program: Program, folder: Path) -> None:
        self.address = address
        self._program, self._folder = program, folder
        self._numbers = itertools.count()
        self._forwards: dict[str, str] = {}
        self._users = 0
        self._retired = False

    @property
    def alive(self) -> bool:
        """Whether its ssh still runs."""
        return not self._program.exited.is_set()

    @property
    def complaint(self) -> bytes:
        """What its ssh complained of since the login."""
        return self._program.err

    @contextmanager
    def used(self) -> Iterator[None]:
        """Keep it from being stopped by `retire` meanwhile."""
        self._users += 1
        try:
            yield
        finally:
            self._users -= 1
            if self._retired and not self._users:
                self.stop()

    def retire(self) -> None:
        """Stop it as soon as nobody uses it."""
        self._retired = True
        if not self._users:
            self.stop()

    def stop(self) -> None:
        """Hang up and remove the sockets."""
        self._program.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    async def end(self) -> None:
        """Stop it and wait until its process was collected, which is soon."""
        self.stop()
        await self._program.end()

    async def run(self, command: str, limit: int) -> Ended:
        """Run a command over there; a constant, never made of anything. Raises CollectError when the link is lost."""
        with self.used():
            ended = await run([*self._through(), "--", "host", command], limit=limit)
            if ended.code == 255:
                raise await self.fault(ended.err)
        return ended

    async def forward(self, path: str) -> str:
        """The path of a socket here that leads to the socket `path` over there. Raises CollectError."""
        if path not in self._forwards:
            near = f"{self._folder}/{next(self._numbers)}.sock"
            with self.used():
                ended = await run([*self._through(), "-O", "forward", "-L", f"{near}:{path}", "--", "host"])
                if ended.code:
                    raise await self.fault(ended.err)
            self._forwards[path] = near
        return self._forwards[path]

    async def fault(self, complaint: bytes = b"") -> CollectError:
        """Why it does not work: the last words of its own ssh where that has ended, else the complaint."""
        try:
            async with asyncio.timeout(LAST_WORDS_S):
                await self._program.exited.wait()
                await self._program.silent.wait()
        except TimeoutError:
            return ssh_fault(complaint, self.address)
        return lost_fault(self.complaint, self.address)

    def _through(self) -> list[str]:
        """An ssh that goes through this link or fails: without a master it would make a connection of its own."""
        control = f"ControlPath={self._folder}/control"
        return ["ssh", "-F", "none", "-T", "-o", control, "-o", "ControlMaster=no", "-o", "ProxyCommand=false"]


async def open_link(address: Address, config_file: str, connect_s: int) -> Link:
    """Log in. Raises CollectError with what ssh said, or when it takes too long."""
    if shutil.which("ssh") is None:
        raise CollectError(
            "there is no program ssh here", reason="missing", remedy="install it (Debian: openssh-client)"
        )
    folder = _private_folder()
    options = _OPTIONS | {"ConnectTimeout": str(connect_s), "ControlPath": f"{folder}/control"}
    settings = [part for name, value in options.items() for part in ("-o", f"{name}={value}")]
    arguments = [*(["-F", config_file] if config_file else []), "-T", "-a", "-x", *settings, *address.arguments, _STAY]
    program = None
    try:
        program = await start(["sh", "-c", _KEEPER, str(folder), *arguments], keep_input=True)
        async with asyncio.timeout(OPENING_S):
            await _logged_in(program, address)
    except TimeoutError as error:
        await _give_up(program, folder)
        raise CollectError(
            f"{address.host} lets nobody in: no shell within {OPENING_S:.0f} s of login",
            reason="timeout",
            remedy=f"try it by hand: ssh {address.named}",
        ) from error
    except BaseException:
        await _give_up(program, folder)
        raise
    return Link(address, program, folder)


async def _logged_in(program: Program, address: Address) -> None:
    """Wait until our mark comes from over there, after whatever a login shell has to say first."""
    while _MARK not in program.out:
        if program.exited.is_set():
            await within(program.silent, LAST_WORDS_S)
            raise ssh_fault(program.err + b"\n" + program.out, address)
        await program.stirred.wait()
        program.stirred.clear()


async def _give_up(program: Program | None, folder: Path) -> None:
    if program is not None:
        await program.end()
    shutil.rmtree(folder, ignore_errors=True)


def _private_folder() -> Path:
    """A new folder that only we can enter, of a short name."""
    wanted = (os.environ.get("XDG_RUNTIME_DIR", ""), tempfile.gettempdir())
    for parent in wanted:
        if len(parent) < _LONGEST_FOLDER - 20 and ":" not in parent and os.access(parent or "?", os.W_OK | os.X_OK):
            return Path(tempfile.mkdtemp(prefix="watchfloor-ssh-", dir=parent))
    return Path(tempfile.mkdtemp(prefix="watchfloor-ssh-", dir="/tmp"))
