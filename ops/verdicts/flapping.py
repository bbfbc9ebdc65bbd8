"""Flapping as Nagios computes it (nagioscore `base/flapping.c`), over whether each poll was good."""

import msgspec

STATES = 21
START_PERCENT = 30.0
STOP_PERCENT = 20.0
STEP_S = 2.5
"""States closer than this are kept only when they differ: polls each second must not water 5 s swings down."""


class FlapMemory(msgspec.Struct, frozen=True):
    """The last states (True = good, oldest first), until when the newest is counted, and whether it flaps."""

    states: tuple[bool, ...] = ()
    at: float = 0.0
    flapping: bool = False


def change_percent(states: tuple[bool, ...]) -> float:
    """Weighted percent of changes among up to 21 states, oldest first.

    The transition i = 1…20 (oldest to newest) weighs 0.75 + (i − 1) × 0.5 ÷ 19; the weights sum up to 20. A shorter
    history counts as if its first state had always been.
    """
    newest = states[-STATES:]
    first = STATES - len(newest)
    changed = (first + place for place in range(1, len(newest)) if newest[place] != newest[place - 1])
    return sum(0.75 + (index - 1) * 0.5 / (STATES - 2) for index in changed) * 100 / (STATES - 1)


def flap(memory: FlapMemory, good: bool, now: float) -> FlapMemory:
    """Take one more state: flapping starts at 30 % and stops at 20 %."""
    same = bool(memory.states) and memory.states[-1] == good
    if same and 0 <= now - memory.at < STEP_S:
        return memory
    states = (*memory.states, good)[-STATES:]
    percent = change_percent(states)
    flapping = percent > STOP_PERCENT if memory.flapping else percent >= START_PERCENT
    # A steady state counts once a step, however the polls fall: else it would take longer to calm down than to flap.
    ahead = same and memory.at <= now
    return FlapMemory(states, max(memory.at + STEP_S, now - STEP_S) if ahead else now, flapping)
