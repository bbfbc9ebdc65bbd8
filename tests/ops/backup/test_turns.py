"""What is due without a person, by the schedule, by proofs and by what has expired; and when it is tried again."""

from typing import Any

import pytest
from msgspec.structs import replace

from collectors.backup import BackupConfig, Keep, Schedule
from collectors.units import Duration
from ops.backup import turns
from ops.backup.structs import Event, Kept, Manifest, Part
from ops.backup.turns import Turn
from ops.jobs.structs import By, Job
from tests.parts.memory_jobs import job

NOW = 1_767_960_000.0
"""2026-01-09 12:00 UTC, a Friday."""
HOUR, DAY = 3600.0, 86400.0
SCHEDULE = By(user="schedule", uid=0, via="schedule")


def config(name: str = "media", **more: Any) -> BackupConfig:
    """A set of files."""
    return BackupConfig(**{"name": name, "kind": "files", "target": "file:///b", **more})


def event(what: Any, ago_s: float, **more: Any) -> Event:
    """Something that went well so long ago."""
    return Event(**{"what": what, "set": "media", "at": NOW - ago_s, "ok": True, **more})


def kept(ago_s: float, *, verified_s: float | None = None, **more: Any) -> Kept:
    """One that was taken so long ago."""
    at = NOW - ago_s
    part = Part(name="p", what="p", format="tar", plain_bytes=900, stored_bytes=700, digest="", plain_digest="")
    made = Manifest(
        id=f"b{int(at)}", set="media", kind="files", at=at, ended_at=at, took_s=1.0, host="h", parts=(part,)
    )
    return Kept(manifest=made, verified_at=None if verified_s is None else NOW - verified_s, **more)


@pytest.mark.parametrize(
    ("schedule", "events", "due"),
    [
        pytest.param(Schedule(), [], (), id="without a schedule nothing ever is"),
        pytest.param(Schedule(daily="02:00"), [], ("daily",), id="what was never taken is due at once"),
        pytest.param(Schedule(daily="02:00"), [event("run", 10 * HOUR, due=("daily",))], (), id="taken in time"),
        pytest.param(Schedule(daily="02:00"), [event("run", 9 * DAY, due=("daily",))], ("daily",), id="missed"),
        pytest.param(
            Schedule(daily="02:00", weekly="fri 03:00"), [event("run", 30 * HOUR, due=("daily",))],
            ("daily", "weekly"), id="two that fall together are one",
        ),
        pytest.param(Schedule(every=Duration(HOUR)), [event("run", 1800.0)], (), id="not yet an hour"),
        pytest.param(
            Schedule(every=Duration(HOUR)), [event("run", 2 * HOUR), event("run", 60, ok=False)], ("every",),
            id="one that failed counts for nothing",
        ),
    ],
)  # fmt: skip
def test_a_backup_is_due(schedule: Schedule, events: list[Event], due: tuple[str, ...]) -> None:
    found = turns.run_due(config(schedule=schedule), events, NOW)
    assert (found.due if found else ()) == due
    if found:
        assert (found.action, found.row, found.params) == ("backup.run", "backup:media", {"due": " ".join(due)})
        assert found.title == f"take the {' and '.join(due)} backup of media"


def test_a_proof_that_found_a_backup_bad_was_made() -> None:
    daily = config(schedule=Schedule(verify="daily 05:00", drill="weekly fri 06:00"))
    assert turns.proof_due("verify", daily, [], NOW)
    assert not turns.proof_due("verify", daily, [event("verify", HOUR, ok=False, reason="damaged")], NOW)
    assert turns.proof_due("verify", daily, [event("verify", HOUR, ok=False, reason="unreachable")], NOW)
    assert turns.proof_due("drill", daily, [event("drill", DAY)], NOW)
    assert not turns.proof_due("drill", daily, [event("drill", HOUR)], NOW)


TAKEN = event("run", 60, backup="b2", due=("daily",))


@pytest.mark.parametrize(
    ("events", "left"),
    [
        pytest.param([], "", id="nothing was taken"),
        pytest.param([TAKEN], "b2", id="what took it was killed before it was read"),
        pytest.param([event("verify", 30, backup="b2", ok=False, reason="unreachable"), TAKEN], "b2", id="it failed"),
        pytest.param([event("verify", 30, backup="b1"), TAKEN], "b2", id="another one was read since"),
        pytest.param([event("verify", 30, backup="b2"), TAKEN], "", id="it was read"),
        pytest.param([event("verify", 30, backup="b2", ok=False, reason="damaged"), TAKEN], "", id="it is none"),
        pytest.param([event("drill", 30, backup="b2"), TAKEN], "", id="it was restored for proof"),
        pytest.param([event("run", 30, backup="b3", ok=False), TAKEN], "b2", id="the one after it failed"),
        pytest.param([event("run", 30, backup="b3"), TAKEN], "", id="a person took another one"),
    ],
)
def test_what_was_not_read_when_it_was_taken_is_read_later(events: list[Event], left: str) -> None:
    found = turns.left_unread(config(), events)
    assert (found.backup if found else "") == left
    assert turns.left_unread(config(schedule=Schedule(verify="daily 05:00")), events) is None


def test_the_newest_sound_one_is_read_first_and_then_what_was_not_read_for_long() -> None:
    every = [
        kept(HOUR, broken="cut"),
        kept(DAY, verified_s=HOUR),
        kept(2 * DAY, verified_s=HOUR),
        kept(9 * DAY, verified_s=9 * DAY),
    ]
    assert [turn.backup for turn in turns.to_verify(config(), every, NOW)] == [every[1].id, every[3].id]
    more = [*every, kept(10 * DAY, verified_s=8 * DAY), kept(11 * DAY, verified_s=8 * DAY)]
    assert len(turns.to_verify(config(schedule=Schedule(verify="daily 05:00")), more, NOW)) == 2
    weekly = turns.to_verify(config(schedule=Schedule(verify="weekly fri 05:00")), more, NOW)
    assert {turn.backup for turn in weekly} == {one.id for one in (every[1], *more[3:])}, "another day never comes"
    safety = replace(every[1], manifest=replace(every[1].manifest, id="s", why="safety", at=NOW))
    assert turns.to_verify(config(), [safety, *every], NOW)[0].backup == every[1].id
    assert turns.to_drill(config(), [safety, *every]) == turns.to_drill(config(), every)
    assert turns.to_drill(config(), [safety]) is not None
    drill = turns.to_drill(config(), every)
    assert drill is not None
    assert drill.params == {"backup": every[1].id}
    assert turns.to_verify(config(), every[:1], NOW) == ()
    assert turns.to_drill(config(), []) is None


@pytest.mark.parametrize(
    ("events", "proven"),
    [
        pytest.param([], None, id="nothing was ever done"),
        pytest.param([event("verify", 60)], NOW - 60, id="one was verified"),
        pytest.param([event("drill", 60), event("prune", 90)], NOW - 60, id="one was drilled since"),
        pytest.param([event("verify", 60), event("prune", 30)], None, id="it was pruned since"),
        pytest.param([event("verify", 60, ok=False)], None, id="a proof that failed is none"),
        pytest.param([event("run", 60)], None, id="what is only taken proves nothing"),
    ],
)
def test_it_is_pruned_only_after_something_was_proven(events: list[Event], proven: float | None) -> None:
    assert turns.proven_since_prune(config(keep=Keep(last=1, prune=True)), events) == proven
    assert turns.proven_since_prune(config(keep=Keep(last=1)), events) is None


def test_nothing_is_pruned_where_nothing_has_expired() -> None:
    assert turns.to_prune(config(), [kept(DAY, reasons=("daily",))]) is None
    found = turns.to_prune(config(), [kept(DAY, expires="no rule keeps it")])
    assert found is not None
    assert (found.action, found.params) == ("backup.prune", {})


def tried(*verdicts: Any, by: By = SCHEDULE) -> list[Job]:
    """Jobs of the same action, newest first, each an hour after the one before."""
    found = []
    for number, verdict in enumerate(verdicts):
        one = job(number + 1, by=by, state="ended", verdict=verdict, ended_at=NOW - number * HOUR)
        found.append(replace(one, request=replace(one.request, row="backup:media", action="backup.run")))
    return found


@pytest.mark.parametrize(
    ("jobs", "pause_s"),
    [
        pytest.param([], None, id="never tried"),
        pytest.param(tried("verified", "failed"), None, id="it went well since"),
        pytest.param(tried("unverified"), None, id="done, though the floor saw it late"),
        pytest.param(tried("failed"), 60.0, id="failed once"),
        pytest.param(tried("failed", "lost", "failed", "verified"), 240.0, id="failed three times"),
        pytest.param(tried(*["failed"] * 30), 3600.0, id="no longer than an hour"),
        pytest.param(tried("refused"), 60.0, id="somebody held it"),
        pytest.param(tried("refused", "refused", "refused"), 240.0, id="a program is missing each time"),
        pytest.param(tried("cancelled"), 3600.0, id="a person ended it"),
        pytest.param(tried("failed", by=By(user="ann", uid=1, via="screen")), None, id="a person's own try"),
    ],
)
def test_what_failed_is_tried_again_with_growing_pauses(jobs: list[Job], pause_s: float | None) -> None:
    turn = Turn(set="media", what="run")
    expected = float("-inf") if pause_s is None else NOW + pause_s
    assert turns.not_before(turn, jobs) == expected
    assert turns.not_before(replace(turn, set="other"), jobs) == float("-inf")


def test_one_thing_at_a_time_is_done_to_a_set_and_to_what_it_is_of() -> None:
    running = job(1, by=SCHEDULE)
    running = replace(running, request=replace(running.request, row="backup:daily", action="backup.run"))
    sets = [
        config("daily", kind="postgres", source="shop"),
        config("far", kind="postgres", source="shop"),
        config("media"),
        config("more"),
    ]
    assert [turns.busy(one, sets, [running]) for one in sets] == [True, True, False, False]
    assert not turns.busy(sets[0], sets, [replace(running, state="ended")])
