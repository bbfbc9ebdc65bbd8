"""Opens the past: of a floor's own history, or of a store that was copied from anywhere."""

from pathlib import Path
from typing import TYPE_CHECKING

from ops.config.structs import Config
from ops.past.desk import PastDesk
from ops.past.pace import recording_step_s

if TYPE_CHECKING:
    from ops.past.reader import Past
    from ops.store.contract import Retention


def open_past(folder: Path, config: Config | None = None) -> "Past":
    """The past that a folder's store knows; it may be recorded into meanwhile. Raises StoreError.

    Without a config, names and SLOs are those that the store tells.
    """
    from ops.past.reader import Past
    from ops.store.opening import open_store

    return Past(open_store(folder, retention=retention(config), read_only=True), config)


def desk_of(config: Config) -> PastDesk:
    """The desk for a floor's own history, which is opened when it is first asked."""

    def opened() -> "Past":
        from ops.store.places import store_folder

        return open_past(store_folder(config), config)

    return PastDesk(opened, step_s=recording_step_s(config))


def retention(config: Config | None) -> "Retention":
    """For how long the config keeps what; the usual without one."""
    from ops.store.contract import Retention

    if config is None:
        return Retention()
    kept = config.store
    return Retention(raw_s=float(kept.raw), minutes_s=float(kept.minutes), hours_s=float(kept.hours))
