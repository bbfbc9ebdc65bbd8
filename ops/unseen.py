"""Thresholds on figures that nothing has: told on the floor, because a limit that can't be reached protects nobody."""

from collections.abc import Iterable, Sequence

from ops.board import Row
from ops.config.names import nearest
from ops.config.structs import Threshold

_WAITING = "waiting"


class UnseenThresholds:
    """The user's thresholds whose figure no row has had yet. What was seen once is never looked for again."""

    def __init__(self, thresholds: Iterable[Threshold]) -> None:
        self._unseen = [threshold.metric for threshold in thresholds]

    def notes(self, rows: Sequence[Row]) -> tuple[str, ...]:
        """One sentence for each that is still unseen, once everything has been read or has failed."""
        if not self._unseen:
            return ()
        metrics = {f"{row.kind}.{fact}" for row in rows for fact in row.facts}
        self._unseen = [metric for metric in self._unseen if metric not in metrics]
        if any(row.word == _WAITING or row.stale for row in rows):
            return ()
        return tuple(_note(metric, nearest(metric, metrics)) for metric in self._unseen)


def _note(metric: str, near: str) -> str:
    hint = f'did you mean "{near}"?' if near else "no row of that kind is read, or its name is wrong"
    return f'threshold: nothing has "{metric}"; {hint}'
