"""A restore as it is put together, and what is inside a backup, as lines."""

import pytest

from ops.backup.base import Wish
from ops.backup.desk import matches
from ops.backup.structs import Found, Overwrite
from tests.parts.memory_backups import DAY, HOUR, NOW, backup_id, kept
from tui.glyphs import UNICODE
from tui.panes import backup_found
from tui.panes.backup_restoring import Read, Restoring, lines
from tui.widgets.lines import Line


def joined(some: list[Line]) -> str:
    return " ".join(" ".join("".join(part for part, _ in line) for line in some).split())


def told_of(what: Restoring, read: Read = Read(())) -> str:  # noqa: B008 - it is frozen
    return joined(lines(what, read, 100, NOW, UNICODE))


def test_a_restore_says_what_how_and_what_is_lost() -> None:
    over = Overwrite(what="database shop", now="4 tables", then="4 tables as of 02:13", loses="42 rows")
    told = told_of(Restoring(kept(20 * HOUR, restore_s=720.0)), Read((over,)))
    for sentence in (
        f"backup {backup_id(NOW - 20 * HOUR)} ✓ verified 19h ago",
        "of postgres:shop at 127.0.0.1:5432",
        "what changed in the 20h since is not in it",
        "takes about 12m, as its drill did",
        "to the place that it came from only all of it",
        "safety yes, what is there is backed up first",
        "1 thing would be another database shop - now: 4 tables + then: 4 tables as of 02:13 ● lost for good: 42 rows",
    ):
        assert sentence in told


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        pytest.param(Restoring(kept(0), Wish(to="shop_old")), "to shop_old", id="another place"),
        pytest.param(Restoring(kept(0), Wish(only=("a", "b"))), "only 2 things a b", id="some of it"),
        pytest.param(Restoring(kept(0), Wish(empty=True)), "write over yes,", id="over what is there"),
        pytest.param(Restoring(kept(0), safety=False), "safety NO: what is there is", id="without a safety backup"),
        pytest.param(
            Restoring(kept(0, verified_at=None)),
            "it is not verified here: it is read through first",
            id="one that nobody read",
        ),
        pytest.param(Restoring(kept(0, broken="cut off")), "● broken", id="one that is none"),
        pytest.param(
            Restoring(kept(0), Wish(only=tuple(f"t{number}" for number in range(60)))), "and 10 more", id="many names"
        ),
    ],
)
def test_a_restore_tells_what_is_wished(what: Restoring, sentence: str) -> None:
    assert sentence in told_of(what)


@pytest.mark.parametrize(
    ("read", "sentence"),
    [
        pytest.param(Read(), "reading what would be written over", id="while it is read"),
        pytest.param(Read(()), "nothing that is there would be written over", id="nothing"),
        pytest.param(Read(trouble="it is another server: say --to"), "it is another server: say --to", id="refused"),
    ],
)
def test_what_would_be_written_over_is_known_or_it_is_said_why_not(read: Read, sentence: str) -> None:
    assert sentence in told_of(Restoring(kept(0)), read)


def test_what_is_inside_is_one_line_each_and_cleaned() -> None:
    some = [
        Found(part="db", name="public.orders", kind="table", rows=11_998, bytes=2**20),
        Found(part="db", name="[red]\x1b[31mx", kind="file", changed_at=NOW - DAY),
        Found(part="db", name="public.orders", kind="table", rows=11_998, bytes=2**20),
    ]
    marked = frozenset({backup_found.key_of(some[0])})
    found = backup_found.rows(some, marked, NOW, UNICODE)
    assert [[cell.text for cell in row.cells][:6] for row in found] == [
        ["■", "public.orders", "table", "1M", "11,998", ""],
        [" ", "[red]␛[31mx", "file", "–", "", "11-13 22:13"],
    ]
    assert backup_found.matching(some, "ORDERS", inverse=True) == [some[1]]


@pytest.mark.parametrize(
    ("read", "left_out", "reading", "words"),
    [
        pytest.param(3, 0, False, "3 ", id="all of it"),
        pytest.param(3, 0, True, "3 so far … ", id="more comes"),
        pytest.param(
            10_000, 7, False, "10,000, and 7 more that are not listed: / searches among all ", id="too much to list"
        ),
    ],
)
def test_how_much_is_inside_is_told(read: int, left_out: int, reading: bool, words: str) -> None:
    assert backup_found.counted(read, left_out, reading=reading, glyphs=UNICODE)[0] == words


@pytest.mark.parametrize(
    ("text", "inverse", "names"),
    [
        pytest.param("", False, ["a/One.png", "b/two.txt"], id="all"),
        pytest.param("one", False, ["a/One.png"], id="a part in any case"),
        pytest.param("one", True, ["b/two.txt"], id="or not"),
        pytest.param("*.txt", False, ["b/two.txt"], id="a glob, over folders"),
        pytest.param("*.txt", True, ["a/One.png"], id="or not like it"),
    ],
)
def test_what_is_inside_is_found_as_the_source_searches(text: str, inverse: bool, names: list[str]) -> None:
    some = [Found(part="files", name=name) for name in ("a/One.png", "b/two.txt")]
    assert [one.name for one in backup_found.matching(some, text, inverse=inverse)] == names
    assert inverse or [one.name for one in some if matches(one.name, text)] == names
