"""Opens the past: of a floor's own history, or of a store that was copied from anywhere."""

from pathlib import Path
from typing import TYPE_CHECKING

from ops.config.structs import Config
from ops.past.desk import RECORDING_STEP_S, PastDesk

if TYPE_CHECKING:
    from ops.past.reader import Past
    from ops.store.contract import Retention

_LEAST_STEP_S, _MOST_STEP_S = 1.0, 60.0


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


def recording_step_s(config: Config) -> float:
    """How often the floor reads what it reads most often, within reason, seconds."""
    intervals = [float(spec.config.interval) for spec in config.targets]
    return min(max(min(intervals, default=RECORDING_STEP_S), _LEAST_STEP_S), _MOST_STEP_S)


def retention(config: Config | None) -> "Retention":
    """For how long the config keeps what; the usual without one."""
    from ops.store.contract import Retention

    if config is None:
        return Retention()
    kept = config.store
    return Retention(raw_s=float(kept.raw), minutes_s=float(kept.minutes), hours_s=float(kept.hours))
