"""Reads lists of packages: what dpkg-query prints, and what a Python tells of its own."""

import re

import msgspec

from ops.drift.named import safe_name
from ops.drift.structs import Item, Value

DPKG_FORMAT = "${db:Status-Want}\t${db:Status-Status}\t${binary:Package}\t${Version}\n"
PYTHON_SCRIPT = """
import json, sys
from importlib.metadata import distributions
print(json.dumps([
    (one.metadata["Name"], one.version)
    for one in distributions()
    if not str(one.locate_file("")).startswith("/usr/lib/python3/dist-packages")
]))
"""
"""Run by a Python of the system in isolated mode; what lies in Debian's own folder is a package of dpkg."""
_DASHES = re.compile(r"[-_.]+")


def parse_dpkg(text: str) -> list[Item]:
    """Each installed package, and each that is stuck half way; of removed ones only their settings are left."""
    found = []
    for line in text.splitlines():
        fields = line.split("\t")
        if len(fields) != 4 or fields[1] in ("not-installed", "config-files"):
            continue
        wanted, status, name, version = fields
        facts: dict[str, Value] = {"version": safe_name(version)}
        if wanted == "hold":
            facts["held"] = True
        if status != "installed":
            facts["status"] = status
        found.append(Item(name=f"dpkg/{safe_name(name)}", facts=facts))
    return found


def parse_python(text: bytes, python: str) -> list[Item]:
    """Each distribution by its normal name (PEP 503); of two with one name the first is imported. Raises ValueError."""
    try:
        pairs = msgspec.json.decode(text, type=list[tuple[str | None, str | None]])
    except msgspec.DecodeError as error:
        raise ValueError("its list makes no sense") from error
    found: dict[str, Item] = {}
    for name, version in pairs:
        if name:
            item = f"pip{python}/{safe_name(_DASHES.sub('-', name).lower())}"
            found.setdefault(item, Item(name=item, facts={"version": safe_name(version or "unknown")}))
    return list(found.values())
