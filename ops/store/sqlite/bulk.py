"""Writing closed hours as they are, for history that is made rather than recorded."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable

from ops.store.contract import HOUR_S, MINUTE_S
from ops.store.sqlite.hours import PackedHour, keep_hours, read_summaries
from ops.store.sqlite.meta import edges_of
from ops.store.sqlite.subjects import News, Subjects


def keep(connection: sqlite3.Connection, hours: Iterable[PackedHour]) -> None:
    """Add the hours and what they tell of their rows, inside a transaction."""
    given = list(hours)
    news: defaultdict[str, News] = defaultdict(News)
    for hour in given:
        new, start = news[hour.row], hour.hour * HOUR_S
        new.kind = hour.kind or new.kind
        new.seen(start)
        new.seen(start + HOUR_S - 1)
        new.facts.update(read_summaries(hour.figures))
        if hour.picture:
            new.stands = bool(hour.state)
            new.gone_at = None if hour.state else float(start + hour.last * MINUTE_S)
    subjects = Subjects()
    subjects.keep(connection, news)
    keep_hours(connection, edges_of(connection), ((subjects[hour.row], hour) for hour in given))
