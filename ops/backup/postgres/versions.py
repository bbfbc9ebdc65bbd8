"""Reads what programs of PostgreSQL say of their version. Pure."""

import re

_VERSION = re.compile(r"\(PostgreSQL\)\s+(\d+)(?:\.(\d+))?")


def version_of(text: str) -> tuple[int, str] | None:
    """What `--version` says: (160014, "16.14"); None where it says none."""
    match = _VERSION.search(text)
    if match is None:
        return None
    return int(match[1]) * 10000 + int(match[2] or 0), f"{match[1]}.{match[2]}" if match[2] else match[1]
