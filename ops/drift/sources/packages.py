"""Packages: those of Debian's dpkg, and those of Python that pip and its like installed for the whole machine."""

import asyncio
import os
from collections.abc import Sequence

from collectors.base import CollectError, NoData
from collectors.programs.run import run
from collectors.threads import DaemonPool
from ops.drift.base import Place, Source
from ops.drift.named import raw_name
from ops.drift.structs import Difference, Item
from ops.drift.system.installed import DPKG_FORMAT, PYTHON_SCRIPT, parse_dpkg, parse_python

PYTHONS = ("/usr/bin/python3", "/usr/local/bin/python3")
"""Those whose packages are the machine's; which one PATH means depends on who asks."""
_LIMIT = 8 * 2**20
_POOL = DaemonPool(1, name="drift-packages")


class PackagesSource(Source):
    """Names and versions. What Debian's own packages bring for Python is listed with dpkg alone."""

    name = "packages"
    title = "packages of the system and of Python"
    group = "system"

    def __init__(self, pythons: Sequence[str] = PYTHONS) -> None:
        self._pythons = pythons

    async def capture(self, place: Place) -> Sequence[Item]:
        """One item for each package. Raises NoData where there is neither, and CollectError."""
        pythons = await _POOL.run(_distinct, self._pythons)
        results = await asyncio.gather(_dpkg(), *(_python(python) for python in pythons))
        if all(found is None for found in results):
            raise NoData("there is neither dpkg nor a Python of the system here")
        return [item for found in results for item in found or ()]

    def by_hand(self, difference: Difference) -> str:
        """The command that one would type."""
        kind, _, name = difference.place.item.partition("/")
        version = difference.before if difference.kind == "changed" else difference.facts.get("version", "")
        if difference.place.fact not in ("", "version"):
            return f"look at it with: dpkg --status {raw_name(name)}"
        if kind == "pip":
            python, _, package = f"/{name}".rpartition("/")
            verb = f"uninstall {package}" if difference.kind == "added" else f"install {package}=={version}"
            return f"{python} -m pip {verb}"
        verb = f"remove {name}" if difference.kind == "added" else f"install --allow-downgrades {name}={version}"
        return f"apt-get {verb}"


def _distinct(pythons: Sequence[str]) -> list[str]:
    """Those that are there, each program once."""
    found: dict[str, str] = {}
    for python in pythons:
        if os.path.exists(python):
            found.setdefault(os.path.realpath(python), python)
    return sorted(found.values())


async def _dpkg() -> list[Item] | None:
    try:
        ended = await run(("dpkg-query", "--show", f"--showformat={DPKG_FORMAT}"), limit=_LIMIT)
    except CollectError as error:
        if error.reason == "missing":
            return None
        raise
    if ended.code or ended.cut:
        said = ended.err.decode("utf-8", "replace").strip() or f"it ended with {ended.code}"
        return [Item(name="dpkg", unreadable={"": f"dpkg-query does not tell its packages: {said}"[:300]})]
    return parse_dpkg(os.fsdecode(ended.out))


async def _python(python: str) -> list[Item]:
    ended = await run((python, "-I", "-B", "-c", PYTHON_SCRIPT), limit=_LIMIT)
    try:
        if ended.code or ended.cut:
            raise ValueError(ended.err.decode("utf-8", "replace").strip().rpartition("\n")[2])
        return parse_python(ended.out, python)
    except ValueError as error:
        return [Item(name=f"pip{python}", unreadable={"": f"{python} does not tell its packages: {error}"[:300]})]
