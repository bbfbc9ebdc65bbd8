"""Stores in tests: rows, records and events of any kind, and what it takes that two stores know the same."""

from collections.abc import Mapping, Sequence
from math import isclose, isfinite, isnan
from sys import float_info

from hypothesis import strategies as st
from msgspec.structs import replace

from collectors.base import Events, Value
from collectors.sketch import Sketch
from ops.board import Check, Row
from ops.store.contract import DAY_S, HOUR_S, MINUTE_S, Event, Figure, Picture, Record, Step, Store

DAY = 1_699_920_000.0
"""A midnight, UTC."""
ROWS = ("service:api", "service:web", "docker:local", "docker:local/db")
FACTS = ("cpu_percent", "memory_bytes", "state", "odd")
STEPS: tuple[Step, ...] = (MINUTE_S, HOUR_S, DAY_S)
_EDGES = (0, 60, 600, 3540, 3600, 3660, 7200, 82800, 86400, 90000, 172800)


def sketch(*latencies: float) -> bytes:
    """A packed sketch of seconds."""
    made = Sketch()
    for latency in latencies:
        made.add(latency)
    return made.pack()


def counted(*latencies: float, failed: int = 0) -> Events:
    """Answers that took so long, and failures without one."""
    return Events(total=len(latencies) + failed, failed=failed, latencies=sketch(*latencies))


def row(row_id: str = "service:api", at: float | None = DAY, **fields: object) -> Row:
    """A row that is ok, but for what is given."""
    kind, _, name = row_id.partition(":")
    plain = Row(id=row_id, kind=kind, name=name, target=row_id.partition("/")[0], level="ok", word="up", reason="",
                since=DAY - 5, at=at)  # fmt: skip
    return replace(plain, **fields)


def record(
    at: float,
    *rows: Row,
    gone: Sequence[str] = (),
    happened: Sequence[Event] = (),
    api: Events | None = None,
    counts: Mapping[str, Events] | None = None,
) -> Record:
    """A record; `api` is what was counted of service:api."""
    counted = dict(counts or {}) | ({"service:api": api} if api else {})
    return Record(at=at, rows=rows, gone=gone, counted=counted, happened=happened)


def event(at: float, kind: str = "level", row_id: str = "service:api", text: str = "happened") -> Event:
    """Something that happened."""
    return Event(at=at, kind=kind, row=row_id, text=text, before="ok", after="critical")


def drained(store: Store, now: float) -> None:
    """Roll up until nothing is left to do."""
    while store.roll(now):
        pass


moments = st.builds(
    lambda edge, offset: DAY + edge + offset,
    st.sampled_from(_EDGES),
    st.one_of(st.integers(-3, 70).map(float), st.floats(-1.5, 130, allow_subnormal=False)),
)
"""Times around the edges of minutes, hours and days."""
_floats = st.one_of(st.floats(), st.floats(0, 1e9), st.sampled_from((0.0, -0.0, 1.0, 1.7e308)))
_values: st.SearchStrategy[Value] = st.one_of(
    st.integers(-(2**63), 2**64 - 1), st.integers(0, 300), _floats, st.booleans(), st.none(), st.text(max_size=5)
)
_levels = st.sampled_from(("ok", "warning", "critical", "unknown"))
_checks = st.builds(
    Check, id=st.sampled_from(("a", "b")), level=_levels, word=st.sampled_from(("up", "slow")),
    text=st.text(max_size=5), since=st.floats(0, 2e9), pending=st.booleans(),
)  # fmt: skip
fields = st.fixed_dictionaries(
    {
        "facts": st.dictionaries(st.sampled_from(FACTS), _values),
        "level": _levels,
        "reason": st.sampled_from(("", "p95 640 ms, over 500 ms")),
    },
    optional={
        "texts": st.dictionaries(st.sampled_from(("output", "query: long")), st.text(max_size=9)),
        "hints": st.lists(st.text(max_size=4), max_size=2).map(tuple),
        "depends_on": st.lists(st.sampled_from(ROWS), max_size=2).map(tuple),
        "checks": st.lists(_checks, max_size=2).map(tuple),
        "stale": st.booleans(),
        "at": st.one_of(st.none(), st.floats(1.6e9, 1.7e9)),
        "error": st.sampled_from(("", "refused")),
    },
)
_events = st.builds(
    Event, at=moments, kind=st.sampled_from(("level", "restart", "deploy")), row=st.sampled_from(ROWS),
    text=st.text(max_size=5),
)  # fmt: skip
_latencies = st.lists(st.one_of(st.floats(0, 100), st.just(0.0)), max_size=4)
_counts = st.one_of(
    st.builds(lambda seconds, failed: counted(*seconds, failed=failed), _latencies, st.integers(0, 3)),
    st.just(counted()),
)


@st.composite
def records(draw: st.DrawFn) -> Record:
    """Any record, sometimes one that begins the recording anew."""
    at = draw(moments)
    ids = draw(st.lists(st.sampled_from(ROWS), unique=True, max_size=3))
    start = [event(at, "start", "")] if draw(st.integers(0, 9)) == 0 else []
    return Record(
        at=at,
        rows=[row(row_id, **({"at": at} | draw(fields))) for row_id in ids],
        gone=draw(st.lists(st.sampled_from(ROWS), unique=True, max_size=1)),
        counted=draw(st.dictionaries(st.sampled_from(ROWS), _counts, max_size=2)),
        happened=[*draw(st.lists(_events, max_size=1)), *start],
    )  # fmt: skip


def near(one: Value, other: Value) -> bool:
    """The same, but for the rounding of floats; every nan is the same."""
    if isinstance(one, float) and isinstance(other, float):
        return (
            isclose(one, other, rel_tol=1e-4, abs_tol=1e-300)
            or (isnan(one) and isnan(other))
            or repr(one) == repr(other)
        )
    return one == other and type(one) is type(other)


def same_rows(one: Row, other: Row) -> bool:
    """The same row, but for the rounding of facts and, to the millisecond, of `at`."""
    facts = one.facts.keys() == other.facts.keys() and all(near(one.facts[key], other.facts[key]) for key in one.facts)
    at = one.at == other.at or abs((one.at or 0) - (other.at or 0)) < 0.002
    return facts and at and replace(one, facts={}, at=None) == replace(other, facts={}, at=None)


def same_pictures(one: Picture | None, other: Picture | None) -> bool:
    """The same moment, steps and rows in the same order."""
    if one is None or other is None:
        return one is other
    rows = len(one.rows) == len(other.rows) and all(map(same_rows, one.rows, other.rows))
    return rows and (one.at, one.step_s) == (other.at, other.step_s)


def same_figures(one: Sequence[Figure], other: Sequence[Figure]) -> bool:
    """The same steps with the same values, but for rounding, which is of the largest value where they are summed.

    Beyond the smallest normal double there are no digits left to round to.
    """

    def close(left: Figure, right: Figure) -> bool:
        size = max(abs(left.least), abs(left.most), abs(right.least), abs(right.most))
        pairs = ((left.value, right.value), (left.least, right.least), (left.most, right.most))
        return left.at == right.at and all(
            isclose(a, b, rel_tol=1e-4, abs_tol=1e-4 * size + float_info.min) or not (isfinite(a) and isfinite(b))
            for a, b in pairs
        )

    return len(one) == len(other) and all(map(close, one, other))


def _assert_same_of_several(one: Store, other: Store, far: float) -> None:
    """What is asked of several rows at once is what each of them gives."""
    for store in (one, other):
        for step in STEPS:
            found = store.slots_of((*ROWS, "unknown"), 0, far, step)
            assert {row_id: slots for row_id, slots in found.items() if slots} == {
                row_id: slots for row_id in ROWS if (slots := store.slots(row_id, 0, far, step))
            }
        for hour in sorted({slot.at for row_id in ROWS for slot in store.slots(row_id, 0, far, HOUR_S)}):
            minutes = {row_id: store.slots(row_id, hour, hour + HOUR_S, MINUTE_S) for row_id in ROWS}
            assert store.latencies((*ROWS, "unknown"), hour) == {
                row_id: {int(slot.at - hour) // MINUTE_S: slot.latencies for slot in slots if slot.latencies}
                for row_id, slots in minutes.items()
                if slots
            }


def assert_same(one: Store, other: Store, *, figures: bool = True) -> None:
    """Both know the same of everything."""
    far = DAY + 10 * DAY_S
    assert one.span() == other.span()
    assert one.subjects() == other.subjects(), (one.subjects(), other.subjects())
    assert one.events(0, far) == other.events(0, far)
    assert one.counted_rows() == other.counted_rows()
    for row_id in (*ROWS, "unknown"):
        for step in STEPS:
            assert one.slots(row_id, 0, far, step) == other.slots(row_id, 0, far, step), (row_id, step)
            middle = (DAY + 3540, DAY + 86400)
            assert one.slots(row_id, *middle, step) == other.slots(row_id, *middle, step), (row_id, step)
            for fact in FACTS if figures else ():
                pair = [store.figures(row_id, fact, 0, far, step) for store in (one, other)]
                assert same_figures(*pair), (row_id, fact, step, pair)
    _assert_same_of_several(one, other, far)
    for edge in _EDGES:
        for offset in (-1, 0, 61.5, 600, 1000):
            at = DAY + edge + offset
            pictures = [store.picture(at) for store in (one, other)]
            assert same_pictures(*pictures), (at - DAY, pictures)
