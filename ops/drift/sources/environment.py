"""Captures variables of watchfloor's own environment, as salted digests."""

import os
from collections.abc import Sequence

from collectors.base import NoData
from collectors.globs import matches
from ops.drift.base import Place, Source
from ops.drift.named import safe_name
from ops.drift.sources.env_files import VALUE
from ops.drift.structs import Difference, Item


class Environment(Source):
    """Variables that `environment` means: one item each. No value is ever kept."""

    name = "environment"
    title = "variables of watchfloor's own environment"
    group = "env"

    async def capture(self, place: Place) -> Sequence[Item]:
        """Look at them. Raises NoData where none is named."""
        globs = place.drift.environment
        if not globs:
            raise NoData('no variable is named: environment = ["APP_*"] in the config\'s [[drift]]')
        return [
            Item(name=safe_name(name), facts={VALUE: place.digest(VALUE, value)}, kept=False)
            for name, value in sorted(os.environ.items())
            if matches(name, globs)
        ]

    def by_hand(self, difference: Difference) -> str:
        """Only who starts watchfloor can set them."""
        return f"set {difference.place.item} as agreed where watchfloor is started (shell, unit, cron), or accept it"
