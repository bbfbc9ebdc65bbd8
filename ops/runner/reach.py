"""What a call reaches its part with: the config that its target stands in, and where lines go."""

import msgspec

from collectors.text import clean
from ops.actions.errors import Refused
from ops.config.structs import Config, TargetSpec
from ops.runner.sink import Sink


class Reach(msgspec.Struct, frozen=True):
    """Given to whoever makes a call; the sink masks and sanitizes by itself."""

    config: Config
    sink: Sink
    by: str = ""
    """Who asked for it, and from where: "ann (screen)"."""
    job: int = 0
    """The job that it is part of."""

    def spec(self, target_id: str) -> TargetSpec:
        """The target with its settings and secrets. Raises Refused where the config has none of that id."""
        for spec in self.config.targets:
            if spec.id == target_id:
                return spec
        raise Refused(
            f"the config has no target {clean(target_id)}",
            "choose the row again: the config has changed",
            reason="missing",
        )
