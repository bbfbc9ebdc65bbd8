"""Whatever somebody does to the lines of the trail is found; lines that nobody touched are whole."""

import io
from collections.abc import Callable, Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.audit.chain import START, Entry, Head, parse, sealed, verify, written

DATA = st.dictionaries(
    st.text(max_size=8).filter(str.isprintable),
    st.one_of(st.text(max_size=12).filter(str.isprintable), st.integers(-(2**53), 2**53), st.booleans(), st.none()),
    max_size=4,
)


def chain(contents: Sequence[Mapping[str, object]]) -> tuple[list[bytes], Head]:
    """Lines as the trail writes them, and its head."""
    lines, prev = [], START
    for number, data in enumerate(contents, start=1):
        entry = sealed(Entry(seq=number, at=1763712000.25 + number, kind="intent", prev=prev, data=dict(data)))
        prev = entry.hash
        lines.append(written(entry) + b"\n")
    return lines, Head(seq=len(lines), hash=prev)


TRAILS = st.lists(DATA, min_size=1, max_size=12).map(chain)


def problems(lines: list[bytes], head: Head | None) -> list[str]:
    return [f"{problem.line}: {problem.text}" for problem in verify(lines, head)]


@given(TRAILS)
def test_what_nobody_touched_is_whole(trail: tuple[list[bytes], Head]) -> None:
    lines, head = trail
    assert problems(lines, head) == []
    assert [written(entry) + b"\n" for line in lines if (entry := parse(line))] == lines


@given(TRAILS, st.data())
def test_any_byte_that_is_changed_is_found(trail: tuple[list[bytes], Head], data: st.DataObject) -> None:
    before, head = trail
    whole = bytearray(b"".join(before))
    for _ in range(data.draw(st.integers(1, 3), "changes")):
        whole[data.draw(st.integers(0, len(whole) - 1), "byte")] = data.draw(st.integers(0, 255), "becomes")
    lines = list(io.BytesIO(whole))
    assert bool(problems(lines, head)) == (lines != before)


@pytest.mark.parametrize("times", [1, 2, 4])
@given(trail=TRAILS, data=st.data())
def test_any_mix_of_removing_moving_doubling_and_adding_is_found(
    times: int, trail: tuple[list[bytes], Head], data: st.DataObject
) -> None:
    before, head = trail
    lines = list(before)
    for _ in range(times):
        how = data.draw(st.sampled_from(sorted(MISCHIEF)), "mischief")
        if lines:
            MISCHIEF[how](lines, data)
    assert bool(problems(lines, head)) == (lines != before)


def remove(lines: list[bytes], data: st.DataObject) -> None:
    del lines[data.draw(st.integers(0, len(lines) - 1))]


def swap(lines: list[bytes], data: st.DataObject) -> None:
    one, other = data.draw(st.integers(0, len(lines) - 1)), data.draw(st.integers(0, len(lines) - 1))
    lines[one], lines[other] = lines[other], lines[one]


def double(lines: list[bytes], data: st.DataObject) -> None:
    lines.insert(data.draw(st.integers(0, len(lines))), lines[data.draw(st.integers(0, len(lines) - 1))])


def forge(lines: list[bytes], data: st.DataObject) -> None:
    """A line that is right by itself, after the one before it, of which the next one knows nothing."""
    place = data.draw(st.integers(0, len(lines)))
    before = parse(lines[place - 1]) if place else None
    seq, prev = (before.seq, before.hash) if before else (0, START)
    lines.insert(place, written(sealed(Entry(seq=seq + 1, at=1.5, kind="forged", prev=prev, data={}))) + b"\n")


def cut_off(lines: list[bytes], data: st.DataObject) -> None:
    del lines[data.draw(st.integers(0, len(lines))) :]


def rewrite(lines: list[bytes], data: st.DataObject) -> None:
    """Another content with a hash of its own that is right."""
    place = data.draw(st.integers(0, len(lines) - 1))
    if entry := parse(lines[place]):
        other = Entry(seq=entry.seq, at=entry.at, kind="rewritten", prev=entry.prev, data=entry.data)
        lines[place] = written(sealed(other)) + b"\n"


MISCHIEF: dict[str, Callable[[list[bytes], st.DataObject], None]] = {
    made.__name__: made for made in (remove, swap, double, forge, cut_off, rewrite)
}


@given(TRAILS, st.integers(0, 11))
def test_even_a_chain_that_was_made_anew_from_some_line_on_is_not_what_the_head_knows(
    trail: tuple[list[bytes], Head], at: int
) -> None:
    lines, head = trail
    at %= len(lines)
    kept = [entry for line in lines if (entry := parse(line))]
    prev = kept[at].prev
    for place in range(at, len(lines)):
        kind = "changed" if place == at else kept[place].kind
        entry = sealed(Entry(seq=place + 1, at=kept[place].at, kind=kind, prev=prev, data=kept[place].data))
        lines[place], prev = written(entry) + b"\n", entry.hash
    assert problems(lines, head) == [
        f"{len(lines)}: record {head.seq} is not the one that the head knows: it was replaced"
    ]


def test_each_problem_says_which_line() -> None:
    lines, head = chain([{"n": number} for number in range(6)])
    changed = [*lines[:2], lines[2].replace(b'"n":2', b'"n":7'), *lines[3:]]
    assert problems(changed, head) == ["3: the line was changed"]
    assert problems([*lines[:2], *lines[4:]], head) == ["3: records 3 to 4 are missing before it"]
    assert problems(lines[:4], head) == ["0: records 5 to 6 are missing at the end"]
    assert problems([*lines[:3], lines[1], *lines[3:]], head) == ["4: record 2 stands here again"]
    assert problems([*lines, b"hello\n"], head) == ["7: the line is no record"]
    assert problems([*lines[:5], lines[5][:-1]], head) == ["6: the line is cut short"]
    assert problems(lines, None) == ["0: the head is missing, so nobody can tell whether lines are gone from the end"]
    assert problems([], head) == ["0: records 1 to 6 are missing at the end"]


def test_a_line_that_a_crash_left_before_or_after_its_own_head_is_no_problem() -> None:
    lines, _ = chain([{}, {}])
    last = parse(lines[1])
    first = parse(lines[0])
    assert last
    assert first
    coming = Head(seq=1, hash=first.hash, next=last.hash)
    assert problems(lines, coming) == []
    assert problems(lines[:1], coming) == []
    assert problems([], coming) == ["0: record 1 is missing at the end"]
    assert problems(lines, Head(seq=1, hash=first.hash)) == [
        "2: record 2 is not known to the head: added by somebody else"
    ]
