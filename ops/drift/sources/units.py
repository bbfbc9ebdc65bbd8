"""Units of systemd: whether each starts at boot, whether it runs, and what its files say."""

import os
from collections.abc import Callable, Mapping, Sequence

from collectors.base import CollectError, NoData
from collectors.systemd import SystemdConfig
from collectors.systemd_api.ask import Systemctl
from collectors.systemd_api.parse import Block
from collectors.threads import DaemonPool
from ops.drift.base import Place, Source
from ops.drift.named import raw_name, safe_name
from ops.drift.structs import Difference, Item, Value
from ops.drift.system.unit_facts import PROPERTIES, files, is_passing, state

_POOL = DaemonPool(1, name="drift-units")
_TEXT_LIMIT = 256 * 1024
_AT_ONCE = 200
"""Names in one call of systemctl: its answer must fit."""


class UnitsSource(Source):
    """The system's own units, and those of the users' systemd that a `[[systemd]]` with `user = true` names.

    What comes and goes by itself (sessions, instances that something starts) is left out; whether a unit runs that
    another one starts is not agreed upon.
    """

    name = "units"
    title = "units of systemd"
    group = "system"

    async def capture(self, place: Place) -> Sequence[Item]:
        """One item for each unit. Raises NoData without systemd, and CollectError."""
        configs = (spec.config for spec in place.targets("systemd"))
        users = [config for config in configs if isinstance(config, SystemdConfig) and config.user]
        found = list[Item]()
        try:
            if not place.only or "/" not in place.only:
                found += await _units(place, "", False, place.drift.units)
        except NoData:
            if not users:
                raise
        for config in users:
            found += await _user_units(place, safe_name(config.name), config.units or place.drift.units)
        return found

    def by_hand(self, difference: Difference) -> str:
        """By what differs."""
        unit = raw_name(difference.place.item)
        if difference.kind == "removed":
            return f"put the file of {unit} back, then: systemctl daemon-reload"
        if difference.kind == "added":
            return f"look who brought {unit} (systemctl cat), and disable it where nobody meant it"
        if difference.place.fact in ("definition", "files"):
            return f"put the files of {unit} back (systemctl cat shows them), then: systemctl daemon-reload"
        return f"look at it with: systemctl status {unit}"


async def _user_units(place: Place, name: str, globs: Sequence[str]) -> list[Item]:
    if place.only and not place.only.startswith(f"{name}/"):
        return []
    try:
        return await _units(place, f"{name}/", True, globs)
    except CollectError as error:
        return [Item(name=name, unreadable={"": error.message})]


async def _units(place: Place, prefix: str, user: bool, globs: Sequence[str]) -> list[Item]:
    systemctl = Systemctl(user)
    wanted = (raw_name(place.only.removeprefix(prefix)),) if place.only else tuple(globs)
    await systemctl.manager()
    listed = await systemctl.files(wanted)
    loaded, _ = await systemctl.properties(("Id",), wanted)
    names = sorted({*listed, *(block["Id"] for block in loaded)})
    names = [name for name in names if listed.get(name) != "alias" and "@." not in name]
    blocks: dict[str, Block] = {}
    for start in range(0, len(names), _AT_ONCE):
        found, cut = await systemctl.properties(PROPERTIES, names[start : start + _AT_ONCE])
        if cut:
            raise CollectError("systemctl tells more of the units than can be taken", reason="limit")
        blocks |= {block["Id"]: block for block in found}
        place.tell(min(1.0, (start + _AT_ONCE) / len(names)))
    chosen = {name: blocks[name] for name in names if name in blocks and not is_passing(name, blocks[name])}
    return await _POOL.run(_items, prefix, chosen, listed, place.digest)


def _items(
    prefix: str, blocks: Mapping[str, Block], listed: Mapping[str, str], digest: Callable[[str, str], str]
) -> list[Item]:
    """In a thread: files are read."""
    found = []
    for name, block in blocks.items():
        if block.get("LoadState") == "not-found" and name not in listed:
            continue
        facts: dict[str, Value] = {"state": state(block), "load": safe_name(block.get("LoadState", ""))}
        enabled = listed.get(name) or block.get("UnitFileState", "")
        if enabled:
            facts["enabled"] = safe_name(enabled)
        made_of = files(block)
        facts["files"] = tuple(safe_name(path) for path in made_of)
        said, why = _definition(made_of, digest)
        unreadable = {"definition": why} if why else {}
        found.append(Item(name=prefix + safe_name(name), facts=facts | said, unreadable=unreadable))
    return found


def _definition(paths: Sequence[str], digest: Callable[[str, str], str]) -> tuple[dict[str, Value], str]:
    """A digest of what its files say, since secrets may stand in there (Environment=); or why it can't be read."""
    texts = []
    for path in paths:
        try:
            held = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
            try:
                texts.append(os.read(held, _TEXT_LIMIT).decode("utf-8", "surrogateescape"))
            finally:
                os.close(held)
        except OSError as error:
            return {}, f"{path}: {(error.strerror or str(error)).lower()}"
    return ({"definition": digest("definition", "\n".join(texts))}, "") if texts else ({}, "")
