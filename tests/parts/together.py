"""Which tests run on one worker, one after the other: those of a file, and files that share a slow part."""

from functools import cache
from pathlib import Path

from xdist.scheduler import LoadScopeScheduling

SHARED = ("tests.parts.rabbitmq", "tests.parts.swarm")
"""Parts that take long to start and are there for a whole session: of several workers one runs all that import them."""


class Together(LoadScopeScheduling):  # type: ignore[misc]  # xdist tells no types
    """Gives each worker whole files, in the order in which they were found."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(Path(self.config.rootpath, nodeid.partition("::")[0]))


@cache
def group_of(file: Path) -> str:
    """What a file of tests runs together with: a part, else only itself."""
    text = file.read_text("utf-8")
    return next((part for part in SHARED if part in text), str(file))
