"""When a receiver is tried again: back-off, jitter, Retry-After, and turns among what waits."""

import pytest
from msgspec.structs import replace

from ops.notify.pauses import LONGEST_S, RETRY_AFTER_S, Pauses
from ops.notify.structs import Delivery, Message

AGAIN = Delivery(outcome="retry", said="503")


class Hand:
    """A clock that a test moves by hand."""

    def __init__(self) -> None:
        self.wall, self.steady = 1_800_000_000.0, 500.0

    def time(self) -> float:
        return self.wall

    def monotonic(self) -> float:
        return self.steady

    def elapsed(self) -> float:
        return self.steady

    async def sleep(self, seconds: float) -> None:
        self.steady += seconds


def message(number: int, attempts: int = 0, due_at: float = 1_800_000_000.0, pause_s: float = 0.0) -> Message:
    """One that waits."""
    return Message(
        id=number, group=f"g{number}", receiver="r", action="firing", severity="critical", title="t", made_at=0.0,
        due_at=due_at, attempts=attempts, pause_s=pause_s,
    )  # fmt: skip


def test_pauses_double_up_to_a_minute_and_begin_anew_after_success() -> None:
    pauses = Pauses(Hand(), lambda: 1.0)
    assert [pauses.after(message(1), AGAIN) for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert pauses.after(message(1), Delivery(outcome="sent", said="ok")) is None
    assert pauses.after(message(1), AGAIN) == 1
    assert pauses.after(message(1), Delivery(outcome="refused", said="400")) is None


@pytest.mark.parametrize(("chance", "expected"), [(0.0, 0.5), (0.5, 0.75), (1.0, 1.0)])
def test_half_of_a_pause_is_chance(chance: float, expected: float) -> None:
    assert Pauses(Hand(), lambda: chance).after(message(1), AGAIN) == expected


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        pytest.param(30.0, 30.0, id="as long as it asks"),
        pytest.param(0.0, 1.0, id="never shorter than our own"),
        pytest.param(-5.0, 1.0, id="nor before now"),
        pytest.param(10**9, RETRY_AFTER_S, id="and no longer than an hour"),
    ],
)
def test_retry_after_is_kept(asked: float, expected: float) -> None:
    delivery = Delivery(outcome="retry", said="429", retry_after_s=asked)
    assert Pauses(Hand(), lambda: 1.0).after(message(1), delivery) == expected


def test_one_that_can_t_be_taken_holds_up_no_other() -> None:
    clock = Hand()
    pauses = Pauses(clock, lambda: 1.0)
    bad, good = message(1), message(2)
    assert pauses.first([bad, good]) == bad
    pauses.after(bad, AGAIN)
    assert pauses.first([bad, good]) is None, "the receiver rests as a whole"
    assert pauses.left([bad, good]) == 1.0
    clock.steady += 1.0
    assert pauses.first([bad, good]) == good
    pauses.after(good, Delivery(outcome="sent", said="ok"))
    assert pauses.first([bad]) == bad


def test_changes_go_last_and_rest_by_themselves() -> None:
    clock = Hand()
    pauses = Pauses(clock, lambda: 1.0)
    change, page = replace(message(1), action="change"), message(2)
    assert pauses.first([change, page]) == page
    assert pauses.first([change]) == change
    for _ in range(5):
        pauses.after(change, AGAIN)
    assert pauses.left([change]) == 16.0
    assert pauses.first([change, page]) == page
    assert pauses.after(page, AGAIN) == 1, "it never failed before"
    clock.steady += 16.0
    pauses.after(page, AGAIN)
    assert pauses.first([change, page]) == change


@pytest.mark.parametrize(
    ("due_s", "pause_s", "left_s"),
    [
        pytest.param(20.0, 30.0, 20.0, id="the rest of a Retry-After or of a pause of our own"),
        pytest.param(900.0, RETRY_AFTER_S, 900.0, id="the rest of a long Retry-After"),
        pytest.param(3600.0 + 20, LONGEST_S, LONGEST_S, id="never more than it was, though the clock was set back"),
        pytest.param(-7.0, 30.0, 0.0, id="nothing where it is over"),
    ],
)
def test_the_pause_of_a_process_before_this_one_goes_on(due_s: float, pause_s: float, left_s: float) -> None:
    clock = Hand()
    pauses = Pauses(clock, lambda: 1.0)
    tried, change = message(1, attempts=3, due_at=clock.wall + due_s, pause_s=pause_s), message(2)
    other = replace(change, action="change")
    assert pauses.first([tried, message(3)]) == (None if left_s else message(3)), "the receiver rests as a whole"
    assert pauses.left([tried, message(3)]) == left_s
    assert left_s == 0.0 or pauses.first([tried, other]) == other, "but for what goes to another place"
    clock.steady += left_s
    assert pauses.first([tried]) == tried


def test_a_first_attempt_waits_for_no_clock() -> None:
    clock = Hand()
    assert Pauses(clock, lambda: 1.0).first([message(1, due_at=clock.wall + 3600)])


@pytest.mark.parametrize("set_by", [-3600.0, 0.0, 3600.0, 50 * 365 * 86400.0])
def test_a_message_gets_older_as_time_passes_whatever_the_clock_is_set_to(set_by: float) -> None:
    clock = Hand()
    pauses, one = Pauses(clock, lambda: 1.0), replace(message(1), made_at=clock.wall - 20)
    assert pauses.first([one]) == one
    clock.wall += set_by
    clock.steady += 10
    assert pauses.first([one]) == one
    assert pauses.age(one) == 30.0


def test_a_message_that_lies_ahead_after_a_start_was_made_just_now() -> None:
    clock = Hand()
    assert Pauses(clock, lambda: 1.0).age(replace(message(1), made_at=clock.wall + 3600)) == 0.0
