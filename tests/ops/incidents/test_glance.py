"""What a floor shows of incidents, whoever keeps them: read anew where something was written, or time has passed."""

from pathlib import Path

import pytest

from ops.alerts.matchers import read_matchers
from ops.alerts.structs import Silence
from ops.config.alerting import Alerting, Quiet
from ops.incidents.book import IncidentBook
from ops.incidents.glance import Glance, Seen
from ops.incidents.source import IncidentError
from tests.parts.boards import NOW
from tests.parts.kept import TWO, Kept, shop


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path)


def glance(kept: Kept, alerting: Alerting = TWO) -> Glance:
    return Glance(alerting, IncidentBook(kept.folder, clock=lambda: kept.now))


def silence(kept: Kept, length_s: float) -> Silence:
    matchers = read_matchers(["service=api", "severity=critical"])
    return kept.book.silence(
        Silence(matchers=matchers, start=kept.now, end=kept.now + length_s, author="alice", comment="", made_at=0)
    )


def test_where_nobody_keeps_any_there_are_none_and_no_file_is_made(kept: Kept) -> None:
    assert glance(kept).look(NOW) == Seen()
    assert not kept.folder.exists()


def test_what_another_process_writes_is_seen_at_the_next_look(kept: Kept) -> None:
    reading = glance(kept)
    kept.look(shop("service:api"))
    (incident,) = reading.look(kept.now).incidents
    kept.book.acknowledge(incident.number, "bob")
    assert reading.look(kept.now).incidents[0].acked_by == "bob"


def test_silences_are_counted_with_what_they_hold_and_told_before_they_end(kept: Kept) -> None:
    kept.look(shop("service:api"))
    made = silence(kept, 3600)
    reading = glance(kept)
    seen = reading.look(kept.now)
    assert (seen.silenced.count, seen.silenced.alerts, seen.silenced.next_end) == (1, 1, made.end)
    assert seen.notes == ()
    kept.now += 3000
    assert reading.look(kept.now).notes == (
        "the silence of service=api, severity=critical by alice ends at 23:13 UTC, and 1 of its alerts still fire",
    )


def test_a_quiet_time_by_calendar_counts_too(kept: Kept) -> None:
    quiet = Quiet(name="nightly", match=("service=api",), every="day 22:00")
    kept.look(shop("service:api"))
    seen = glance(kept, Alerting(quiet=(quiet,))).look(kept.now)
    assert (seen.silenced.count, seen.silenced.alerts) == (1, 1)


def test_what_waits_for_longer_than_a_minute_is_undelivered(kept: Kept) -> None:
    reading = glance(kept)
    kept.look(shop("service:api"))
    assert reading.look(kept.now).undelivered == 0
    kept.now += 61
    assert reading.look(kept.now).undelivered == 2


def test_a_folder_that_can_not_be_asked_is_told(tmp_path: Path) -> None:
    with pytest.raises(IncidentError, match="can't be kept"):
        Glance(TWO, IncidentBook(tmp_path / ("x" * 300))).look(NOW)
