"""The whole contract of a source of facts: what it is given, what it returns, how it says that it can't.

A source is one file in `ops/drift/sources` and one test; discovery brings it to capture, `--only`, the screen and the
help. It reads through the clients of `collectors` and changes nothing. What changes by itself (start times, addresses
that the engine chose, counters) is left out or normalised there: a second capture of the same host gives the same
facts. What can't be read is said with its reason, and is never given as absent.

    CollectError     the whole source could not be read: one sentence, and a remedy
    └── NoData       there is nothing of it on this host; not a fault
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import ClassVar

import msgspec

from collectors.drift import DriftConfig
from ops.config.structs import Config, TargetSpec
from ops.drift.structs import Difference, Item

ITEMS = 5_000
"""Items of one source; what is over it is counted and told."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """What a source is given."""

    config: Config
    drift: DriftConfig
    digest: Callable[[str, str], str]
    """(what it is of, its value) to a salted digest that begins with `DIGEST`; never for what is short and not secret.

    What it is of is the fact's name ("env.DATABASE_URL"), so that one value has other digests elsewhere; a value that
    must be found again in another place is digested under "value".
    """
    only: str = ""
    """The one item that is wanted, by its name as in `Path.item`; "" for all. A source may read more than that."""
    tell: Callable[[float], None] = lambda _: None
    """How far it is, 0 to 1, where it is long."""

    def targets(self, *sections: str) -> Sequence[TargetSpec]:
        """The configured targets of these sections ("docker", "postgres"), in file order."""
        return [spec for spec in self.config.targets if spec.id.partition(":")[0] in sections]


class Source(ABC):
    """One subject that facts are captured of. Instances have no state."""

    name: ClassVar[str]
    """"containers"; the module is called so, and paths begin with it."""
    title: ClassVar[str]
    """"containers and how they were started"."""
    group: ClassVar[str]
    """docker, git, env, files, system, network, security or data: what `--only` takes beside the name."""
    timeout_s: ClassVar[float] = 20.0

    @abstractmethod
    async def capture(self, place: Place) -> Sequence[Item]:
        """Read it. Blocking work goes into a thread of the source's own. Raises CollectError, NoData."""

    @abstractmethod
    def by_hand(self, difference: Difference) -> str:
        """What a person should do about a difference that no action puts right: one sentence."""
