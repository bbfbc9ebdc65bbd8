"""Tests of the book of incidents: several processes, damage, kills, and what it refuses."""

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import nullcontext, suppress
from pathlib import Path

import pytest
from msgspec import msgpack
from msgspec.structs import replace

from ops.alerts.structs import Alert, Silence, Step
from ops.incidents import records
from ops.incidents.book import IncidentBook
from ops.incidents.database import FILE_NAME, connect
from ops.incidents.fold import fold
from ops.incidents.source import IncidentError, IncidentSource
from ops.incidents.structs import Incident, Moment, Presence
from tests.parts.alerts import alert as stands
from tests.parts.alerts import silence
from tests.parts.boards import NOW
from tests.parts.moments import alert, moment, opened
from tests.parts.wait import until


@pytest.fixture
def book(tmp_path: Path) -> Iterator[IncidentBook]:
    made = IncidentBook(tmp_path, clock=lambda: NOW)
    yield made
    made.close()


def begin(book: IncidentBook, title: str = "api is down", priority: str = "P2") -> Incident:
    first = [opened(priority, incident=0, title=title), alert("critical", incident=0)]
    return book.add([*first, alert("", row="redis:cache", incident=0)])[0]


def test_a_book_is_an_incident_source(book: IncidentBook) -> None:
    source: IncidentSource = book

    assert source.open() == []
    assert source.page() == []


def test_who_has_it_already_writes_nothing(book: IncidentBook) -> None:
    number = begin(book).number
    first = book.acknowledge(number, "alice")
    assert book.acknowledge(number, "alice") == first
    assert [moment.text for moment in book.timeline(number) if moment.kind == "ack"] == ["alice has it"]


def test_an_incident_is_what_its_moments_say(book: IncidentBook) -> None:
    number = begin(book).number
    book.acknowledge(number, "alice", for_s=600)
    book.assign(number, "alice", "bob", role="lead")
    book.note(number, "bob", "looking")
    book.set_priority(number, "bob", "P1", why="the shop is down")
    book.mitigate(number, "bob")
    book.retitle(number, "bob", "the shop is down")
    book.link(number, "bob", "https://status.example.org/7")
    book.action_item(number, "bob", "raise the limit", person="alice", due="2023-12-01")
    book.resolve(number, "bob")
    stands = book.reopen(number, "alice", text="no")

    assert stands == book.incident(number)
    assert stands.priority == "P1"
    assert stands.reopened == 1
    assert stands.respond_by == NOW + 900
    timeline = book.timeline(number)
    assert fold(timeline) == stands
    assert [one.id for one in timeline] == sorted(one.id for one in timeline)
    assert (timeline[-1].kind, timeline[-1].text) == ("reopened", "no")


def test_what_is_opened_gets_its_number_from_the_book(book: IncidentBook) -> None:
    both = book.add([opened(incident=0), opened(incident=-4), alert("critical", incident=-4), alert("", incident=0)])

    assert {asked: one.number for asked, one in both.items()} == {0: 1, -4: 2}
    assert both[-4].firing == ("down/service:api",)


@pytest.mark.parametrize("number", [0, -1, 7, 2**80])
def test_what_is_not_there_is_said(book: IncidentBook, number: int) -> None:
    with pytest.raises(IncidentError, match="there is no incident"):
        book.incident(number)
    with pytest.raises(IncidentError, match="there is no incident"):
        book.timeline(number)


def test_nothing_is_kept_of_what_can_not_be_kept_whole(book: IncidentBook) -> None:
    begin(book)

    with pytest.raises(IncidentError, match="there is no incident 9"):
        book.add([moment("note"), moment("note", incident=9)])
    with pytest.raises(IncidentError, match="begins with"):
        book.add([moment("note", incident=0)])

    assert len(book.timeline(1)) == 3
    assert len(book.page()) == 1


def test_those_that_go_on_are_listed_gravest_first_then_oldest(book: IncidentBook) -> None:
    for priority in ("P3", "P1", "P2", "P1"):
        begin(book, priority=priority)
    book.resolve(3, "alice")

    assert [one.number for one in book.open()] == [2, 4, 1]
    assert [one.number for one in book.page()] == [4, 3, 2, 1]


def test_of_equal_ones_what_hurts_services_comes_first(book: IncidentBook) -> None:
    for row in ("host:vm", "service:web", "slo:web availability", "service:mail"):
        book.add([opened("P2", incident=0), alert("critical", row=row, incident=0)])
    begin(book, priority="P1")
    book.mitigate(4, "alice")

    assert [one.number for one in book.open()] == [5, 2, 3, 1, 4]


def test_pages_go_back_and_know_words(book: IncidentBook) -> None:
    for number in range(1, 8):
        begin(book, title=f"api {number} is down" if number % 2 else f"50%_mail\\ {number}")

    assert [one.number for one in book.page(limit=2)] == [7, 6]
    assert [one.number for one in book.page(before=6, limit=2)] == [5, 4]
    assert [one.number for one in book.page(words="DOWN 5")] == [5]
    assert [one.number for one in book.page(words="%_mail\\")] == [6, 4, 2]
    assert book.page(words="%5%") == []


def test_of_ten_thousand_past_ones_all_are_listed(book: IncidentBook) -> None:
    for _ in range(10):
        book.add(
            [one for number in range(1000) for one in (opened(incident=-number), moment("resolved", incident=-number))]
        )

    found = book.page(limit=10_000)

    assert [one.number for one in found] == [*range(10_000, 0, -1)]
    assert book.open() == []


def test_of_two_who_acknowledge_at_once_one_has_it_and_the_other_is_told(tmp_path: Path, book: IncidentBook) -> None:
    begin(book)
    told: list[str] = []
    ready = threading.Barrier(8)

    def acknowledge(person: str) -> None:
        own = IncidentBook(tmp_path)
        ready.wait()
        try:
            own.acknowledge(1, person)
        except IncidentError as error:
            told.append(error.message)
        finally:
            own.close()

    threads = [threading.Thread(target=acknowledge, args=(f"p{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    holder = book.incident(1).acked_by
    assert len(told) == 7
    assert all(words.startswith(f"{holder} has incident 1 since") for words in told)
    assert [one.kind for one in book.timeline(1)].count("ack") == 1


def test_what_another_process_writes_is_seen_by_the_version(tmp_path: Path, book: IncidentBook) -> None:
    begin(book)
    seen = book.version()
    assert book.version() == seen
    other = IncidentBook(tmp_path)

    other.note(1, "bob", "hello")
    by_another = book.version()
    book.note(1, "alice", "hello")

    assert seen != by_another != book.version()
    other.close()
    book.close()
    assert book.version() not in (seen, by_another)


def test_that_somebody_looks_is_no_news_of_an_incident(tmp_path: Path, book: IncidentBook) -> None:
    begin(book)
    other = IncidentBook(tmp_path)
    seen = book.version()

    for at in range(3):
        other.here(Presence(user="bob", incident=1, at=NOW + at))

    assert book.version() == seen
    assert [one.user for one in book.present(NOW)] == ["bob"]
    with other.transaction():
        pass
    assert book.version() == seen
    other.close()


def test_damage_that_the_version_finds_is_set_aside_too(tmp_path: Path, book: IncidentBook) -> None:
    for _ in range(30):
        begin(book)
    book.close()
    file = tmp_path / FILE_NAME
    whole = file.read_bytes()
    file.write_bytes(whole[:4136] + b"\xa5" * (len(whole) - 4136))

    with suppress(IncidentError):
        book.version()

    book.version()
    assert book.set_aside
    assert book.page() == []


def test_inside_a_transaction_the_book_belongs_to_it(book: IncidentBook) -> None:
    begin(book)

    with suppress(ZeroDivisionError), book.transaction():
        assert book.note(1, "alice", "lost").last == 4
        raise ZeroDivisionError

    assert len(book.timeline(1)) == 3


def test_a_merge_brings_the_timelines_together_and_a_split_takes_alerts_out(book: IncidentBook) -> None:
    for _ in range(3):
        begin(book)
    book.note(1, "alice", "first")
    book.note(3, "bob", "later")
    assert "first" not in [one.text for one in book.timeline(3)]
    book.merge(1, 2, "alice")
    whole = book.merge(2, 3, "bob")

    assert whole.number == 3
    texts = [one.text for one in book.timeline(3)]
    assert texts.index("first") < texts.index("later")
    assert {one.incident for one in book.timeline(3)} == {1, 2, 3}
    with pytest.raises(IncidentError, match="is part of incident 2"):
        book.assign(1, "alice", "bob")
    assert book.note(1, "alice", "where it belongs").number == 3
    assert "where it belongs" in [one.text for one in book.timeline(3) if one.incident == 3]
    assert [book.whole(number).number for number in (1, 2, 3)] == [3, 3, 3]
    had = book.acknowledge(1, "alice")
    assert (had.number, had.acked_by) == (3, "alice")
    with pytest.raises(IncidentError, match="alice has incident 3"):
        book.acknowledge(2, "bob")

    new = book.split(3, ["down/redis:cache"], "bob")
    assert (new.number, new.state, new.split_from) == (4, "resolved", 3)
    assert [one.number for one in book.open()] == [3]


def test_those_that_alerts_can_belong_to_are_open_or_ended_lately_and_whole(book: IncidentBook) -> None:
    for _ in range(4):
        begin(book)
    book.resolve(1, "alice")
    book.merge(2, 3, "alice")

    with book.transaction() as connection:
        assert [one.number for one in records.recent(connection, NOW - 1)] == [1, 3, 4]
        assert [one.number for one in records.recent(connection, NOW)] == [3, 4]


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        pytest.param(silence(()), "matches everything", id="no matcher"),
        pytest.param(silence(("service!=api",)), "matches everything", id="what is not there matches"),
        pytest.param(silence(('row=~".+"',)), "matches everything", id="whatever is there matches"),
        pytest.param(silence(end=NOW), "over before it begins", id="one that is over"),
        pytest.param(silence(start=NOW + 99, end=NOW + 99), "over before it begins", id="one without a length"),
        pytest.param(silence(author=" "), "needs an author", id="nobody's"),
    ],
)
def test_a_silence_that_makes_no_sense_is_refused(book: IncidentBook, wanted: Silence, said: str) -> None:
    with pytest.raises(IncidentError, match=said):
        book.silence(wanted)
    assert book.silences() == []


def test_silences_are_listed_by_their_end_and_told_where_they_matter(book: IncidentBook) -> None:
    begin(book)
    begin(book)
    keep(book, stands(incident=1), stands("service:mail", incident=2))

    later, sooner = book.silence(silence(end=NOW + 900)), book.silence(silence(end=NOW + 60, comment="x\ny"))

    assert [one.id for one in book.silences()] == [sooner.id, later.id]
    assert sooner.comment == "x␊y"
    said = next(one.text for one in book.timeline(1) if one.kind == "silence")
    assert said == "silenced until 22:28 UTC: row=service:api"
    assert len(book.timeline(2)) == 3
    ended = book.end_silence(sooner.id, "bob")
    assert (ended.end, ended.ended_by, ended.state(NOW)) == (NOW, "bob", "expired")
    with pytest.raises(IncidentError, match="is over since"):
        book.end_silence(sooner.id, "bob")
    with pytest.raises(IncidentError, match="there is no silence"):
        book.end_silence(99, "bob")
    coming = book.silence(silence(start=NOW + 60, end=NOW + 90))
    assert book.end_silence(coming.id, "bob").start == NOW


def keep(book: IncidentBook, *alerts: Alert) -> None:
    steps = msgpack.encode((Step(stage="for", passed=True, text="true for 60 s"),))
    with book.transaction() as connection:
        rows = [(one.key, msgpack.encode(one), steps) for one in alerts]
        connection.executemany("INSERT INTO alerts VALUES (?, ?, ?)", rows)


def test_alerts_are_told_with_what_each_stage_made_of_them(book: IncidentBook) -> None:
    old, new = (
        replace(stands(name), state="resolved", resolved_at=NOW - ago) for name, ago in (("a:b", 900), ("c:d", 9))
    )
    keep(book, stands(), old, new)

    assert [one.key for one in book.alerts()] == ["down/c:d", "down/service:api"]
    assert [step.text for step in book.why("down/service:api")] == ["true for 60 s"]
    with pytest.raises(IncidentError, match='there is no alert "x"'):
        book.why("x")


def test_who_looks_is_there_for_ten_seconds(book: IncidentBook) -> None:
    book.here(Presence(user="alice", origin="10.0.0.7", incident=1, at=NOW - 11))
    book.here(Presence(user="bob", at=NOW - 3))
    book.here(Presence(user="alice", incident=1, at=NOW - 5))

    assert [one.user for one in book.present(NOW)] == ["alice", "bob"]
    assert book.present(NOW + 60) == []


def test_two_screens_of_one_account_and_address_are_both_there(book: IncidentBook) -> None:
    for screen, incident in (("shop-1 pts/3", 1), ("shop-1 pts/4", 2), ("shop-1 pts/3", 3)):
        book.here(Presence(user="ops", origin="10.0.0.7", screen=screen, incident=incident, at=NOW))

    assert [one.incident for one in book.present(NOW)] == [3, 2]


@pytest.mark.parametrize("at", [0, 4096 + 40])
def test_a_damaged_file_is_set_aside_and_a_new_one_begun(tmp_path: Path, book: IncidentBook, at: int) -> None:
    for _ in range(30):
        begin(book)
    before = book.version()
    book.close()
    file = tmp_path / FILE_NAME
    whole = bytearray(file.read_bytes())
    whole[at:] = b"\xa5" * (len(whole) - at)
    file.write_bytes(bytes(whole))

    with pytest.raises(IncidentError, match="can't be kept") if at else nullcontext():
        book.page()
    assert book.page() == []

    assert Path(book.set_aside).read_bytes()[at:] == bytes(whole[at:])
    assert begin(book).number == 1
    assert book.version() != before


def test_a_full_disk_is_called_so_and_nothing_is_kept_by_half(book: IncidentBook) -> None:
    begin(book)
    with book.reading() as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")

    with pytest.raises(IncidentError, match="disk is full") as told:
        book.add([moment("note", text="x" * 1000) for _ in range(100)])

    assert told.value.remedy.startswith("free some space")
    assert len(book.timeline(1)) == 3
    with book.reading() as connection:
        connection.execute("PRAGMA max_page_count = 100000")
    assert book.note(1, "alice", "again").last == 4


def test_a_file_that_another_one_has_begun_anew_is_seen(tmp_path: Path, book: IncidentBook) -> None:
    begin(book)
    before, opened_before = book.version(), book.opened
    other = IncidentBook(tmp_path)
    for part in tmp_path.glob(f"{FILE_NAME}*"):
        part.rename(tmp_path / f"aside-{part.name}")
    for _ in range(2):
        begin(other)

    assert book.version() != before
    assert [one.number for one in book.page()] == [2, 1]
    assert book.opened == opened_before + 1
    other.close()


def test_several_that_begin_the_file_at_once_wait_for_each_other(tmp_path: Path) -> None:
    found: list[object] = []

    def begins(folder: Path, at_once: threading.Barrier) -> None:
        at_once.wait()
        try:
            connect(folder).close()
        except IncidentError as error:
            found.append(error.__cause__)

    for place in range(40):
        at_once = threading.Barrier(3)
        threads = [threading.Thread(target=begins, args=(tmp_path / str(place), at_once)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == []


def test_damage_that_several_find_at_once_is_set_aside_once(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"no database at all" * 1000)
    books = [IncidentBook(tmp_path) for _ in range(6)]
    threads = [threading.Thread(target=begin, args=(one,)) for one in books]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(books[0].page()) == 6
    assert len([*tmp_path.glob(f"{FILE_NAME}.corrupt-*")]) == 1
    assert sum(bool(one.set_aside) for one in books) == 1
    for one in books:
        one.close()


@pytest.mark.parametrize(
    ("pragma", "said"),
    [
        pytest.param("user_version = 99", "newer version", id="a newer version"),
        pytest.param("application_id = 7", "another program", id="somebody else's"),
    ],
)
def test_what_is_not_ours_is_left_alone(tmp_path: Path, pragma: str, said: str) -> None:
    connection = sqlite3.connect(tmp_path / FILE_NAME)
    connection.execute(f"PRAGMA {pragma}")
    connection.execute("CREATE TABLE x (y)")
    connection.close()

    with pytest.raises(IncidentError, match=said):
        IncidentBook(tmp_path).open()


def test_what_was_told_survives_a_kill(tmp_path: Path, book: IncidentBook) -> None:
    begin(book)
    before = 0

    def has_grown() -> bool:
        return len(book.timeline(1)) > before + 5

    for _ in range(4):
        before = len(book.timeline(1))
        told = killed(tmp_path, until_it_wrote=has_grown)

        notes: list[Moment] = [*book.timeline(1)][before:]
        assert len(told) <= len(notes) <= len(told) + 1
        assert [one.text for one in notes] == [f"note {number}" for number in range(len(notes))]
        assert fold(book.timeline(1)) == book.incident(1)
        with book.transaction() as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def killed(folder: Path, until_it_wrote: Callable[[], bool]) -> list[bytes]:
    """Let a process write, kill it amidst that, and give what it had told by then."""
    command = [sys.executable, "-m", "tests.parts.incident_writer", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
        try:
            until(until_it_wrote, "notes", 30)
        finally:
            writer.kill()
        assert writer.stdout is not None
        return writer.stdout.read().split()
