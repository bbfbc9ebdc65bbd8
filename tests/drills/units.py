"""Drill of systemd: a unit whose process was killed."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager

from tests.drills.drill import Drill, Fault
from tests.drills.site import TIMES, Missing, Site, root_needed, until_true
from tests.parts.systemd import MANAGER, Systemctl, user_systemd

UNIT = "app-one.service"


@asynccontextmanager
async def _unit(site: Site) -> AsyncIterator[Fault]:
    root_needed("a systemd in a namespace of its own")
    if not (MANAGER.exists() and shutil.which("systemctl")):
        raise Missing("systemd, with systemctl")
    stack = ExitStack()
    systemctl = await asyncio.to_thread(stack.enter_context, user_systemd(site.room("unit-killed")))
    site.environment["XDG_RUNTIME_DIR"] = systemctl.environment["XDG_RUNTIME_DIR"]

    async def start() -> None:
        await asyncio.to_thread(systemctl, "reset-failed")
        await asyncio.to_thread(systemctl, "start", UNIT)
        await _until(systemctl, "active")

    async def kill() -> None:
        await asyncio.to_thread(systemctl, "kill", "--signal=KILL", UNIT)
        await _until(systemctl, "failed")

    config = f'[[systemd]]\nname = "unit-killed"\nuser = true\nunits = ["app-*.service"]\n{TIMES}\n'
    try:
        await start()
        yield Fault(config, kill, start)
    finally:
        await asyncio.to_thread(stack.close)


async def _until(systemctl: Systemctl, state: str) -> None:
    async def so() -> bool:
        return await asyncio.to_thread(systemctl.show, UNIT, "ActiveState") == state

    await until_true(so, f"{UNIT} is {state}")


DRILLS = (
    Drill(
        name="unit-killed", shows="which unit, and by which signal", row=f"systemd.unit:unit-killed/{UNIT}",
        says="failed: its main process was killed, ended by SIGKILL", part=_unit, wave="programs",
    ),
)  # fmt: skip
