"""How much may be under way to the terminal: asks it after each bigger frame whether it has come that far."""

from collections import deque

QUESTION = "\x1b[5n"
"""Device status report (ECMA-48 DSR): every terminal answers it, and no key sends what it answers."""
ANSWER = "\x1b[0n"
ASK_FROM = 400
"""Bytes after which the terminal is asked: less than that fills no line."""
FIRST_S = 2.0
"""A terminal that has not answered the first question by then is taken for one that never does."""
LOST_S = 10.0
"""The longest wait for an answer that may have got lost; shorter on a line that is known to be quick."""


class Pace:
    """Frames wait until the terminal has confirmed what was sent before, so that no lag can grow on a slow line.

    The kernel, sshd and TCP take hundreds of kilobytes at once; only the terminal knows what has arrived. One
    unconfirmed frame is allowed, and a second one for what somebody has just typed.
    """

    def __init__(self) -> None:
        self.answers: bool | None = None
        """Whether the terminal answers; None while that is not known."""
        self.unconfirmed_bytes = 0
        """Sent since the last confirmed question."""
        self._asked: deque[tuple[float, int]] = deque()
        self._since = 0
        self._slowest_s = 0.0

    @property
    def waiting(self) -> int:
        """Questions without an answer."""
        return len(self._asked)

    def allows(self, now: float, *, typed: bool) -> bool:
        """Tell whether a frame may be sent. An answer that is long overdue counts as lost, and one more frame is tried.

        A terminal that has answered before is never taken for one that doesn't: its line hangs, and would lag for as
        long as it takes to carry all that was sent meanwhile.
        """
        if self._asked and now >= self._due():
            self.answers = bool(self.answers)
            self._slowest_s = LOST_S
            self._asked.clear()
            self.unconfirmed_bytes = self._since
        return self.answers is False or len(self._asked) < (2 if typed or self.answers is None else 1)

    def wait_s(self, now: float) -> float | None:
        """Seconds until the oldest question counts as lost; None when there is none."""
        return max(0.0, self._due() - now) if self._asked else None

    def asks(self, count: int, now: float, *, anyway: bool = False) -> bool:
        """Count bytes that are sent now; tell whether a question must follow them."""
        self._since += count
        self.unconfirmed_bytes += count
        if self.answers is False or (self._since < ASK_FROM and not anyway):
            return False
        self._asked.append((now, self._since))
        self._since = 0
        return True

    def answered(self, now: float) -> float | None:
        """Count an answer; gives how long it took, None when it is one of a question that was given up."""
        self.answers = True
        if not self._asked:
            return None
        asked_at, count = self._asked.popleft()
        self.unconfirmed_bytes = max(self.unconfirmed_bytes - count, 0)
        took = now - asked_at
        self._slowest_s = max(took, self._slowest_s * 0.9)
        return took

    def _due(self) -> float:
        patience = FIRST_S if self.answers is None else min(LOST_S, max(FIRST_S, 4 * self._slowest_s))
        return self._asked[0][0] + patience
