"""What of a unit of systemd is agreed: whether it starts at boot, whether it runs, and what it says; pure."""

from collections.abc import Mapping

from collectors.systemd_api.parse import Block

PROPERTIES = (
    "Id", "LoadState", "ActiveState", "Type", "UnitFileState", "FragmentPath", "DropInPaths", "TriggeredBy",
    "RemainAfterExit", "Transient", "SourcePath", "BusName",
)  # fmt: skip
CALLED = "when called"
"""How a unit runs that something else starts, and that ends by itself."""
_STATES: Mapping[str, str] = {
    "active": "active",
    "reloading": "active",
    "refreshing": "active",
    "deactivating": "inactive",
    "inactive": "inactive",
    "failed": "failed",
    "activating": "activating",
    "maintenance": "inactive",
}
_LASTING = ("enabled", "enabled-runtime", "disabled", "masked", "masked-runtime", "linked", "generated", "indirect")
_FOR_A_CALL = ("user@", "user-runtime-dir@", "session-", "run-")


def is_passing(name: str, block: Block) -> bool:
    """Whether it comes and goes: made for a session or a call, or an instance that nobody enabled."""
    if name.startswith(_FOR_A_CALL) or block.get("Transient") == "yes":
        return True
    instance = "@" in name and not name.partition("@")[2].startswith(".")
    return instance and block.get("UnitFileState", "") not in _LASTING


def state(block: Block) -> str:
    """Whether it runs: active, inactive, activating, failed; "when called" for what starts and ends by others."""
    known = _STATES.get(block.get("ActiveState", ""), "inactive")
    if known == "failed":
        return known
    once = block.get("Type") == "oneshot" and block.get("RemainAfterExit") != "yes"
    by_bus = (block.get("Type") == "dbus" or block.get("BusName")) and block.get("UnitFileState") not in (
        "enabled",
        "enabled-runtime",
    )
    return CALLED if once or by_bus or block.get("TriggeredBy") else known


def files(block: Block) -> tuple[str, ...]:
    """The files that it is made of, in the order in which they count."""
    fragment = block.get("FragmentPath", "")
    return tuple(path for path in (fragment, *block.get("DropInPaths", "").split()) if path)
