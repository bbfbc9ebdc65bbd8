"""What a store says about itself, so that a copy on another machine can be read without the config."""

from collections.abc import Mapping

import msgspec

from collectors.units import Duration
from ops.config.structs import Config, Slo
from ops.store.rules import TARGETS_NOTE


def about(config: Config) -> Mapping[str, str]:
    """The words that are kept with a floor's history: its name, environment, targets, and SLOs (as JSON)."""
    return {
        "name": config.settings.name,
        "environment": config.settings.environment,
        TARGETS_NOTE: "\n".join(spec.id for spec in config.targets),
        "slos": msgspec.json.encode(config.slos, enc_hook=float).decode(),
    }


def slos_of(notes: Mapping[str, str]) -> tuple[Slo, ...]:
    """The SLOs that a store's notes tell; () where they tell none that can be understood."""
    try:
        return msgspec.json.decode(notes.get("slos", "[]"), type=tuple[Slo, ...], dec_hook=_duration)
    except msgspec.MsgspecError:
        return ()


def _duration(wanted: type, value: object) -> object:
    if wanted is Duration and isinstance(value, int | float):
        return Duration(value)
    raise ValueError(f"{wanted.__name__} has no form here")
