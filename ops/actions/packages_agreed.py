"""What leads a package back to the version that was agreed: apt's or pip's own arguments, decided purely."""

import re

import msgspec

from ops.drift.named import raw_name
from ops.drift.structs import Difference, Item
from ops.runner.calls import Program

_DEBIAN = re.compile(r"[a-z0-9][a-z0-9+.-]+(?::[a-z0-9-]+)?")
"""deb-control(5), with the architecture where there are several."""
_PYTHON = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+:~!_-]*")
_APT = (
    "apt-get", "--yes", "--no-install-recommends", "-o", "Dpkg::Options::=--force-confdef",
    "-o", "Dpkg::Options::=--force-confold",
)  # fmt: skip
"""Files of settings stay as they are."""
_QUIET = {"DEBIAN_FRONTEND": "noninteractive", "APT_LISTCHANGES_FRONTEND": "none"}
_INSTALL_S = 600.0
_REMOVED = re.compile(r"^Remv ([^\s:]+)", re.MULTILINE)
"""What a simulation of apt says of each package that would go."""
_REQUIRED_BY = re.compile(r"^Required-by: (.+)$", re.MULTILINE)
"""What `pip show` says of who needs a distribution."""


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """What is called, and for a removal what shows beforehand who needs it."""

    call: Program
    name: str
    simulated: tuple[str, ...] = ()


def others(told: str, name: str) -> list[str]:
    """The packages that need the one of that name, of what `Way.simulated` told; sorted."""
    needing = {one.strip() for line in _REQUIRED_BY.findall(told) for one in line.split(",")}
    return sorted((needing | set(_REMOVED.findall(told))) - {name.partition(":")[0]})


def way_back(difference: Difference, agreed: Item | None) -> Way | None:
    """None where nothing here leads back."""
    kind, _, rest = difference.place.item.partition("/")
    fact = difference.place.fact
    if kind == "dpkg":
        return _debian(raw_name(rest), difference, agreed)
    if kind != "pip" or fact not in ("", "version"):
        return None
    python, _, name = f"/{raw_name(rest)}".rpartition("/")
    return _python(python, name, difference, agreed)


def _debian(name: str, difference: Difference, agreed: Item | None) -> Way | None:
    fact, version = difference.place.fact, _version(agreed)
    if not _DEBIAN.fullmatch(name):
        return None
    if fact == "held":
        verb = "hold" if difference.kind == "removed" else "unhold"
        return Way(call=_program("apt-mark", verb, name), name=name)
    if difference.kind == "added" and not fact:
        simulated = ("apt-get", "--simulate", "remove", name)
        return Way(call=_program(*_APT, "remove", name), name=name, simulated=simulated)
    if fact not in ("", "version") or not version:
        return None
    argv = (*_APT, "--no-remove", "--allow-downgrades", "install", f"{name}={version}")
    return Way(call=_program(*argv), name=name)


def _python(python: str, name: str, difference: Difference, agreed: Item | None) -> Way | None:
    version = _version(agreed)
    if not python.startswith("/") or not _PYTHON.fullmatch(name):
        return None
    pip = (python, "-I", "-m", "pip", "--disable-pip-version-check", "--no-input")
    if difference.kind == "added":
        return Way(call=_program(*pip, "uninstall", "--yes", name), name=name, simulated=(*pip, "show", name))
    return Way(call=_program(*pip, "install", "--no-deps", f"{name}=={version}"), name=name) if version else None


def _version(agreed: Item | None) -> str:
    version = raw_name(str(agreed.facts.get("version", ""))) if agreed is not None else ""
    return version if _VERSION.fullmatch(version) else ""


def _program(*argv: str) -> Program:
    return Program(argv=argv, environment=_QUIET, timeout_s=_INSTALL_S)
