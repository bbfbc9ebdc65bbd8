"""When trouble began: at the first bad reading of its row, not when it was certain enough for an alert. Pure."""

from collections.abc import Iterable

from ops.board import Change

LONGEST_S = 300.0
"""What was not well for longer before an alert was something else: a disk that has been filling up for a day."""


def first_bad(changes: Iterable[Change], row: str, active_at: float) -> float:
    """When a row went bad, by its changes (newest first, as a Board has them), if not long before `active_at`.

    A target that fails once is shown as a warning until it is down: its first failure is when it began. `active_at`
    where nothing is known of it.
    """
    began = active_at
    for change in changes:
        if change.row != row or change.at > active_at:
            continue
        if change.after not in ("warning", "critical") or change.at < active_at - LONGEST_S:
            break
        began = change.at
        if change.before not in ("warning", "critical"):
            break
    return began
