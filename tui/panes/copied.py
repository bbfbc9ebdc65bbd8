"""A row or a budget as one line of text, for a chat or a ticket: pure."""

from ops import figures
from ops.board import Budget, Row
from tui.panes import promises
from tui.panes.cells import age
from tui.panes.generic import leading
from tui.panes.view import View


def copied(row: Row, now: float, view: View) -> str:
    """Id, state and since when, the reason, then the figures: percentiles of the window, else the leading facts."""
    since = f" for {age(now - row.since)}" if row.since else ""
    old = f", figures {age(now - row.at)} old" if row.stale and row.at is not None else ""
    said = row.reason or row.error
    parts = [f"{row.id} {row.word} ({row.level}){since}{old}", said, _figures(row, view)]
    return "; ".join(filter(None, parts))


def _figures(row: Row, view: View) -> str:
    stats = row.stats[view.window] if view.window < len(row.stats) else None
    if row.kind != "service" or stats is None or not stats.count:
        return leading(row, view)
    times = [f"{name} {figures.duration(getattr(stats, f'{name}_s'))}" for name in ("p50", "p95", "p99")]
    return f"{', '.join(times)}, {stats.failed} of {stats.count} probes failed in {view.label}"


def copied_budget(budget: Budget, now: float) -> str:
    """Which promise, what is left and seen, then how it burns and why it fires."""
    left = "nothing known" if budget.remaining_ratio is None else f"{promises.percent(budget.remaining_ratio)} left"
    of = f"{promises.title(budget)} {promises.objective(budget)} over {promises.window(budget)}"
    seen = f"seen {promises.seen(budget)}" if promises.seen(budget) else ""
    hour = f"burns {promises.times(budget.burn_1h)} over 1h" if budget.burn_1h is not None else ""
    emptying = promises.emptying(budget, now)
    return "; ".join(
        filter(None, (f"{of}: {left}", seen, hour, emptying.told if emptying else "", promises.why(budget)))
    )
