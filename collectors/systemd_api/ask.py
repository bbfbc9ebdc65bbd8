"""Asks systemd through systemctl, and words what keeps us from it."""

from collections.abc import Sequence

from collectors.base import CollectError, NoData
from collectors.programs.run import Ended, run
from collectors.systemd_api.parse import MANAGER_PROPERTIES, UNIT_PROPERTIES, Block, parse_blocks
from collectors.text import clean

_LIMIT = 1024 * 1024
_ABSENT = ("has not been booted with systemd", "Host is down", "Running in chroot")
_NO_BUS = ("Failed to connect to bus", "Failed to connect to user scope bus", "$DBUS_SESSION_BUS_ADDRESS")


class Systemctl:
    """The system's manager, or with `user` that of the user whom we run as."""

    def __init__(self, user: bool) -> None:
        self._user = user
        self._start = ("systemctl", *(("--user",) if user else ()), "--no-pager", "show")

    async def manager(self) -> Block:
        """The manager's own properties. Raises NoData without systemd, CollectError when it does not answer."""
        (block, *_), _cut = await self._show(f"--property={','.join(MANAGER_PROPERTIES)}")
        return block

    async def units(self, patterns: Sequence[str]) -> tuple[list[Block], bool]:
        """Units by name or glob, each once, and whether there were more than fit. A glob finds only loaded ones."""
        return await self._units("--", *patterns)

    async def failed(self) -> tuple[list[Block], bool]:
        """The units that failed, and whether there were more than fit."""
        return await self._units("--state=failed", "--", "*")

    async def properties(self, names: Sequence[str], patterns: Sequence[str]) -> tuple[list[Block], bool]:
        """Properties of units by name or glob, `Id` among them, and whether there were more than fit."""
        blocks, cut = await self._show(f"--property={','.join(names)}", "--", *patterns)
        return list({block["Id"]: block for block in blocks if block.get("Id")}.values()), cut

    async def files(self, patterns: Sequence[str]) -> dict[str, str]:
        """Each unit that has a file, also one that nobody uses, and how it stands: "enabled", "masked", "static"."""
        ended = await run(
            (*self._start[:-1], "list-unit-files", "--plain", "--no-legend", "--", *patterns), limit=_LIMIT
        )
        # Without a match newer versions end with 1 and say nothing.
        if ended.code and ended.err.strip():
            raise self._refused(ended)
        lines = (line.split() for line in ended.out.decode("utf-8", "replace").splitlines())
        return {words[0]: words[1] for words in lines if len(words) > 1}

    async def _units(self, *arguments: str) -> tuple[list[Block], bool]:
        blocks, cut = await self._show(f"--property={','.join(UNIT_PROPERTIES)}", *arguments)
        return list({block["Id"]: block for block in blocks if block.get("Id")}.values()), cut

    async def _show(self, *arguments: str) -> tuple[list[Block], bool]:
        try:
            ended = await run((*self._start, *arguments), limit=_LIMIT)
        except CollectError as error:
            if error.reason == "missing":
                raise NoData("there is no systemd here: no systemctl") from error
            raise
        if ended.code:
            raise self._refused(ended)
        blocks = list(parse_blocks(ended.out.decode("utf-8", "replace")))
        if ended.cut:
            del blocks[-1:]
        if not blocks and "--" not in arguments:
            raise CollectError("systemctl shows nothing of its manager", reason="protocol")
        return blocks, ended.cut

    def _refused(self, ended: Ended) -> CollectError:
        said = ended.err.decode("utf-8", "replace").strip()
        if not self._user and any(words in said for words in _ABSENT):
            return NoData("this host was not booted with systemd")
        line = clean(said.split("\n")[0], 300)
        if self._user and any(words in said for words in (*_NO_BUS, *_ABSENT)):
            return CollectError(
                f"no systemd of this user answers: {line}",
                reason="refused",
                remedy="log in as that user, or keep its systemd running with: loginctl enable-linger USER",
            )
        reason = "permission" if "ermission denied" in said or "ccess denied" in said else "refused"
        return CollectError(f"systemd does not answer: {line or f'systemctl ended with {ended.code}'}", reason=reason)
