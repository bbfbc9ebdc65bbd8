"""How much the floor sends: what a slow line or a byte budget makes it leave out, and when that comes back. Pure."""

from typing import Literal, NamedTuple

import msgspec

HEAVY_S = 8.0
"""How long it must be over the budget until something is left out: a page turned by a person passes."""
SLOW_S = 3.0
"""How long the line must be full until something is left out."""
CALM_S = 30.0
"""How long it must be little until something comes back; doubled each time that this was too early."""
LONGEST_CALM_S = 600.0
SLOW_ROUND_TRIP_S = 1.0
QUICK_ROUND_TRIP_S = 0.6
BACKLOG_BYTES, LITTLE_BYTES = 16_384, 4_096
"""More on its way than the first is a line that is full; less than the second, one picture, is always some."""
_EASY = 0.7
"""It is little when it is under this part of the budget."""
_REFRESH_S = (0.0, 0.0, 2.0, 5.0)
"""The least time between two pictures, by step."""
Why = Literal["", "slow line", "byte budget"]


class Load(NamedTuple):
    """What the line carries now."""

    bytes_per_s: float
    round_trip_s: float | None = None
    """None where the terminal has not answered."""
    backlog_bytes: int = 0


class Modesty(msgspec.Struct, frozen=True, kw_only=True):
    """What is left out now: at step 1 sparklines and most redraws of the chart, at 2 and 3 pictures as well."""

    step: int = 0
    why: Why = ""
    heavy_since: float | None = None
    light_since: float | None = None
    calm_s: float = CALM_S
    eased_at: float | None = None
    """When the last step back was made."""

    @property
    def plain(self) -> bool:
        """Whether there are no sparklines, and the chart is redrawn rarely."""
        return self.step > 0

    @property
    def refresh_s(self) -> float:
        """The least time between two pictures that nobody asked for."""
        return _REFRESH_S[self.step]


def decide(before: Modesty, load: Load, budget_bytes_per_s: float, now: float) -> Modesty:
    """Go a step on when it was too much for some seconds, and a step back when it was little for `calm_s`.

    `budget_bytes_per_s` 0 is no budget: then only what the line itself shows counts. `now` is any clock that only
    goes forward.
    """
    why = _heavy(load, budget_bytes_per_s)
    if why:
        since = now if before.heavy_since is None else before.heavy_since
        if now - since < (SLOW_S if why == "slow line" else HEAVY_S) or before.step == len(_REFRESH_S) - 1:
            return msgspec.structs.replace(before, heavy_since=since, light_since=None, why=why if before.step else "")
        too_early = before.eased_at is not None and now - before.eased_at < 2 * before.calm_s
        calm_s = min(2 * before.calm_s, LONGEST_CALM_S) if too_early else before.calm_s
        return Modesty(step=before.step + 1, why=why, heavy_since=now, calm_s=calm_s)
    if before.step == 0 or not _light(load, budget_bytes_per_s):
        return msgspec.structs.replace(before, heavy_since=None, light_since=None)
    since = now if before.light_since is None else before.light_since
    if now - since < before.calm_s:
        return msgspec.structs.replace(before, heavy_since=None, light_since=since)
    step = before.step - 1
    return Modesty(step=step, why=before.why if step else "", light_since=now, calm_s=before.calm_s, eased_at=now)


def _heavy(load: Load, budget: float) -> Why:
    if load.backlog_bytes > BACKLOG_BYTES or (load.round_trip_s or 0.0) > SLOW_ROUND_TRIP_S:
        return "slow line"
    return "byte budget" if budget and load.bytes_per_s > budget else ""


def _light(load: Load, budget: float) -> bool:
    within = not budget or load.bytes_per_s < _EASY * budget
    return within and load.backlog_bytes < LITTLE_BYTES and (load.round_trip_s or 0.0) < QUICK_ROUND_TRIP_S
