"""Which backups stay whatever their rule says: floors, for every history."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.backup import Keep
from collectors.units import Duration
from ops.backup.keeping import SAFETY_S, expired, faults, plan, proven, worded
from ops.backup.structs import Kept
from tests.parts.made_backups import kept, moment

DAY = 86400.0
NOW = moment("2026-11-21 12:00")


def _staying(planned: tuple[Kept, ...]) -> list[str]:
    return [one.id for one in planned if one.reasons]


def test_reasons_name_the_rule_and_its_bucket() -> None:
    newest = kept(moment("2026-11-20 02:00"), "b")
    older = kept(moment("2026-11-19 02:00"), "a")
    first, second = plan([older, newest], Keep(daily=1, monthly=1), now=NOW)
    verified = ("the last verified one", "one of 1 verified that always stay")
    assert first.reasons == ("daily 2026-11-20", "monthly 2026-11", *verified)
    assert (second.reasons, second.expires) == ((), "none of 1 daily, 1 monthly (restic)")


@pytest.mark.parametrize(
    ("backups", "keep", "staying"),
    [
        pytest.param(
            [kept(NOW - n * DAY, str(n), verified=n == 9) for n in range(1, 12)],
            Keep(last=1),
            ["1", "2", "3", "4", "5", "6", "7", "8", "9"],
            id="when all recent ones failed their proof the last good one stays, and nothing newer than it goes",
        ),
        pytest.param(
            [kept(NOW - n * DAY, str(n), verified=False) for n in range(1, 4)],
            Keep(last=1),
            ["1", "2", "3"],
            id="without a verified one nothing goes",
        ),
        pytest.param(
            [kept(NOW - n * DAY, str(n)) for n in range(1, 6)],
            Keep(last=1, minimum=3),
            ["1", "2", "3"],
            id="so many verified ones stay as the minimum says",
        ),
        pytest.param(
            [kept(NOW - DAY, "1"), *(kept(NOW - n * DAY, str(n), verified=False) for n in range(2, 6))],
            Keep(last=1, minimum=3),
            ["1", "2", "3"],
            id="where fewer are verified, others stay in their place",
        ),
        pytest.param(
            [
                kept(NOW - DAY, "1", broken="a byte is not as it was"),
                kept(NOW - 2 * DAY, "2"),
                kept(NOW - 9 * DAY, "9"),
            ],
            Keep(last=1),
            ["1", "2"],
            id="a broken one does not count for the rule, and stays until a newer one is verified",
        ),
        pytest.param(
            [kept(NOW - DAY, "1"), kept(NOW - 2 * DAY, "2", broken="a byte is not as it was")],
            Keep(last=5),
            ["1"],
            id="a broken one goes when a newer one is verified",
        ),
        pytest.param(
            [kept(NOW - DAY, "1"), kept(NOW - 1, "2", why="safety")],
            Keep(daily=1),
            ["2", "1"],
            id="one taken before a restore takes the place of no other",
        ),
        pytest.param(
            [kept(NOW - DAY, "1"), kept(NOW - SAFETY_S - DAY, "2", why="safety")],
            Keep(last=9),
            ["1"],
            id="one taken before a restore goes by its own time",
        ),
        pytest.param(
            [kept(NOW - DAY, "3", needs=("2",)), kept(NOW - 5 * DAY, "2", needs=("1",)), kept(NOW - 9 * DAY, "1")],
            Keep(last=1),
            ["3", "2", "1"],
            id="what a chain needs stays",
        ),
        pytest.param(
            [kept(NOW - DAY, "2", needs=("0",)), kept(NOW - 5 * DAY, "1"), kept(NOW - 9 * DAY, "a")],
            Keep(last=1),
            ["2", "1"],
            id="one whose chain has a gap proves nothing",
        ),
        pytest.param(
            [kept(NOW + 9 * DAY, "3"), kept(NOW - DAY, "2"), kept(NOW - 2 * DAY, "1")],
            Keep(last=1),
            ["3", "2"],
            id="one from the future, of a clock that went back, is no newer verified one",
        ),
        pytest.param(
            [kept(NOW - n * DAY, str(n)) for n in range(1, 4)],
            Keep(),
            ["1", "2", "3"],
            id="without a rule all stay",
        ),
        pytest.param(
            [kept(NOW - n * DAY, str(n)) for n in range(1, 4)], Keep(last=-1), ["1", "2", "3"], id="-1 is all"
        ),
        pytest.param([], Keep(last=1), [], id="none are none"),
    ],
)
def test_what_stays(backups: list[Kept], keep: Keep, staying: list[str]) -> None:
    planned = plan(backups, keep, now=NOW)
    assert _staying(planned) == staying
    assert all(bool(one.reasons) != bool(one.expires) for one in planned)


def test_what_goes_is_deleted_before_what_it_needs() -> None:
    chain = [
        kept(NOW - 9 * DAY, "full"),
        kept(NOW - 8 * DAY, "second", needs=("full",)),
        kept(NOW - 7 * DAY, "third", needs=("second", "full")),
        kept(NOW - 10 * DAY, "oldest"),
        kept(NOW - 1, "newest"),
    ]
    assert [one.id for one in expired(plan(chain, Keep(last=1), now=NOW))] == ["oldest", "third", "second", "full"]


@pytest.mark.parametrize(
    ("keep", "words"),
    [
        pytest.param(Keep(daily=7, weekly=-1), "7 daily, all weekly (restic)", id="counts"),
        pytest.param(
            Keep(rule="within", within=Duration(2 * DAY), within_weekly=Duration(30 * DAY)),
            "all within 2d, weekly within 30d (within)",
            id="spans",
        ),
        pytest.param(Keep(), "all", id="no rule"),
    ],
)
def test_a_policy_in_words(keep: Keep, words: str) -> None:
    assert worded(keep) == words


@pytest.mark.parametrize(
    ("keep", "said"),
    [
        pytest.param(Keep(daily=-2), "daily is how many stay, or -1 for all", id="a count under -1"),
        pytest.param(Keep(minimum=-1), "minimum is how many verified ones stay: 0 or more", id="a floor under 0"),
        pytest.param(
            Keep(rule="within", within=Duration(DAY), daily=7),
            'with rule = "within" nothing is counted: leave out daily',
            id="counts beside spans",
        ),
        pytest.param(
            Keep(prune=True), "prune = true has no rule to go by: say how many stay, such as daily = 7", id="no rule"
        ),
    ],
)
def test_what_makes_no_sense_is_said(keep: Keep, said: str) -> None:
    assert faults(keep) == (said,)
    assert faults(Keep(daily=7)) == ()


@st.composite
def _histories(draw: st.DrawFn) -> list[Kept]:
    found: list[Kept] = []
    at = NOW - 40 * DAY
    for nth in range(draw(st.integers(0, 25))):
        at += draw(st.sampled_from([0.0, 60.0, 3600.0, DAY, 3 * DAY]))
        needs = (draw(st.sampled_from(found)).id,) if found and draw(st.integers(0, 4)) == 0 else ()
        found.append(
            kept(
                at,
                f"{nth:03}",
                verified=draw(st.booleans()),
                broken=draw(st.sampled_from(["", "", "", "cut"])),
                why=draw(st.sampled_from(["schedule", "schedule", "safety"])),
                needs=needs,
            )
        )
    return draw(st.permutations(found))


_COUNT = st.integers(-1, 4)
_KEEPS = st.builds(
    Keep,
    rule=st.sampled_from(["restic", "borg", "within"]),
    last=_COUNT,
    hourly=_COUNT,
    daily=_COUNT,
    weekly=_COUNT,
    monthly=_COUNT,
    yearly=_COUNT,
    within=st.sampled_from([Duration(0), Duration(3 * DAY)]),
    within_daily=st.sampled_from([Duration(0), Duration(9 * DAY)]),
    minimum=st.integers(0, 3),
)


@given(_histories(), _KEEPS)
@settings(deadline=None)
def test_floors_hold_for_every_history(backups: list[Kept], keep: Keep) -> None:
    planned = plan(backups, keep, now=NOW)
    staying = {one.id for one in planned if one.reasons}
    good = sorted((one for one in proven(backups) if one.manifest.at <= NOW), key=lambda one: (one.manifest.at, one.id))
    assert sorted(one.id for one in planned) == sorted(one.id for one in backups)
    assert not backups or staying, "never all"
    assert {one.id for one in good[-max(1, keep.minimum) :]} <= staying
    for one in planned:
        if one.id in staying:
            assert set(one.manifest.needs) & {other.id for other in backups} <= staying
        else:
            assert any(other.manifest.at > one.manifest.at and other.id in staying for other in good)


@given(_histories(), _KEEPS)
@settings(deadline=None)
def test_what_stayed_stays_when_it_is_planned_again(backups: list[Kept], keep: Keep) -> None:
    first = [one for one in plan(backups, keep, now=NOW) if one.reasons]
    again = plan(first, keep, now=NOW)
    good = {one.id for one in proven(backups)}
    assert bool(good) == bool({one.id for one in again if one.reasons} & good)


@given(_histories(), _KEEPS)
@settings(deadline=None)
def test_at_no_moment_of_deleting_is_something_left_without_what_it_needs(backups: list[Kept], keep: Keep) -> None:
    planned = plan(backups, keep, now=NOW)
    left = {one.id: one for one in planned}
    there = set(left)
    for gone in expired(planned):
        del left[gone.id]
        assert all(set(one.manifest.needs) & there <= set(left) for one in left.values())
    assert set(left) == {one.id for one in planned if one.reasons}
