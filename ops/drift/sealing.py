"""What a baseline's digest is over: all its tables but the digest itself, in one canonical form."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from ops.drift.structs import Baseline, Captured
from ops.drift.tidy import flat


def digest_of(tables: Mapping[str, Any]) -> str:
    """SHA-256 of the tables as JSON with sorted names; what can't be in a baseline has a digest too.

    An empty table is as none: TOML has no other word for one that only holds tables.
    """
    about = tables.get("baseline")
    rest = {key: value for key, value in about.items() if key != "digest"} if isinstance(about, Mapping) else about
    whole = {name: table for name, table in {**tables, "baseline": rest}.items() if table}
    return sha256(json.dumps(whole, sort_keys=True, separators=(",", ":"), default=_worded).encode()).hexdigest()


def tables_of(baseline: Baseline) -> dict[str, dict[str, Any]]:
    """The tables of its file, sorted."""
    head = baseline.head
    about = {name: getattr(head, name) for name in head.__struct_fields__}
    tables: dict[str, dict[str, Any]] = {
        "baseline": about | {"at": datetime.fromtimestamp(head.at, UTC)},
        "sources": {one.source: _about(one) for one in baseline.captured},
    }
    facts = {one.source: {item.name: flat(item.facts) for item in one.items} for one in baseline.captured if one.items}
    unreadable = {
        one.source: {item.name: flat(item.unreadable) for item in one.items if item.unreadable}
        for one in baseline.captured
    }
    return tables | {"facts": facts, "unreadable": {source: found for source, found in unreadable.items() if found}}


def _about(captured: Captured) -> dict[str, object]:
    said: dict[str, object] = {
        "unreadable": captured.unreadable,
        "remedy": captured.remedy,
        "nothing": captured.nothing,
        "left_out": captured.left_out,
        "not_kept": [item.name for item in captured.items if not item.kept],
    }
    return {name: value for name, value in said.items() if value}


def _worded(value: object) -> str:
    if isinstance(value, datetime):
        moment = value if value.tzinfo else value.replace(tzinfo=UTC)
        return moment.astimezone(UTC).isoformat(timespec="microseconds")
    return f"{type(value).__name__} {value}"
