"""The history of drift: a line when something changed or an hour has passed; bounded, and whole after a kill."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.drift.history import EVERY_S, FILE_NAME, MOST, NAMED, History, is_news, seen
from ops.drift.structs import Difference, Findings, Head, Seen

BASELINE = Head(name="agreed", id="0123456789ab", at=1_000.0, host="web-1", user="ann", version="0.1.0")


def findings(at: float, *paths: str, **about: object) -> Findings:
    """Critical differences at these paths, one that is ignored, one that is expected."""
    found = [Difference(path=path, kind="changed", severity="critical") for path in paths]
    more = [Difference(path="a:i", kind="added", ignored="a:*"), Difference(path="a:e", kind="added", expected="job 1")]
    return Findings(at=at, took_s=1.5, baseline=BASELINE, differences=(*found, *more))


def test_a_line_has_the_counts_and_what_came_and_went() -> None:
    line = seen(findings(20, "a:b", "a:c"), findings(10, "a:c", "a:d"))
    assert line == Seen(
        at=20, baseline="agreed", critical=2, ignored=1, expected=1, new=("a:b",), gone=("a:d",), took_s=1.5
    )
    many = seen(findings(20, *(f"a:{number}" for number in range(100))), None)
    assert (many.critical, len(many.new)) == (100, NAMED)


@pytest.mark.parametrize(
    ("at", "paths", "news"),
    [
        pytest.param(20.0, ("a:b",), False, id="the same a moment later"),
        pytest.param(20.0, ("a:c",), True, id="another one of the same severity"),
        pytest.param(20.0, (), True, id="it is gone"),
        pytest.param(10.0 + EVERY_S, ("a:b",), True, id="the same after an hour"),
        pytest.param(-EVERY_S, ("a:b",), True, id="a clock that was set back"),
    ],
)
def test_what_is_written(at: float, paths: tuple[str, ...], news: bool) -> None:
    before = findings(10, "a:b")
    assert is_news(seen(findings(at, *paths), before), seen(before, None)) is news


def test_lines_are_given_newest_first(tmp_path: Path) -> None:
    history = History(tmp_path)
    assert history.lines() == []
    first, second = findings(10, "a:b"), findings(20, "a:b", "a:c")
    assert history.add(first, None)
    assert not history.add(findings(15, "a:b"), first)
    assert history.add(second, first)
    assert [line.at for line in history.lines()] == [20, 10]
    assert [line.at for line in history.lines(1)] == [20]
    assert (tmp_path / "drift" / FILE_NAME).stat().st_mode & 0o777 == 0o600


@given(st.integers(0, 400))
def test_a_kill_within_a_line_costs_only_that_line(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    folder = tmp_path_factory.mktemp("history")
    history = History(folder)
    history.add(findings(10, "a:b"), None)
    file = folder / "drift" / FILE_NAME
    whole = file.read_bytes()
    history.add(findings(20, "a:c"), findings(10, "a:b"))
    file.write_bytes(file.read_bytes()[: max(len(whole), len(file.read_bytes()) - cut)])
    left = [line.at for line in history.lines()]
    assert left in ([20, 10], [10])
    assert history.add(findings(30, "a:d"), findings(20, "a:c"))
    assert [line.at for line in history.lines()] == [30, *left]


def test_it_stays_bounded(tmp_path: Path) -> None:
    history = History(tmp_path)
    history.add(findings(1, "a:b"), None)
    file = tmp_path / "drift" / FILE_NAME
    line = file.read_bytes()
    file.write_bytes(line * (2 * MOST))
    history.add(findings(2, "a:c"), None)
    assert file.read_bytes().count(b"\n") == MOST + 1
    file.write_bytes(line[:-1] + b" " * 9_000_000 + b"\n" + line * 3)
    history.add(findings(3, "a:d"), None)
    assert file.stat().st_size < 5_000_000
    assert [one.at for one in history.lines(2)] == [3, 1]


def test_many_that_write_at_once_leave_whole_lines(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda at: History(tmp_path).add(findings(at, f"a:{at}"), None), range(32)))
    assert sorted(line.at for line in History(tmp_path).lines()) == list(range(32))
