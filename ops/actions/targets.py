"""The settings of a target, which must be of the kind that an action or a call was made for."""

from typing import TypeVar

from collectors.base import TargetConfig
from collectors.text import clean
from ops.actions.errors import Refused
from ops.config.structs import TargetSpec

ConfigT = TypeVar("ConfigT", bound=TargetConfig)


def settings_of(spec: TargetSpec, kind: type[ConfigT], called: str) -> ConfigT:
    """Raises Refused for a target of another kind; `called` is for people: "Redis"."""
    if not isinstance(spec.config, kind):
        raise Refused(f"{clean(spec.id)} is no {called}", "choose the row again", reason="missing")
    return spec.config
