"""What is shown before anything is done: the plan, its price, its record."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from ops.actions.base import Offer, Risk
from ops.jobs.structs import Proof


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """How an action did on this row before, from the jobs that are kept."""

    tried: int = 0
    worked: int = 0
    """Of those, verified."""
    median_s: float | None = None
    """From its beginning to verified, of those that worked."""
    interrupted_s: float | None = None
    """Median of how long the row was not well through it."""
    last_failed_at: float | None = None

    """"7 of 9 worked, median 41 s, last failed 2 d ago" is `ops.fixes.record.words`."""


class Price(msgspec.Struct, frozen=True, kw_only=True):
    """What it costs beside doing nothing."""

    interrupted_s: float | None = None
    """Expected; None where nothing is known."""
    spends_ratio: float | None = None
    """Share of the whole error budget that the interruption takes, of the most affected objective."""
    burning_ratio_per_h: float | None = None
    """Share of that budget that goes each hour by doing nothing."""
    budget: str = ""
    """Id of that objective."""


class Offered(msgspec.Struct, frozen=True, kw_only=True):
    """An offer as a menu shows it."""

    offer: Offer
    record: Record
    price: Price
    allowed: str = ""
    """"" or why this person may not: rights, read-only, a lock that somebody holds."""
    explains: str = ""
    """Where it acts on another row than the one that was chosen: why ("catalog needs postgres shop, which is down")."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a plan, sanitized and masked."""

    kind: Literal["call", "say"]
    text: str


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What exactly will be done. Made by the action's own code with a runner that does nothing."""

    offer: Offer
    """With all parameters."""
    key: str
    """Identity of the row."""
    steps: tuple[Step, ...]
    seen: Mapping[str, str]
    interrupts: str
    undone: str
    record: Record
    price: Price
    proof: Proof
    locks: tuple[str, ...]
    risk: Risk
    typed: str = ""
    """What the person must type; "" where a yes is enough."""
    warnings: tuple[str, ...] = ()
    """"somebody stopped it by hand 3 min ago", "the last try was not verified"."""
    timeout_s: float
    failing_since: float | None = None
