"""What a store says about itself, so that a copy on another machine can be read without the config."""

from collections.abc import Mapping
from typing import TypeVar

import msgspec

from collectors.units import Duration
from ops.config.structs import Config, Maintenance, Settings, Slo
from ops.store.rules import TARGETS_NOTE

T = TypeVar("T")


def about(config: Config) -> Mapping[str, str]:
    """The words that are kept with a floor's history: its name, environment, targets; as JSON what is promised."""
    return {
        "name": config.settings.name,
        "environment": config.settings.environment,
        TARGETS_NOTE: "\n".join(spec.id for spec in config.targets),
        "slos": msgspec.json.encode(config.slos, enc_hook=float).decode(),
        "intervals": msgspec.json.encode({spec.id: float(spec.config.interval) for spec in config.targets}).decode(),
        "maintenance": msgspec.json.encode(config.maintenance, enc_hook=float).decode(),
    }


def floor_of(notes: Mapping[str, str]) -> Config:
    """A config with the name, SLOs, planned work and intervals that a store's notes tell, as far as they do."""
    usual = Settings()
    settings = Settings(name=notes.get("name", usual.name), environment=notes.get("environment", ""))
    return Config(
        path="",
        settings=settings,
        targets=(),
        thresholds=(),
        slos=slos_of(notes),
        maintenance=_read(notes, "maintenance", tuple[Maintenance, ...], ()),
        intervals=_read(notes, "intervals", dict[str, float], {}),
    )


def slos_of(notes: Mapping[str, str]) -> tuple[Slo, ...]:
    """The SLOs that a store's notes tell; () where they tell none that can be understood."""
    return _read(notes, "slos", tuple[Slo, ...], ())


def _read(notes: Mapping[str, str], name: str, kind: type[T], otherwise: T) -> T:
    try:
        return msgspec.json.decode(notes[name], type=kind, dec_hook=_duration) if name in notes else otherwise
    except msgspec.MsgspecError:
        return otherwise


def _duration(wanted: type, value: object) -> object:
    if wanted is Duration and isinstance(value, int | float):
        return Duration(value)
    raise ValueError(f"{wanted.__name__} has no form here")
