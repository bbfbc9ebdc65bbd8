"""The numbers of rows that a writer keeps in memory: of those that stand, and no others."""

import sqlite3
from contextlib import closing

from ops.store.sqlite.schema import MIGRATIONS
from ops.store.sqlite.subjects import News, Subjects


def stood(at: float) -> News:
    news = News()
    news.seen(at)
    news.stood("host.process", {"f:cpu_percent": 1.5})
    return news


def gone(at: float) -> News:
    news = News()
    news.seen(at)
    news.went(at)
    return news


def test_what_is_gone_is_let_go_and_found_again_under_its_number() -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        for script in MIGRATIONS:
            connection.executescript(script)
        subjects = Subjects()
        subjects.keep(connection, {"a": stood(1), "b": stood(1)})
        numbers = {row: subjects[row] for row in ("a", "b")}
        left = {"a": gone(2)}
        subjects.keep(connection, left)
        subjects.forget_gone(left)
        assert list(subjects) == ["b"]
        subjects.keep(connection, {"a": stood(3)})
        assert {row: subjects[row] for row in ("a", "b")} == numbers
        assert connection.execute("SELECT row, first, last, gone_at FROM subjects ORDER BY row").fetchall() == [
            ("a", 1, 3, None),
            ("b", 1, 1, None),
        ]
