"""Steps: counts by number, in any order, of which the newest stay."""

from hypothesis import given
from hypothesis import strategies as st

from ops.slo.steps import Steps

ADDED = st.lists(st.tuples(st.integers(-300, 300), st.integers(0, 2**40)), max_size=60)


@given(ADDED)
def test_what_is_kept_is_what_was_added(added: list[tuple[int, int]]) -> None:
    steps, plain = Steps(100, "II"), dict[int, int]()
    for number, count in added:
        place = steps.place(number)
        newest = max([number, *plain])
        if place < 0:
            assert number <= newest - 100
            continue
        assert place == number - steps.base
        steps.add(place, count, 1)
        plain[number] = plain.get(number, 0) + count
    newest = max(plain, default=0)
    for number in range(newest - 99, newest + 50):
        assert steps.at(number, 0) == plain.get(number, 0)
    assert len(steps) <= 100 + 64
    assert steps.at(newest - 200, 0) == 0


@given(ADDED, st.integers(-400, 400), st.integers(-400, 400))
def test_a_part_is_cut_to_what_is_kept(added: list[tuple[int, int]], first: int, last: int) -> None:
    steps = Steps(1000, "I")
    for number, count in added:
        steps.add(steps.place(number), count)
    assert sum(steps.part(first, last, 0)) == sum(count for number, count in added if first <= number < last)


def test_far_ahead_begins_anew() -> None:
    steps = Steps(10, "B")
    steps.add(steps.place(5), 7)
    steps.add(steps.place(10**12), 3)
    assert (len(steps), steps.at(10**12, 0), steps.at(5, 0)) == (1, 3, 0)
    steps.clear()
    assert (len(steps), steps.nbytes) == (0, 0)
