"""A row as one line of text, for a chat or a ticket: pure."""

from ops import figures
from ops.board import Row
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
