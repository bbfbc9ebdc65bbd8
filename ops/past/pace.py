"""How often a floor reads: as far apart as the moments of its past lie."""

from ops.config.structs import Config

RECORDING_STEP_S = 10.0
"""Where it is not known."""
_LEAST_STEP_S, _MOST_STEP_S = 1.0, 60.0


def recording_step_s(config: Config) -> float:
    """How often the floor reads what it reads most often, within reason, seconds."""
    intervals = [*config.intervals.values(), *(float(spec.config.interval) for spec in config.targets)]
    return min(max(min(intervals, default=RECORDING_STEP_S), _LEAST_STEP_S), _MOST_STEP_S)
