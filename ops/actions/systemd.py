"""What the actions on systemd's units share: who may be named, systemctl's words, and how a unit is now."""

import os
import re
from collections.abc import Mapping

from collectors.base import NoData
from collectors.systemd import SystemdConfig
from collectors.systemd_api.ask import Systemctl
from collectors.systemd_api.parse import Block
from collectors.text import clean
from ops.actions.base import Case
from ops.actions.errors import ActionError, Refused
from ops.board import Row
from ops.config.structs import Config
from ops.runner.base import Runner
from ops.runner.calls import Program

KIND = "systemd.unit"
_NAME = re.compile(r"[A-Za-z0-9:_.\\@-]{1,255}")
"""systemd.unit(5); no globs, since systemctl would act on all that match."""
_RESTARTABLE = (".service", ".socket", ".timer", ".path")
"""Others are mounts, devices and groups of units: restarting one of those takes more with it than its name says."""
_BUS = ("DBUS_SESSION_BUS_ADDRESS",)
_JOB_S = 240.0
"""A stop and a start at systemd's own limits of 90 s each, and room."""
_ACTIVE_S = 30.0


def restartable(row: Row) -> bool:
    """Whether it is a unit that can be started again without more than itself."""
    return row.key.endswith(_RESTARTABLE) and row.facts.get("load") == "loaded" and row.word != "gone"


class UnitCall:
    """What is called on one unit. Making it raises Refused for what is no unit's name."""

    def __init__(self, name: str, user: bool) -> None:
        if not _NAME.fullmatch(name):
            raise Refused(f"{clean(name)!r} is no name of a unit", "choose the row again", reason="missing")
        self.name = name
        self._user = user

    @classmethod
    def of(cls, config: Config, item: str) -> "UnitCall":
        """The unit of an item of drift: "own/app.service" of the `[[systemd]]` called "own", else the system's."""
        from ops.drift.named import raw_name

        target, slash, name = item.partition("/")
        named = next((spec.config for spec in config.targets if spec.id == f"systemd:{raw_name(target)}"), None)
        user = bool(slash) and isinstance(named, SystemdConfig) and named.user
        return cls(raw_name(name if user else item), user)

    def call(self, verb: str) -> Program:
        """`systemctl restart -- unit`, which asks nobody for a password and waits for its end."""
        user = ("--user",) if self._user else ()
        argv = ("systemctl", *user, "--no-ask-password", verb, "--", self.name)
        return Program(argv=argv, environment=_bus() if self._user else {}, timeout_s=_JOB_S)


class Unit(UnitCall):
    """The unit of a case's row. Making it raises Refused for what is no unit's name."""

    def __init__(self, case: Case) -> None:
        config = case.spec.config
        super().__init__(case.row.key, isinstance(config, SystemdConfig) and config.user)
        self._systemctl = Systemctl(self._user)

    async def read(self, runner: Runner) -> Block:
        """Its properties, relied on as far as it is there. Raises Refused where it is not, and CollectError."""
        block = await self._block()
        load = block.get("LoadState", "not-found")
        runner.rely(f"unit {self.name}", load)
        if load != "loaded":
            raise Refused(
                f"unit {self.name} is {clean(load)}, not loaded",
                "systemctl unmask it first" if load == "masked" else "put its file right, then systemctl daemon-reload",
                reason="missing",
            )
        return block

    async def active(self, runner: Runner) -> None:
        """Wait until it is active. Raises ActionError at once when it failed."""
        await runner.until(f"{self.name} is active", _ACTIVE_S, self._look)

    async def _look(self) -> str:
        block = await self._block()
        state, result = block.get("ActiveState", ""), block.get("Result", "")
        if state == "active" or (state == "inactive" and block.get("Type") == "oneshot" and result == "success"):
            return ""
        if state == "failed":
            raise ActionError(
                f"{self.name} failed again: {clean(result) or 'no result'}",
                f"read what it says: journalctl{' --user' if self._user else ''} --unit {self.name}",
            )
        return f"it is {clean(state) or 'not known'} ({clean(block.get('SubState', '')) or 'no more is known'})"

    async def _block(self) -> Block:
        try:
            blocks, _ = await self._systemctl.units((self.name,))
        except NoData as error:
            raise Refused(error.message, "act where systemd runs", reason="missing") from error
        return next((block for block in blocks if block.get("Id") == self.name), {})


def _bus() -> Mapping[str, str]:
    """Where a user's systemd is reached, beside XDG_RUNTIME_DIR."""
    return {name: os.environ[name] for name in _BUS if os.environ.get(name)}
