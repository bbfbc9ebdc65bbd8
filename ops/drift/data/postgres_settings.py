"""Settings of a PostgreSQL as items; pure."""

from collections.abc import Callable, Sequence
from typing import Any

from ops.drift.hiding import told
from ops.drift.named import safe_name
from ops.drift.structs import Item, Value

_OURS = "watchfloor's own connection sets it; what the files say of it is only shown to superusers"
_BUILT_IN = "as built in"
"""What nobody set; no value that could be set."""
_HIDDEN = "it is only shown to superusers and members of pg_read_all_settings"
_FOR_FEW = (
    "config_file", "data_directory", "hba_file", "ident_file", "primary_conninfo", "restore_command",
    "session_preload_libraries", "shared_preload_libraries", "ssl_passphrase_command", "unix_socket_directories",
)  # fmt: skip
"""Settings of every server since 12 that are left out of the list for other roles."""


def settings(
    prefix: str,
    listed: Sequence[dict[str, Any]],
    files: Sequence[dict[str, Any]] | None,
    digest: Callable[[str, str], str],
) -> list[Item]:
    """One for each of `queries/drift_settings.sql`; `files` is what the files say, None where that was refused."""
    said = {str(row["name"]): str(row["value"]) for row in files or ()}
    found = []
    for row in listed:
        name, value = str(row["name"]), str(row["value"])
        if row["ours"]:
            if files is None:
                found.append(Item(name=prefix + safe_name(name), unreadable={"value": _OURS}))
                continue
            value = said.get(name, _BUILT_IN)
        facts: dict[str, Value] = {"value": told(digest, name, value) if row["type"] == "string" else value}
        if row["pending_restart"]:
            facts["pending_restart"] = True
        found.append(Item(name=prefix + safe_name(name), facts=facts, kept=facts["value"] == value != _BUILT_IN))
    names = {str(row["name"]) for row in listed}
    hidden = [] if "config_file" in names else [name for name in _FOR_FEW if name not in names]
    return found + [Item(name=prefix + name, unreadable={"value": _HIDDEN}) for name in hidden]
