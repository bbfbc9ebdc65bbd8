"""Drills of a host that is read over SSH: its server is gone or mute, lets us in no more, or shows another key."""

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from tests.drills.drill import HEALED_S, INTERVAL_S, Drill, Fault
from tests.drills.site import TIMES, Missing, Site
from tests.parts.sshd import Sshd

Act = Callable[[Sshd], None]


@asynccontextmanager
async def _host(site: Site, name: str, inject: Act, heal: Act) -> AsyncIterator[Fault]:
    if not (shutil.which("sshd", path=os.environ["PATH"] + ":/usr/sbin") and shutil.which("ssh")):
        raise Missing("openssh-server and openssh-client")
    server = await asyncio.to_thread(Sshd, site.room(name))
    await asyncio.to_thread(server.start)
    config = f'[[host]]\nname = "{name}"\nurl = "{server.url()}"\nssh_config = "{server.config}"\n{TIMES}\n'
    try:
        yield Fault(config, lambda: asyncio.to_thread(inject, server), lambda: asyncio.to_thread(heal, server))
    finally:
        await asyncio.to_thread(server.stop)


def _lock_out(server: Sshd) -> None:
    server.lock_out()
    server.cut()


def _another_key(server: Sshd) -> None:
    server.stop()
    server.change_host_key()
    server.start()


PATIENT_S = HEALED_S + 6 * INTERVAL_S
"""What a login can't mend by itself is asked for each six intervals: who tries more often is banned for it."""


def _drill(name: str, inject: Act, heal: Act, says: str, shows: str, *, refused: bool = False) -> Drill:
    return Drill(
        name=name, shows=shows, row=f"host:{name}", says=says, part=lambda site: _host(site, name, inject, heal),
        wave="programs", healed_s=PATIENT_S if refused else HEALED_S, shared=True,
        note="asked again after six intervals" if refused else "",
    )  # fmt: skip


DRILLS = (
    _drill("ssh-down", Sshd.stop, Sshd.start, "refused the SSH connection", "that nobody listens there"),
    _drill(
        "ssh-hang", lambda server: server.signal(signal.SIGSTOP), lambda server: server.signal(signal.SIGCONT),
        "no answer within 5 s", "no answer, at the deadline",
    ),
    _drill(
        "ssh-locked-out", _lock_out, Sshd.let_in, "locked out .*accepts no key", "that it takes no key of ours",
        refused=True,
    ),
    _drill(
        "ssh-other-key", _another_key, Sshd.trust, "host key of .* HAS CHANGED", "that it may be another host",
        refused=True,
    ),
)  # fmt: skip
