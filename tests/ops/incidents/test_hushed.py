"""Silences in the file: what is written stays as it was, and what is changed is another one."""

from contextlib import closing
from pathlib import Path

from msgspec.structs import replace

from ops.alerts.matchers import read_matchers
from ops.incidents.book import IncidentBook
from tests.parts.alerts import silence
from tests.parts.boards import NOW


def test_other_matchers_and_a_revival_are_silences_of_their_own(tmp_path: Path) -> None:
    with closing(IncidentBook(tmp_path, clock=lambda: NOW)) as book:
        first = book.silence(silence())
        changed = book.silence(replace(first, matchers=read_matchers(["row=service:web"])))
        ended = book.end_silence(first.id, "bob")
        revived = book.silence(replace(ended, end=NOW + 600))
        kept = {one.id: one for one in book.silences()}

    assert len({first.id, changed.id, revived.id}) == 3
    assert kept[first.id] == ended
    assert (revived.ended_by, revived.state(NOW), revived.matchers) == ("", "active", first.matchers)
