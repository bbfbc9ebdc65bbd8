"""What of a table is in view, in words for its border."""

from collections.abc import Sequence

from tui.widgets.columns import TableRow


def place(rows: Sequence[TableRow], hidden: int, top: int, page: int) -> str:
    """Tell "1-12 of 24 (3 hidden)", and what critical rows are above; "" when everything is in view.

    `hidden` rows are filtered out, `top` is the first in view, `page` how many fit.
    """
    total = len(rows)
    words = f"{top + 1}-{min(top + page, total)} of {total}" if total > page else ""
    bad = sum(row.is_critical for row in rows[:top])
    words = f"{bad} critical above {words}" if bad else words
    return f"{words} ({hidden} hidden)".strip() if hidden else words
