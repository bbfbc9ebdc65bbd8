"""What drills came to: the figures of each, which promises were kept, and the table of it all."""

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from tests.drills.drill import INTERVAL_S

OTHERS_LATE_S = INTERVAL_S
STALL_S, KEY_P99_S, KEY_WORST_S, QUIT_S = 0.1, 0.1, 0.25, 1.0


@dataclass
class Outcome:
    """One drill. Seconds; None where it never came."""

    name: str
    skipped: str = ""
    limits: tuple[float, float] = (0.0, 0.0)
    """Within how many seconds it must be seen, and healed."""
    note: str = ""
    error: str = ""
    """What the drill itself ran into."""
    inject_s: float = 0.0
    seen_s: float | None = None
    healed_s: float | None = None
    words: str = ""
    left: str = ""
    others_late_s: float = 0.0
    """By how much the polls of untouched targets came later than their interval, at worst."""
    latest_other: str = ""
    stall_s: float = 0.0
    key_p99_s: float | None = None
    key_worst_s: float | None = None
    keys: int = 0

    def broken(self) -> list[str]:
        """The promises that were not kept, in words."""
        if self.skipped:
            return (
                [f"not done, though nothing may be missing: {self.skipped}"] if os.environ.get("CI") == "true" else []
            )
        if self.error:
            return [self.error]
        told = [_late("seen", self.seen_s, self.limits[0]), _late("healed", self.healed_s, self.limits[1])]
        if self.left:
            told.append(f"left: {self.left}")
        if self.others_late_s > OTHERS_LATE_S:
            told.append(f"{self.latest_other} was polled {self.others_late_s:.1f} s late")
        if self.stall_s > STALL_S:
            told.append(f"the event loop was held for {1000 * self.stall_s:.0f} ms")
        if (self.key_p99_s or 0.0) > KEY_P99_S:
            told.append(f"key p99 {1000 * (self.key_p99_s or 0):.0f} ms")
        if (self.key_worst_s or 0.0) > KEY_WORST_S:
            told.append(f"slowest key {1000 * (self.key_worst_s or 0):.0f} ms")
        return [one for one in told if one]


def _late(what: str, spent: float | None, limit: float) -> str:
    if spent is None:
        return f"not {what}"
    return f"{what} after {spent:.1f} s, over {limit:.1f} s" if spent > limit else ""


@dataclass
class Run:
    """All drills of one run, and what was measured over the whole of it."""

    drills: list[Outcome] = field(default_factory=list)
    quit_s: float | None = None
    stall_s: float = 0.0
    late_s: float = 0.0
    unprintable: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def problems(self) -> list[str]:
        """Every promise that was not kept."""
        told = [f"{outcome.name}: {one}" for outcome in self.drills for one in outcome.broken()]
        if self.quit_s is None or self.quit_s > QUIT_S:
            told.append("it had to be killed" if self.quit_s is None else f"it took {self.quit_s:.1f} s to leave")
        told += [f"control characters reached a Board: {word!r}" for word in self.unprintable]
        return told + [f"a collector broke: {words}" for words in self.broken]

    def as_json(self) -> dict[str, Any]:
        """All of it, with the problems in words."""
        return asdict(self) | {"problems": self.problems()}


_HEADS = ("drill", "seen", "healed", "others", "stall", "key p99", "shown")


def _ms(seconds: float | None) -> str:
    return "" if seconds is None else f"{1000 * seconds:.0f} ms"


def _s(seconds: float | None) -> str:
    return "never" if seconds is None else f"{seconds:.1f} s"


def _line(outcome: Outcome, words: int) -> tuple[str, ...]:
    if outcome.skipped:
        return (outcome.name, "-", "-", "", "", "", f"skipped: {outcome.skipped}"[:words])
    shown = outcome.error or outcome.words
    shown = shown if len(shown) <= words else shown[: words - 1] + "…"
    return (
        outcome.name + (" !" if outcome.broken() else ""),
        _s(outcome.seen_s),
        _s(outcome.healed_s),
        f"+{outcome.others_late_s:.1f} s",
        _ms(outcome.stall_s),
        _ms(outcome.key_p99_s),
        shown,
    )


def table(outcomes: Sequence[Outcome], words: int = 90) -> str:
    """One line a drill: seen and healed after, others' worst delay, longest stall, keys, the words shown."""
    lines = [_HEADS, *[_line(outcome, words) for outcome in outcomes]]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEADS))]
    cells = [[cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in lines]
    return "\n".join("  ".join(line).rstrip() for line in cells)
